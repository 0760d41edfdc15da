// The state of fetching one partition: it turns answers into batches for the partition's queue.

import type { PartitionQueue } from "../../records/partition_queue.ts";
import { backOffMs } from "../../async/back_off.ts";
import { FalseAnswerError } from "../asked_answer.ts";
import { ErrorCode, KafkaError } from "../connection/kafka_error.ts";
import { partitionKey } from "../topic_partition.ts";
import type { FetchCandidate } from "./fetch_plan.ts";
import type { FetchedPartition } from "../wire/fetch_response.ts";
import { splitRecordBatches } from "../wire/record_batch.ts";

/**
 * A batch that is larger than the limit of its fetch is fetched again with a higher limit, up to this. A larger one comes
 * when a fetch names its partition first.
 */
const MAX_RAISED_BYTES = 16 * 1024 * 1024;

/**
 * An answer without the batch that was asked for is refused so many times, for some 10 s: the broker, or a proxy, may be at
 * fault for a moment. After that the log itself counts as damaged. Reading passes over the offset, and over those that
 * follow it, without such a pause until it finds a batch again. Sound batches of other offsets are refused without end: a
 * broker looks batches up by their offsets, so that no damage of the log explains them.
 */
const MAX_DOUBTS = 6;

export interface ReadSettings {
  readonly isolation: "read_committed" | "read_uncommitted";
  readonly checkCrcs: boolean;
  /** A larger record need not be kept in memory. */
  readonly maxRecordBytes: number;
}

export class PartitionFetch implements FetchCandidate {
  readonly key: string;
  readonly queue: PartitionQueue;
  /** Fetches that were answered without an error. */
  answers = 0;
  /** The usual limit of a fetch. */
  usualBytes = 0;
  readableEnd = -1;
  notBeforeMs = -Infinity;
  readonly #settings: ReadSettings;
  readonly #startOffset: number;
  #endSeenMs = -Infinity;
  #failures = 0;
  /** Successive answers without the batch that was asked for. */
  #doubts = 0;
  /** By the last answer of a fetch: a lookup of the end alone says nothing about transactions. */
  #hasOpenTransaction = false;
  /** The size of the last batches, or more where they were too large to come. */
  #neededBytes = 0;

  constructor(queue: PartitionQueue, settings: ReadSettings) {
    this.key = partitionKey(queue);
    this.queue = queue;
    this.#settings = settings;
    this.#startOffset = queue.readOffset;
  }

  get queuedBytes(): number {
    return this.queue.queuedBytes;
  }

  get readOffset(): number {
    return this.queue.readOffset;
  }

  /** The end of the log, from the last answer; -1 before one. */
  get logEnd(): number {
    return this.queue.highWatermark;
  }

  get hasMore(): boolean {
    return this.queue.hasMore;
  }

  /** The limit of its next fetch. */
  get maxBytes(): number {
    return Math.max(this.usualBytes, this.#neededBytes);
  }

  /** When a broker last told the end of the log, monotonic; Infinity after a failure. */
  get endSeenMs(): number {
    return this.#failures > 0 ? Infinity : this.#endSeenMs;
  }

  /** The last answer was an error, or could not be used. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Nothing has been read, as the first records belong to an open transaction. */
  get isBehindTransaction(): boolean {
    const { readableEnd, readOffset } = this;
    return readOffset === this.#startOffset && readableEnd >= 0 && readOffset >= readableEnd &&
      this.#hasOpenTransaction;
  }

  /** The fetch failed: the next one comes after a pause. */
  postpone(nowMs: number): void {
    this.notBeforeMs = nowMs + backOffMs(this.#failures++, Math.random());
  }

  /** Counts as a failure: the next answer ends it. */
  loseLeader(): void {
    this.#failures = Math.max(1, this.#failures);
  }

  /** Takes the end of the log from the answer to a request that was sent at `sentMs`. */
  setEnd(highWatermark: number, { sentMs, nowMs }: { sentMs: number; nowMs: number }): void {
    this.queue.highWatermark = highWatermark;
    this.queue.highWatermarkAskedMs = sentMs;
    this.#endSeenMs = nowMs;
  }

  /**
   * Queues the records of an answer, which had room for `maxBytes` of this partition or not. Returns why it does not: then
   * the next fetch comes after a pause.
   */
  accept(
    fetched: FetchedPartition,
    { sentMs, nowMs, hadRoom }: { sentMs: number; nowMs: number; hadRoom: boolean },
  ): KafkaError | undefined {
    const { key, queue, readOffset: fetchOffset } = this;
    const { checkCrcs, isolation, maxRecordBytes } = this.#settings;
    const { errorCode, highWatermark, lastStableOffset, abortedTransactions } = fetched;
    if (errorCode !== ErrorCode.none) {
      this.postpone(nowMs);
      return new KafkaError(errorCode, `read ${key} at offset ${fetchOffset}`);
    }
    const readCommitted = isolation === "read_committed";
    const { batches, incomplete, doubt } = splitRecordBatches(fetched.recordSet, {
      fetchOffset,
      arrivedMs: nowMs,
      checkCrcs,
      readCommitted,
      abortedTransactions,
      highWatermark,
      maxRecordBytes,
    });
    if (doubt !== undefined && (doubt.isSound || this.#doubts < MAX_DOUBTS)) {
      this.#doubts++;
      // Batches of earlier records may fill the answer.
      if (doubt.isSound) this.#neededBytes = Math.min(MAX_RAISED_BYTES, this.maxBytes * 2);
      this.postpone(nowMs);
      return new FalseAnswerError(
        "Fetch",
        `has no batch of ${key} at offset ${fetchOffset} (${doubt.reason})`,
      );
    }
    if (doubt === undefined && batches.length > 0) this.#doubts = 0;
    this.#failures = 0;
    this.answers++;
    this.setEnd(highWatermark, { sentMs, nowMs });
    this.readableEnd = readCommitted && lastStableOffset >= 0
      ? Math.min(lastStableOffset, highWatermark)
      : highWatermark;
    this.#hasOpenTransaction = this.readableEnd < highWatermark;
    for (const batch of batches) queue.push(batch);
    const largestBytes = batches.reduce((most, { sizeBytes }) => Math.max(most, sizeBytes), 0);
    if (batches.length > 0) this.#neededBytes = Math.min(MAX_RAISED_BYTES, largestBytes);
    // Not at the last stable offset: the records between the two may still be committed.
    else if (fetchOffset === highWatermark) queue.seeEnd(sentMs);
    // A broker leaves out a batch that is larger than the limit, or cuts it.
    else if (incomplete || (hadRoom && fetchOffset < this.readableEnd)) {
      this.#neededBytes = Math.min(MAX_RAISED_BYTES, this.maxBytes * 2);
    }
    return undefined;
  }
}
