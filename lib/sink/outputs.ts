// The destinations of the pipeline's results: closed windows go to the console, to the HTTP stream and to a topic, and
// skipped records go to a topic of dead letters.

import type { Clock } from "../async/clock.ts";
import type { Config } from "../config/schema.ts";
import { deadLetter } from "./dead_letter.ts";
import type { WindowFeed } from "../http/window_feed.ts";
import type { BrokerSecurity } from "../kafka/connection/broker_security.ts";
import { NetworkClient } from "../kafka/network_client.ts";
import { KafkaOutput, type KafkaOutputOptions } from "./kafka_output.ts";
import type { Log } from "../log/log.ts";
import type { OutputTotals } from "../metrics/scraped_state.ts";
import {
  type ClosedWindow,
  formatClosedWindow,
  type SkippedBatch,
  type SkippedRecord,
  type WindowOutputs,
} from "../pipeline/window_outputs.ts";
import { formatBlock } from "../window/window_block.ts";
import { windowRecord } from "./window_record.ts";

/** Five hours of windows at the default slide. The newest windows matter most, so the oldest are dropped. */
const WINDOWS = {
  name: "kafka",
  maxRecords: 10_000,
  maxBytes: 32 * 1024 * 1024,
  dropWhenFull: "oldest",
  lingerMs: 10,
  maxRecordsPerAttempt: 1_000,
} as const;

/**
 * At most 5,000 dead letters a second, so that a topic of unreadable records does not slow the counting down. Those
 * without room are not even copied.
 */
const DEAD_LETTERS = {
  name: "dead_letters",
  maxRecords: 10_000,
  maxBytes: 32 * 1024 * 1024,
  dropWhenFull: "newest",
  lingerMs: 100,
  maxRecordsPerAttempt: 500,
} as const;

export interface OutputsOptions {
  /** Takes console blocks, each in one call. */
  readonly stdout: (text: string) => void;
  readonly feed: WindowFeed;
  /** For the topics. */
  readonly security: BrokerSecurity;
  readonly clock: Clock;
  readonly log: Log;
}

export class Outputs implements WindowOutputs {
  /** Whether windows go to the console. */
  console: boolean;
  /** The configuration at the start: what it says here does not change at runtime. */
  readonly #config: Config;
  readonly #options: OutputsOptions;
  readonly #windows: KafkaOutput | undefined;
  readonly #deadLetters: KafkaOutput | undefined;

  constructor(config: Config, options: OutputsOptions) {
    const { console, kafka, dead_letters: deadLetters } = config.output;
    this.console = console;
    this.#config = config;
    this.#options = options;
    this.#windows = this.#makeOutput(kafka.topic, WINDOWS);
    this.#deadLetters = this.#makeOutput(deadLetters.topic, DEAD_LETTERS);
  }

  /** True while the topic of windows takes them more slowly than they close. */
  get isBlocked(): boolean {
    return this.#windows?.isOverrun ?? false;
  }

  /** Whether everything emitted is delivered or given up. */
  get isSettled(): boolean {
    return this.#topics.every((output) => output.isSettled);
  }

  get totals(): readonly OutputTotals[] {
    return this.#topics.map((output) => output.totals);
  }

  start(): void {
    for (const output of this.#topics) output.start();
  }

  /** Whether windows go to a topic. */
  get hasTopic(): boolean {
    return this.#windows !== undefined;
  }

  emit(closed: ClosedWindow): void {
    this.show(closed);
    this.write(closed);
  }

  /** Shows a window on the stream and the console. The stream shows windows without records too. */
  show(closed: ClosedWindow): void {
    const { result } = closed;
    if (result.endMs === null) return;
    this.#options.feed.publish(result.endMs, this.#format(closed));
    if (this.console && result.records > 0) this.#options.stdout(formatBlock(result));
  }

  /** Sends a window with records to the topic of windows, if there is one. */
  write(closed: ClosedWindow): void {
    const { result: { endMs, records }, partitions } = closed;
    if (this.#windows === undefined || endMs === null || records === 0) return;
    const { name } = this.#config;
    this.#windows.put(windowRecord({ name, endMs, partitions, json: this.#format(closed) }));
  }

  emitSkipped({ queue, index, reason }: SkippedRecord): void {
    const { topic, partition, records } = queue;
    const sizeBytes = records.sizeBytes(index);
    const isAbsent = records.isAbsent(index);
    if (this.#deadLetters === undefined || this.#deadLetters.declines(isAbsent ? 0 : sizeBytes)) return;
    const { bytes, keyStarts, keyEnds, valueStarts, valueEnds, offsets, timestampsMs } = records;
    const timestampMs = Number.isNaN(timestampsMs[index]) ? undefined : timestampsMs[index];
    const { name } = this.#config;
    const origin = { name, reason, topic, partition, offset: offsets[index], timestampMs };
    const batch = { records: 1, message: `the record has ${sizeBytes} bytes` };
    this.#deadLetters.put(deadLetter(isAbsent ? { ...origin, batch } : origin, {
      key: isAbsent ? null : copyOf(bytes, keyStarts[index], keyEnds[index]),
      value: isAbsent ? null : copyOf(bytes, valueStarts[index], valueEnds[index]),
      nowMs: this.#options.clock.nowMs(),
    }));
  }

  /** The dead letter of a batch that cannot be decoded has neither key nor value. */
  emitSkippedBatch({ queue: { topic, partition, position }, problem }: SkippedBatch): void {
    const { name } = this.#config;
    const { reason, records, message } = problem;
    this.#deadLetters?.put(deadLetter(
      {
        name,
        reason,
        topic,
        partition,
        offset: position,
        timestampMs: undefined,
        batch: { records, message },
      },
      { key: null, value: null, nowMs: this.#options.clock.nowMs() },
    ));
  }

  #format(closed: ClosedWindow): string {
    return formatClosedWindow(closed, { partitions: this.#config.source.kafka !== undefined });
  }

  async settled(): Promise<boolean> {
    const settled = await Promise.all(this.#topics.map((output) => output.settled()));
    return !settled.includes(false);
  }

  /** Sends the records that still wait, for a limited time. */
  async stop(): Promise<void> {
    await Promise.all(this.#topics.map((output) => output.stop()));
  }

  get #topics(): readonly KafkaOutput[] {
    return [this.#windows, this.#deadLetters].filter((output) => output !== undefined);
  }

  /** Each output has a client of its own, so that failures of the source's connections do not affect it. */
  #makeOutput(
    topic: string | undefined,
    settings: Omit<KafkaOutputOptions, "topic" | "client" | "clock" | "log">,
  ): KafkaOutput | undefined {
    const { name: clientId, source: { kafka } } = this.#config;
    if (topic === undefined || kafka === undefined) return undefined;
    const { security, clock, log } = this.#options;
    const client = new NetworkClient({ bootstrap: kafka.brokers, clientId, security, clock });
    return new KafkaOutput({ ...settings, topic, client, clock, log: log.child(`output.${settings.name}`) });
  }
}

/** Returns null for a start of -1. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array | null {
  return start < 0 ? null : bytes.slice(start, end);
}
