// Reports on reading from Kafka: log lines, counters, and the reason why the source is not ready. KafkaSource, its session
// and the session's fetcher share one report.

import type { Clock } from "../../async/clock.ts";
import { BrokerConnectionError, KafkaError } from "../../kafka/connection/kafka_error.ts";
import type { FetchReport } from "../../kafka/fetch/fetch_report.ts";
import type { Membership } from "../../kafka/group/membership.ts";
import { partitionKey, type TopicPartition } from "../../kafka/topic_partition.ts";
import { LinePace } from "../../log/line_pace.ts";
import type { Log } from "../../log/log.ts";
import { Outage } from "../../log/outage.ts";
import type { FoundStart } from "./start_lookup.ts";

const LOG_INTERVAL_MS = 60_000;
/** A quota counts as in force for this long after the pause that it has demanded. */
const QUOTA_MS = 10_000;

export interface KafkaEvents {
  rebalance(): void;
  consumerRestart(): void;
  /** Records were deleted before they were read. */
  skippedOffsets(topic: string, partition: number, offsets: number): void;
  /** A quota made a broker ask for a pause. */
  throttled(ms: number): void;
}

/** Reading has stopped without an error of its own. */
export class StalledError extends Error {
  override readonly name = "StalledError";
}

/** Whether the error is one that brokers and the network may cause at any time. */
export function isExpected(error: unknown): error is Error {
  return error instanceof BrokerConnectionError || error instanceof KafkaError ||
    error instanceof StalledError;
}

export class SourceReport implements FetchReport {
  readonly #log: Pick<Log, "info" | "warn" | "error">;
  readonly #events: KafkaEvents;
  readonly #outage: Outage;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #pace: LinePace;
  #nextThrottleLineMs = -Infinity;
  #throttledUntilMs = -Infinity;

  constructor({ log, events, clock }: {
    readonly log: Pick<Log, "info" | "warn" | "error">;
    readonly events: KafkaEvents;
    readonly clock: Clock;
  }) {
    this.#log = log;
    this.#events = events;
    this.#clock = clock;
    this.#outage = new Outage({ log, clock });
    this.#pace = new LinePace(clock);
  }

  /** The latest failure that lasts; undefined for none. */
  get failure(): string | undefined {
    return this.#outage.reason;
  }

  /** The reason why reading is slow without a failure; undefined for none. */
  get note(): string | undefined {
    return this.#clock.monotonicMs() < this.#throttledUntilMs
      ? "a quota of a broker slows reading down"
      : undefined;
  }

  failed(what: string, error: unknown): void {
    this.#outage.failed(what, describe(error));
  }

  /** The activity `what` works, or has no object any more. */
  works(what: string): void {
    this.#outage.works(what);
  }

  /** A session has ended, and all its activities with it; `works("session")` ends the failure. */
  sessionFailed(error: unknown): void {
    this.#events.consumerRestart();
    if (!isExpected(error)) this.#log.error("reading from Kafka failed unexpectedly", { error });
    this.#outage.failedAsAWhole("session", describe(error));
  }

  assigned(partitions: readonly TopicPartition[], { generation, memberId: member }: Membership): void {
    this.#events.rebalance();
    this.#log.info("the group has assigned partitions", {
      generation,
      member,
      partitions: partitions.map(partitionKey),
    });
  }

  readingStarts(starts: readonly FoundStart[], replayRecords: number): void {
    for (const { topic, partition, skippedOffsets, isRemade } of starts) {
      if (isRemade) {
        const message =
          "the log ends before the committed offset, so it is a new log: reading from its start";
        if (this.#pace.admits("remade")) this.#log.warn(message, { topic, partition });
      }
      if (skippedOffsets > 0) this.recordsLost({ topic, partition }, skippedOffsets);
    }
    if (!this.#pace.admits("starts")) return;
    const at = starts.map((start) => `${partitionKey(start)}:${start.startOffset}`);
    this.#log.info("reading starts", { at, replay_records: replayRecords });
  }

  throttled(broker: string, ms: number): void {
    this.#events.throttled(ms);
    this.#throttledUntilMs = this.#clock.monotonicMs() + ms + QUOTA_MS;
    if (this.#clock.monotonicMs() < this.#nextThrottleLineMs) return;
    this.#nextThrottleLineMs = this.#clock.monotonicMs() + LOG_INTERVAL_MS;
    const message =
      "a quota of the broker slows reading down: raise consumer_byte_rate for this client id or user";
    this.#log.warn(message, { broker, throttle_ms: ms });
  }

  logIsTruncated({ topic, partition }: TopicPartition, offset: number): void {
    if (!this.#pace.admits("truncated")) return;
    const message = "the log ends before the next offset to read: looking up where to start";
    this.#log.warn(message, { topic, partition, offset });
  }

  recordsLost({ topic, partition }: TopicPartition, offsets: number): void {
    const message = "records were deleted before they were read, so windows are incomplete";
    if (this.#pace.admits("lost")) this.#log.warn(message, { topic, partition, offsets });
    this.#events.skippedOffsets(topic, partition, offsets);
  }
}

function describe(error: unknown): string {
  if (error instanceof BrokerConnectionError) return `connecting to ${error.address}: ${error.reason}`;
  return error instanceof Error ? error.message : String(error);
}
