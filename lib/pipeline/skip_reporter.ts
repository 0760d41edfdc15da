// Reports skipped records and batches to the metrics, the log and the outputs. A wrong clock or an unreadable topic can
// skip every record, so a reason is logged once an hour and not once per record.

import type { Clock } from "../async/clock.ts";
import type { Log } from "../log/log.ts";
import type { BatchProblem, PartitionQueue } from "../records/partition_queue.ts";
import type { RecordSkipReason } from "../records/skip_reason.ts";
import { formatSkips, type SkippedOfReason } from "./skip_summary.ts";
import type { TurnTime } from "./turn_time.ts";
import type { SkippedOutputs, SkippedRecord } from "./window_outputs.ts";

const LOG_INTERVAL_MS = 3_600_000;
/** Megabytes of damaged batches are thousands of them. */
const BATCH_LOG_INTERVAL_MS = 60_000;
/** Streams in which some records are counted need no summary. */
const SUMMARY_AFTER_MS = 10_000;

const PATTERN_LIMIT =
  "skipping records on which a pattern of words or records.where takes too long: choose a pattern " +
  "without nested or overlapping repetitions";
/** The log lines of reasons that no replay repeats. */
const PROBLEMS: ReadonlyMap<RecordSkipReason, string> = new Map([
  [
    "no_timestamp",
    "skipping records without a timestamp: set message.timestamp.type=LogAppendTime for the topic, or " +
    "window.time: processing",
  ],
  ["invalid_json", "skipping records that are not valid JSON: check records.format and the producers"],
  [
    "invalid_avro",
    "skipping records that are not Avro of their schema: check records.format, records.schema_registry or " +
    "records.schema_file, and the producers",
  ],
  [
    "invalid_protobuf",
    "skipping records that are not Protobuf of their schema: check records.format, records.schema_registry or " +
    "records.schema_file and records.message, and the producers",
  ],
  [
    "unknown_schema",
    "skipping records whose schema the registry does not have: check records.schema_registry.url, and whether the " +
    "schema was deleted",
  ],
  [
    "invalid_weight",
    "skipping records whose weight is no whole number from 0 to 2^53 - 1: check words.weight and the producers",
  ],
  [
    "invalid_timestamp",
    "skipping records without a timestamp of this format in the value: check records.timestamp, " +
    "records.timestamp_format and the producers",
  ],
  ["invalid_key", "skipping records with a key of another format: check words.key_format and the producers"],
]);

export interface SkipReporterOptions {
  readonly tally: { recordsSkipped(reason: RecordSkipReason, records: number): void };
  readonly outputs: SkippedOutputs;
  readonly log: Log;
  readonly clock: Clock;
  readonly turnTime: TurnTime;
}

export class SkipReporter {
  readonly #options: SkipReporterOptions;
  /** Monotonic time of the last log line, by reason. */
  readonly #loggedMs = new Map<RecordSkipReason, number>();
  #nextBatchLineMs = -Infinity;
  /** Skipped since the last line. */
  #silentBatches = 0;
  /** Since the last record that was counted. */
  readonly #skipped = new Map<RecordSkipReason, SkippedOfReason>();
  /** Monotonic time at which the last record was counted; -Infinity before the first. */
  #countedMs = -Infinity;

  constructor(options: SkipReporterOptions) {
    this.#options = options;
  }

  /** Says which records are skipped and why, while none has been counted for some time; else undefined. */
  get summary(): string | undefined {
    if (this.#skipped.size === 0) return undefined;
    if (this.#options.clock.monotonicMs() < this.#countedMs + SUMMARY_AFTER_MS) return undefined;
    return formatSkips(this.#skipped);
  }

  /** Records have been counted. */
  counted(): void {
    if (this.#skipped.size > 0) this.#skipped.clear();
    this.#countedMs = this.#options.turnTime.readAtMs;
  }

  /** Reports records dated before the first window, of which `first` is the first. No earlier run has taken them. */
  beforeStart(first: Omit<SkippedRecord, "reason">, records: number): void {
    const { tally } = this.#options;
    const skipped = { ...first, reason: "before_start" } as const;
    this.#log(
      skipped,
      "skipping records dated before the first window: to count them use another source.kafka.group with " +
        "source.kafka.start: earliest; if their dates are wrong, check clock and time zone of the producers",
      { behind_seconds: Math.round(-this.#aheadMs(skipped) / 1000) },
    );
    tally.recordsSkipped("before_start", records);
    this.#note("before_start", records, this.#aheadMs(skipped));
  }

  /** Reports a record. One that is replayed was counted and emitted by an earlier run. */
  record(skipped: SkippedRecord, isReplay: boolean): void {
    const { reason } = skipped;
    const { tally, outputs } = this.#options;
    if (reason === "future") {
      const aheadMs = this.#aheadMs(skipped);
      this.#log(
        skipped,
        "skipping records with timestamps in the future: check the clocks of this machine and of the producers",
        { ahead_seconds: Math.round(aheadMs / 1000) },
      );
    }
    if (reason === "pattern_limit") this.#log(skipped, PATTERN_LIMIT);
    if (isReplay) return;
    const problem = PROBLEMS.get(reason);
    if (problem !== undefined) this.#log(skipped, problem);
    tally.recordsSkipped(reason, 1);
    this.#note(reason, 1, this.#aheadMs(skipped));
    outputs.emitSkipped(skipped);
  }

  /** Reports a batch. */
  batch(queue: PartitionQueue, problem: BatchProblem): void {
    const { tally, outputs, log, clock } = this.#options;
    const { topic, partition, position, replayUntil } = queue;
    const { reason, records, message } = problem;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#nextBatchLineMs) this.#silentBatches++;
    else {
      const more = this.#silentBatches > 0 ? { batches_before: this.#silentBatches } : {};
      const line = `skipping ${records} records that cannot be decoded: ${message}`;
      log.warn(line, { topic, partition, reason, ...more });
      this.#nextBatchLineMs = nowMs + BATCH_LOG_INTERVAL_MS;
      this.#silentBatches = 0;
    }
    if (position < replayUntil) return;
    tally.recordsSkipped(reason, records);
    this.#note(reason, records, NaN);
    outputs.emitSkippedBatch({ queue, problem });
  }

  #aheadMs({ queue, index }: SkippedRecord): number {
    return queue.records.timesMs[index] - this.#options.turnTime.nowMs;
  }

  #note(reason: RecordSkipReason, records: number, aheadMs: number): void {
    const { records: before = 0 } = this.#skipped.get(reason) ?? {};
    this.#skipped.set(reason, { records: before + records, aheadMs });
  }

  #log({ queue, index, reason }: SkippedRecord, message: string, fields: Record<string, number> = {}): void {
    const { log, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs < (this.#loggedMs.get(reason) ?? -Infinity) + LOG_INTERVAL_MS) return;
    this.#loggedMs.set(reason, nowMs);
    const { topic, partition, records } = queue;
    log.warn(message, { topic, partition, offset: records.offsets[index], ...fields });
  }
}
