// How far the fetching of one partition has come, and what its answers mean for its queue.

import type { PartitionQueue } from "../../records/partition_queue.ts";
import { backOffMs } from "../../async/back_off.ts";
import { partitionKey } from "../topic_partition.ts";
import type { FetchCandidate } from "./fetch_plan.ts";
import type { FetchedPartition } from "../wire/fetch_response.ts";
import { splitRecordBatches } from "../wire/record_batch.ts";

/** Where a batch is larger than what was asked for, it is asked for with more, up to this. */
const MAX_FETCH_BYTES = 256 * 1024 * 1024;

export interface ReadingOptions {
  readonly isolation: "read_committed" | "read_uncommitted";
  readonly checkCrcs: boolean;
  /** What a fetch asks for. */
  readonly fetchBytes: number;
}

export class Reading implements FetchCandidate {
  readonly key: string;
  readonly queue: PartitionQueue;
  /** How many fetches have been answered without an error. */
  answers = 0;
  readonly #options: ReadingOptions;
  #maxBytes: number;
  #readableEnd = -1;
  #endHeardMs = -Infinity;
  #notBeforeMs = -Infinity;
  #failures = 0;

  constructor(queue: PartitionQueue, options: ReadingOptions) {
    this.key = partitionKey(queue);
    this.queue = queue;
    this.#options = options;
    this.#maxBytes = options.fetchBytes;
  }

  get queuedBytes(): number {
    return this.queue.queuedBytes;
  }

  get readOffset(): number {
    return this.queue.readOffset;
  }

  get readableEnd(): number {
    return this.#readableEnd;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  /** When the end of the log was last heard of, monotonic; Infinity while it cannot be. */
  get endHeardMs(): number {
    return this.#failures > 0 ? Infinity : this.#endHeardMs;
  }

  /** Reading failed, and is tried again after a while. */
  putOff(nowMs: number): void {
    this.#notBeforeMs = nowMs + backOffMs(this.#failures++, Math.random());
  }

  /** Nobody can be asked now: what comes next is the first after a failure. */
  lackLeader(): void {
    this.#failures = Math.max(1, this.#failures);
  }

  /** The end of the log was looked up. */
  hearEnd(highWatermark: number, nowMs: number): void {
    this.queue.highWatermark = highWatermark;
    this.#endHeardMs = nowMs;
  }

  /**
   * Takes in the answer, free of errors, to a fetch at `readOffset` that was sent at `sentMs`; times are monotonic.
   * Answers whether it is the first one after failures.
   */
  takeIn(fetched: FetchedPartition, { sentMs, nowMs }: { sentMs: number; nowMs: number }): boolean {
    const { queue } = this;
    const { checkCrcs, isolation, fetchBytes } = this.#options;
    const { highWatermark, lastStableOffset, abortedTransactions } = fetched;
    const hadFailed = this.#failures > 0;
    this.#failures = 0;
    this.answers++;
    this.hearEnd(highWatermark, nowMs);
    const readCommitted = isolation === "read_committed";
    const fetchOffset = queue.readOffset;
    this.#readableEnd = readCommitted && lastStableOffset >= 0
      ? Math.min(lastStableOffset, highWatermark)
      : highWatermark;
    const { batches, incomplete } = splitRecordBatches(fetched.recordSet, {
      fetchOffset,
      arrivedMs: nowMs,
      checkCrcs,
      readCommitted,
      abortedTransactions,
      highWatermark,
    });
    for (const batch of batches) queue.push(batch);
    if (batches.length > 0) this.#maxBytes = fetchBytes;
    // Not the last stable offset: what lies between them may yet turn out to be committed.
    else if (fetchOffset === highWatermark) queue.seeEnd(sentMs);
    // Old brokers cut a batch that is larger than what was asked for.
    else if (incomplete) this.#maxBytes = Math.min(MAX_FETCH_BYTES, this.#maxBytes * 2);
    return hadFailed;
  }
}
