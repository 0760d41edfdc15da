// The topics that the daemon puts out to: its closed windows, and records that it could not read. Either may be missing.

import type { Clock } from "../async/clock.ts";
import type { Config } from "../config/schema.ts";
import { brokerSecurity } from "../settings/broker_security_settings.ts";
import { NetworkClient } from "../kafka/network_client.ts";
import type { SkippedBatch, SkippedRecord } from "../pipeline/lane.ts";
import type { Log } from "../log/log.ts";
import type { ClosedWindow } from "../pipeline/pipeline.ts";
import { deadLetter } from "./dead_letter.ts";
import { KafkaOutput, type KafkaOutputOptions } from "./kafka_output.ts";
import type { OutputTotals } from "../metrics/metrics_view.ts";
import { windowRecord } from "./window_record.ts";

/** At the usual two seconds a window these are five hours. The newest is what matters: the oldest make room. */
const WINDOWS = {
  name: "kafka",
  maxRecords: 10_000,
  maxBytes: 32 * 1024 * 1024,
  dropWhenFull: "oldest",
  lingerMs: 10,
  maxRecordsPerAttempt: 1_000,
} as const;

/**
 * A topic full of them must not cost what counting needs: 5,000 a second at most. Those that have no room are not even
 * copied.
 */
const DEAD_LETTERS = {
  name: "dead_letters",
  maxRecords: 10_000,
  maxBytes: 32 * 1024 * 1024,
  dropWhenFull: "newest",
  lingerMs: 100,
  maxRecordsPerAttempt: 500,
} as const;

export class Outputs {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #windows: KafkaOutput | undefined;
  readonly #deadLetters: KafkaOutput | undefined;

  constructor(config: Config, options: { readonly clock: Clock; readonly log: Log }) {
    const { kafka, dead_letters: deadLetters } = config.output;
    this.#name = config.name;
    this.#clock = options.clock;
    this.#windows = makeOutput(config, { topic: kafka.topic, settings: WINDOWS, ...options });
    this.#deadLetters = makeOutput(config, { topic: deadLetters.topic, settings: DEAD_LETTERS, ...options });
  }

  /** More windows have to wait: the topic takes them more slowly than they come. */
  get isOverrun(): boolean {
    return this.#windows?.isOverrun ?? false;
  }

  /** Nothing that was put is still to be waited for. */
  get isSettled(): boolean {
    return this.#all.every((output) => output.isSettled);
  }

  get totals(): readonly OutputTotals[] {
    return this.#all.map((output) => output.totals);
  }

  start(): void {
    for (const output of this.#all) output.start();
  }

  /** `json`: of the window. */
  putWindow({ result: { endMs }, assignment: { partitions } }: ClosedWindow, json: () => string): void {
    if (this.#windows === undefined || endMs === null) return;
    this.#windows.put(windowRecord({ name: this.#name, endMs, partitions, json: json() }));
  }

  putSkipped({ queue, index, reason }: SkippedRecord): void {
    const { topic, partition, records } = queue;
    const { keyStarts, keyEnds, valueStarts, valueEnds } = records;
    const sizeBytes = keyEnds[index] - keyStarts[index] + valueEnds[index] - valueStarts[index];
    if (this.#deadLetters === undefined || this.#deadLetters.declines(sizeBytes)) return;
    const timestampMs = records.timestampsMs[index];
    const origin = {
      name: this.#name,
      reason,
      topic,
      partition,
      offset: records.offsets[index],
      timestampMs: Number.isNaN(timestampMs) ? undefined : timestampMs,
    };
    this.#deadLetters.put(deadLetter(origin, {
      key: copyOf(records.bytes, keyStarts[index], keyEnds[index]),
      value: copyOf(records.bytes, valueStarts[index], valueEnds[index]),
      nowMs: this.#clock.nowMs(),
    }));
  }

  /** Of a batch that cannot be decoded there is nothing to send but the news. */
  putSkippedBatch({ queue: { topic, partition, position }, problem }: SkippedBatch): void {
    const { reason, records, message } = problem;
    const where = { name: this.#name, reason, topic, partition, offset: position, timestampMs: undefined };
    const letter = deadLetter({ ...where, batch: { records, message } }, {
      key: null,
      value: null,
      nowMs: this.#clock.nowMs(),
    });
    this.#deadLetters?.put(letter);
  }

  /** Waits until all that has been put is dealt with, or no longer waited for; false where it was stopped before. */
  async settled(): Promise<boolean> {
    return (await Promise.all(this.#all.map((output) => output.settled()))).every((isSettled) => isSettled);
  }

  /** Sends what is left, for a while. */
  async stop(): Promise<void> {
    await Promise.all(this.#all.map((output) => output.stop()));
  }

  get #all(): readonly KafkaOutput[] {
    return [this.#windows, this.#deadLetters].filter((output) => output !== undefined);
  }
}

interface MakeOptions {
  readonly topic: string | undefined;
  readonly settings: Omit<KafkaOutputOptions, "topic" | "client" | "clock" | "log">;
  readonly clock: Clock;
  readonly log: Log;
}

/** It has a client of its own: what the source's goes through is nothing to it. */
function makeOutput(
  config: Config,
  { topic, settings, clock, log }: MakeOptions,
): KafkaOutput | undefined {
  const { name: clientId, source: { kafka } } = config;
  if (topic === undefined || kafka === undefined) return undefined;
  const security = brokerSecurity(config);
  const client = new NetworkClient({ bootstrap: kafka.brokers, clientId, security, clock });
  return new KafkaOutput({ ...settings, topic, client, clock, log: log.child(`output.${settings.name}`) });
}

/** Null where it starts at -1. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array | null {
  return start < 0 ? null : bytes.slice(start, end);
}
