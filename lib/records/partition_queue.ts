// The queue of one partition between its source and the pipeline. It holds batches and decodes each one only when the
// pipeline reaches it, so that the governor measures the decoding too.

import type { DecodeBudget } from "./decode_budget.ts";
import { FutureSkips, type FutureStep } from "./future_skips.ts";
import type { RecordSkipReason } from "./skip_reason.ts";
import { Records } from "./records.ts";

/** The reason why the records of a batch cannot be decoded. */
export interface BatchProblem {
  readonly reason: Extract<RecordSkipReason, "corrupt" | "too_large">;
  readonly records: number;
  readonly message: string;
}

/** A run of records as the source received it, not yet decoded. A large one is decoded in parts. */
export interface Batch {
  /** Its size in memory. */
  readonly sizeBytes: number;
  /** The offset at which reading continues after it: above the offsets of all its records. */
  readonly nextOffset: number;
  /** Monotonic time of its arrival. */
  readonly arrivedMs: number;
  /**
   * Fills `records` with the records of its next part at or above `fromOffset`; there may be none. A part has at most
   * `partRecords` where the batch can stop there. Where it cannot decode them, it leaves `records` empty, gives up the
   * rest, and returns the reason.
   */
  decode(
    records: Records,
    fromOffset: number,
    options?: { readonly partRecords: number },
  ): BatchProblem | undefined;
  /** Whether the next call of `decode` continues with another part; otherwise that call starts again. Absent: false. */
  readonly hasMore?: boolean;
  /** Bytes that the last call of `decode` read and decompressed. Default: `sizeBytes`. */
  readonly workBytes?: number;
  /** Memory that its decoded part takes, beside `sizeBytes`. Absent: 0. */
  readonly decodedBytes?: number;
  /** Gives back that memory: the next call of `decode` starts again. */
  release?(): void;
}

/** The notes of a run about the records that it has taken from a partition. */
export interface ReadingNotes {
  /** The partition's watermark after them; -Infinity for none. */
  readonly watermarkMs: number;
  /** Those that it skipped as `future`. */
  readonly future: readonly FutureStep[];
}

/** The notes of an earlier run on the records below `offset`. */
export interface EarlierReading extends ReadingNotes {
  readonly offset: number;
}

/** The records of a partition that the pane log has (lib/merge). */
export interface ReportedRecords {
  /** The log has the records below this offset that are in panes which end at `cutMs` or earlier. */
  readonly offset: number;
  readonly cutMs: number;
  /** The lowest offset of a record in those panes that an open window may need. */
  readonly replayFrom: number;
}

/** The source pushes at the end, and the pipeline reads at the head. The source bounds it by `queuedBytes`. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** An earlier run or assignment has counted the records below this offset: they are replayed. */
  readonly replayUntil: number;
  /** Undefined where no earlier run has noted anything. */
  readonly earlier: EarlierReading | undefined;
  /** Undefined where the records are not reported, or none is. */
  readonly reported: ReportedRecords | undefined;
  readonly future: FutureSkips;
  /** The partition's watermark after the records that are taken, or after those that an earlier run has noted. */
  watermarkMs: number;
  /** The end of the log as the broker last reported it; -1 before that. */
  highWatermark = -1;
  /** Monotonic time at which the broker was asked for it; undefined where it is known at once. */
  highWatermarkAskedMs: number | undefined;
  /** The offset that the source reads next: after the last batch pushed. */
  readOffset: number;
  /** Bytes in the queue. */
  queuedBytes = 0;
  /** The records of the batch at the head; valid up to the next call of `head`. */
  readonly records: Records = new Records();
  /** Index in `records` of the next record to take. */
  cursor = 0;
  /** Monotonic time at which the batch at the head arrived. */
  arrivedMs = 0;
  /** Called when a batch leaves the queue; set by the source. */
  onRoom: (() => void) | undefined;

  #batches: Batch[] = [];
  #current: Batch | undefined;
  #releasedMs: number | undefined;
  #position: number;
  #endSeenMs: number | undefined;

  constructor(options: {
    topic: string;
    partition: number;
    /** The first offset to read. */
    startOffset: number;
    replayUntil?: number;
    earlier?: EarlierReading | undefined;
    reported?: ReportedRecords | undefined;
  }) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.readOffset = options.startOffset;
    this.#position = options.startOffset;
    this.replayUntil = options.replayUntil ?? options.startOffset;
    this.earlier = options.earlier;
    this.reported = options.reported;
    this.future = new FutureSkips(options.earlier);
    this.watermarkMs = options.earlier?.watermarkMs ?? -Infinity;
  }

  /** The pipeline has taken all records below this offset. */
  get position(): number {
    return this.#position;
  }

  /** The records below this offset are noted: by an earlier run, or by `watermarkMs` and `future`. */
  get notedUntil(): number {
    return Math.max(this.#position, this.earlier?.offset ?? 0);
  }

  /** Records up to the known end of the log that are not taken yet; never below 0. */
  get lag(): number {
    return Math.max(0, this.highWatermark - this.#position);
  }

  /** Whether the queue holds a batch that is not taken completely. */
  get hasMore(): boolean {
    return this.#current !== undefined || this.#batches.length > 0;
  }

  /**
   * For a partition read to its end, the monotonic time at which the latest fetch without a record was sent: that fetch
   * can have missed only records appended later. Infinity for a partition that does not exist any more. Otherwise undefined.
   */
  get endSeenMs(): number | undefined {
    const isRead = this.#position >= this.highWatermark || this.#endSeenMs === Infinity;
    return isRead && !this.hasMore ? this.#endSeenMs : undefined;
  }

  /** Hands a batch from the source to the pipeline. */
  push(batch: Batch): void {
    this.#batches.push(batch);
    this.queuedBytes += batch.sizeBytes;
    this.readOffset = batch.nextOffset;
    this.#endSeenMs = undefined;
  }

  /** Continues reading at `offset`: the log has no records in between (retention, compaction). */
  skipTo(offset: number): void {
    this.readOffset = offset;
    if (!this.hasMore) this.#position = offset;
  }

  /** Records that a fetch sent at `sentMs` (monotonic) found the log to end at the read offset. */
  seeEnd(sentMs: number): void {
    this.#endSeenMs = sentMs;
  }

  /** The partition does not exist any more: no further record comes, until a fetch succeeds again. */
  end(): void {
    this.#endSeenMs = Infinity;
  }

  /** Memory of the decoded records, beside the batches. */
  get decodedBytes(): number {
    return this.records.arrayBytes + (this.#current?.decodedBytes ?? 0);
  }

  /** The timestamp of the next record, where `release` has given it back; otherwise undefined. */
  get releasedMs(): number | undefined {
    return this.#releasedMs;
  }

  /**
   * Decodes batches until `records` holds the next record at `cursor`; false when nothing is queued, or when the budget is
   * spent: then `hasMore` stays true. It skips empty batches, and it reports those that cannot be decoded to `onProblem`.
   */
  head(onProblem: (problem: BatchProblem) => void, budget?: DecodeBudget): boolean {
    while (true) {
      if (this.#current !== undefined) {
        if (this.cursor < this.records.count) return true;
        if (!this.#current.hasMore) this.#finishCurrent(this.#current);
      }
      const isBegun = this.#current !== undefined;
      if (!isBegun && this.#batches.length === 0) {
        this.#position = Math.max(this.#position, this.readOffset);
        this.records.release();
        return false;
      }
      if (budget?.allows({ isBegun }) === false) return false;
      this.#decode(this.#current ?? this.#batches[0], onProblem, budget);
    }
  }

  /** Gives back the decoded records that are not taken yet: they are decoded again when they can be taken. */
  release(): void {
    const current = this.#current;
    if (current?.release === undefined || this.cursor >= this.records.count) return;
    this.#releasedMs = this.records.timesMs[this.cursor];
    current.release();
    this.records.release();
    this.cursor = 0;
    this.#batches.unshift(current);
    this.#current = undefined;
  }

  /** Marks the records of the head below `cursor` as taken. */
  advance(cursor: number): void {
    this.cursor = cursor;
    if (cursor > 0) this.#position = this.records.offsets[cursor - 1] + 1;
    const current = this.#current;
    if (cursor >= this.records.count && current?.hasMore !== true && current) this.#finishCurrent(current);
  }

  #decode(batch: Batch, onProblem: (problem: BatchProblem) => void, budget: DecodeBudget | undefined): void {
    const before = this.decodedBytes;
    if (batch !== this.#current) this.#batches.shift();
    this.#current = batch;
    this.#releasedMs = undefined;
    this.cursor = 0;
    this.arrivedMs = batch.arrivedMs;
    const problem = batch.decode(this.records, this.#position, budget);
    budget?.take(batch.workBytes ?? batch.sizeBytes, this.decodedBytes - before);
    if (problem === undefined) return;
    this.records.count = 0;
    onProblem(problem);
  }

  #finishCurrent(batch: Batch): void {
    this.#position = Math.max(this.#position, batch.nextOffset);
    this.queuedBytes -= batch.sizeBytes;
    this.#current = undefined;
    this.records.count = 0;
    this.cursor = 0;
    if (this.#batches.length === 0) this.records.release();
    this.onRoom?.();
  }
}
