// One partition's way from its source to the pipeline: a bounded queue of batches, decoded one at a time, at the
// moment the pipeline comes to them (decoding is part of what the governor measures).

import type { RecordSkipReason } from "./skip_reason.ts";
import { Records } from "./records.ts";

/** Why records of a batch were not read. */
export interface BatchProblem {
  readonly reason: Extract<RecordSkipReason, "corrupt" | "too_large">;
  readonly records: number;
  readonly message: string;
}

/** A run of records as a source got it, not yet decoded. */
export interface Batch {
  /** What it holds in memory. */
  readonly sizeBytes: number;
  /** Where reading goes on after it: above the offsets of all its records. */
  readonly nextOffset: number;
  /** When it arrived, monotonic. */
  readonly arrivedMs: number;
  /**
   * Fills `records` with its records at or above `fromOffset`. Where that is not possible `records` is empty, and
   * the answer says why.
   */
  decode(records: Records, fromOffset: number): BatchProblem | undefined;
}

/** The queue between a source, which pushes, and the pipeline, which reads at the head. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Records below this offset were already counted in an earlier life or generation: they are replayed. */
  readonly replayUntil: number;
  /** The end of the log as last heard; -1 before that. */
  highWatermark = -1;
  /** Where the source reads on: after the last batch pushed. */
  readOffset: number;
  /** Bytes in the queue. */
  queuedBytes = 0;
  /** The records of the batch at the head; valid up to the next call of `head`. */
  readonly records: Records = new Records();
  /** The next record of `records` to be taken. */
  cursor = 0;
  /** When the batch at the head arrived, monotonic. */
  arrivedMs = 0;
  /** Called when a batch has been dealt with and no longer counts as queued; set by the source. */
  onRoom: (() => void) | undefined;

  #batches: Batch[] = [];
  #current: Batch | undefined;
  #position: number;
  #endSeenMs: number | undefined;

  constructor(options: {
    topic: string;
    partition: number;
    /** The first offset to read. */
    startOffset: number;
    replayUntil?: number;
  }) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.readOffset = options.startOffset;
    this.#position = options.startOffset;
    this.replayUntil = options.replayUntil ?? options.startOffset;
  }

  /** All records below it have been taken. */
  get position(): number {
    return this.#position;
  }

  /** Records still to come, as far as known; never below 0. */
  get lag(): number {
    return Math.max(0, this.highWatermark - this.#position);
  }

  /** Whether something is queued that the pipeline has not finished with. */
  get hasMore(): boolean {
    return this.#current !== undefined || this.#batches.length > 0;
  }

  /**
   * Read to its end: when the latest fetch that found nothing more was sent (monotonic), else undefined. Everything
   * that fetch could have missed was appended after that moment.
   */
  get endSeenMs(): number | undefined {
    return this.hasMore || this.#position < this.highWatermark ? undefined : this.#endSeenMs;
  }

  /** Takes a batch in. */
  push(batch: Batch): void {
    this.#batches.push(batch);
    this.queuedBytes += batch.sizeBytes;
    this.readOffset = batch.nextOffset;
    this.#endSeenMs = undefined;
  }

  /** Reading jumps to `offset`, with nothing to be had in between (retention, a compacted stretch). */
  skipTo(offset: number): void {
    this.readOffset = offset;
    if (!this.hasMore) this.#position = offset;
  }

  /** A fetch sent at `sentMs` (monotonic) found that the log ends where reading stands. */
  seeEnd(sentMs: number): void {
    this.#endSeenMs = sentMs;
  }

  /**
   * Makes sure that `records` from `cursor` on is what comes next; false when nothing is queued. Batches that hold
   * nothing are passed over; one that cannot be read is told to `onProblem` and passed over.
   */
  head(onProblem: (problem: BatchProblem) => void): boolean {
    while (true) {
      if (this.#current !== undefined) {
        if (this.cursor < this.records.count) return true;
        this.#finishCurrent(this.#current);
      }
      const next = this.#batches.shift();
      if (next === undefined) {
        this.#position = Math.max(this.#position, this.readOffset);
        return false;
      }
      this.#current = next;
      this.cursor = 0;
      this.arrivedMs = next.arrivedMs;
      const problem = next.decode(this.records, this.#position);
      if (problem !== undefined) {
        this.records.count = 0;
        onProblem(problem);
      }
    }
  }

  /** Says that the records of the head below `cursor` have been dealt with. */
  advance(cursor: number): void {
    this.cursor = cursor;
    if (cursor > 0) this.#position = this.records.offsets[cursor - 1] + 1;
    if (cursor >= this.records.count && this.#current !== undefined) this.#finishCurrent(this.#current);
  }

  #finishCurrent(batch: Batch): void {
    this.#position = Math.max(this.#position, batch.nextOffset);
    this.queuedBytes -= batch.sizeBytes;
    this.#current = undefined;
    this.records.count = 0;
    this.cursor = 0;
    this.onRoom?.();
  }
}
