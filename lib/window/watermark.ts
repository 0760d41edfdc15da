// Computes the watermarks that decide when windows close. A partition's watermark is its largest timestamp minus the
// lateness. The stream's watermark is the smallest of the partitions that are not idle. The class owns no clock: the
// caller reports which records it took, and when they arrived.

import { MinimumTree } from "./minimum_tree.ts";

export interface WatermarkOptions {
  /** Records may be out of order by this much. */
  readonly latenessMs: number;
  /** A partition at its end for longer than this does not delay windows. */
  readonly idleMs: number;
  /** A partition may run so far ahead of the stream's watermark before it waits for the others. */
  readonly aheadMs: number;
  /** The bounds of other members are multiples of this. Needed where there are any. */
  readonly slideMs?: number;
}

/** The state of one partition, as a snapshot saves it. */
export interface MarkContents {
  /** Largest timestamp so far; -Infinity before the first record. */
  readonly largestMs: number;
  readonly watermarkMs: number;
  /** Time since its last record arrived; Infinity before the first. */
  readonly sinceArrivalMs: number;
}

interface PartitionMark {
  /** Largest timestamp so far; -Infinity before the first record. */
  largestMs: number;
  /** Monotonic time at which its last record arrived. */
  arrivedMs: number;
  /** Never goes back. */
  watermarkMs: number;
  /** Whether it has shown a record or its end since its assignment. */
  seen: boolean;
  /** Whether it is read to its end. */
  atEnd: boolean;
  /** Monotonic time at which the fetch was sent that last found the end. */
  endSeenMs: number;
  /** Records dated ahead of the clock have been taken; they count when the partition has been read to this end. */
  ahead: KnownEnd | undefined;
  /** Records that an earlier run has taken are read again. */
  isReplaying: boolean;
}

/** The end of a partition's log, and a time at which the log did not reach beyond it. */
export interface KnownEnd {
  readonly offset: number;
  /** Wall-clock time. */
  readonly clockMs: number;
  /** The same on the monotonic clock. */
  readonly askedMs: number;
}

/** The watermarks of the assigned partitions, by their index, and of the stream. */
export class Watermark {
  readonly #options: WatermarkOptions;
  #marks: PartitionMark[] = [];
  /** The watermarks of the partitions that hold the stream back; Infinity for the others. */
  #holding = new MinimumTree(0);
  /** The largest watermark of all partitions, and the smallest of their first ones. */
  #largestMs = -Infinity;
  #firstMs = Infinity;
  #streamMs = -Infinity;
  /** The smallest bound of the partitions that other members read; Infinity where none is known. */
  othersMs = Infinity;

  constructor(options: WatermarkOptions) {
    if (!(options.latenessMs >= 0) || !(options.idleMs >= 0) || !(options.aheadMs > 0)) {
      throw new RangeError(
        `Watermark: lateness and idle must be at least 0 and the lead above 0, got ${
          JSON.stringify(options)
        }`,
      );
    }
    this.#options = options;
  }

  /** Restarts with this number of partitions. No record of them has been observed yet. */
  reset(partitions: number): void {
    this.#marks = Array.from({ length: partitions }, () => ({
      largestMs: -Infinity,
      arrivedMs: -Infinity,
      watermarkMs: -Infinity,
      seen: false,
      atEnd: false,
      endSeenMs: -Infinity,
      ahead: undefined,
      isReplaying: false,
    }));
    this.#holding = new MinimumTree(partitions);
    this.#largestMs = -Infinity;
    this.#firstMs = Infinity;
    this.#streamMs = -Infinity;
    for (let index = 0; index < partitions; index++) this.#update(index);
  }

  /**
   * Reports records taken from partition `index`: their largest timestamp, which is not ahead of the wall clock, and the
   * arrival of the last one (monotonic).
   */
  observe(index: number, timestampMs: number, arrivedMs: number): void {
    const mark = this.#marks[index];
    mark.seen = true;
    mark.atEnd = false;
    mark.arrivedMs = Math.max(mark.arrivedMs, arrivedMs);
    if (timestampMs > mark.largestMs) mark.largestMs = timestampMs;
    mark.watermarkMs = Math.max(mark.watermarkMs, mark.largestMs - this.#options.latenessMs);
    this.#update(index);
  }

  /**
   * Reports records taken from partition `index` that are dated ahead of the clock. The clock is later than the moment at
   * which the log received them, by the time that they waited there. So they count as the time of `end`, and only
   * once the partition is read up to it: records after it are not older.
   */
  observeAhead(index: number, arrivedMs: number, end: KnownEnd): void {
    const mark = this.#marks[index];
    mark.seen = true;
    mark.atEnd = false;
    mark.arrivedMs = Math.max(mark.arrivedMs, arrivedMs);
    mark.ahead ??= end;
    this.#update(index);
  }

  /** Reports that all records of partition `index` below `position` have been taken; Infinity for all that there are. */
  observePosition(index: number, position: number): void {
    const mark = this.#marks[index];
    if (mark.ahead === undefined || position < mark.ahead.offset) return;
    mark.largestMs = Math.max(mark.largestMs, mark.ahead.clockMs);
    // From then on it advances with time, though its records may have arrived before.
    mark.arrivedMs = Math.max(mark.arrivedMs, mark.ahead.askedMs);
    mark.watermarkMs = Math.max(mark.watermarkMs, mark.largestMs - this.#options.latenessMs);
    mark.ahead = undefined;
    this.#update(index);
  }

  /**
   * Begins to read again what an earlier run has taken from partition `index`, up to the place where its watermark stood
   * at `watermarkMs`. No window closes until `endReplay`, and the records in between move nothing.
   */
  beginReplay(index: number, watermarkMs: number): void {
    const mark = this.#marks[index];
    mark.isReplaying = true;
    mark.watermarkMs = Math.max(mark.watermarkMs, watermarkMs);
    mark.largestMs = Math.max(mark.largestMs, watermarkMs + this.#options.latenessMs);
    this.#update(index);
  }

  /** Reports records that are read again, by the arrival of the last one (monotonic). */
  observeReplay(index: number, arrivedMs: number): void {
    const mark = this.#marks[index];
    mark.seen = true;
    mark.arrivedMs = Math.max(mark.arrivedMs, arrivedMs);
  }

  endReplay(index: number): void {
    const mark = this.#marks[index];
    if (!mark.isReplaying) return;
    mark.isReplaying = false;
    this.#update(index);
  }

  /**
   * Reports whether partition `index` is read to its end. `endSeenMs` is the monotonic time at which the latest fetch
   * without a record was sent, and undefined while records are queued or not fetched yet. At its end, a partition's
   * watermark advances with time. Infinity stands for a partition that does not exist any more: it holds nothing back.
   */
  observeQueue(index: number, endSeenMs: number | undefined): void {
    const mark = this.#marks[index];
    const atEnd = endSeenMs !== undefined;
    if (atEnd === mark.atEnd && (!atEnd || endSeenMs === mark.endSeenMs)) return;
    mark.atEnd = atEnd;
    if (atEnd) {
      mark.seen = true;
      mark.endSeenMs = endSeenMs;
      mark.isReplaying = false;
      this.observePosition(index, Infinity);
      if (mark.largestMs !== -Infinity && endSeenMs < Infinity) {
        // A replay may end without a record, such as after compaction.
        const sinceMs = mark.arrivedMs === -Infinity ? 0 : Math.max(0, endSeenMs - mark.arrivedMs);
        mark.watermarkMs = Math.max(mark.watermarkMs, mark.largestMs - this.#options.latenessMs + sinceMs);
      }
    }
    this.#update(index);
  }

  /** Returns the state of partition `index`; `nowMs` is monotonic. */
  save(index: number, nowMs: number): MarkContents {
    const { largestMs, watermarkMs, arrivedMs } = this.#marks[index];
    return { largestMs, watermarkMs, sinceArrivalMs: nowMs - arrivedMs };
  }

  /**
   * Restores partition `index`, which has shown nothing yet; `nowMs` is monotonic. It holds the stream back at its saved
   * watermark until it shows a record or its end.
   */
  restore(index: number, { largestMs, watermarkMs, sinceArrivalMs }: MarkContents, nowMs: number): void {
    const mark = this.#marks[index];
    if (largestMs === -Infinity) return;
    mark.largestMs = largestMs;
    mark.watermarkMs = watermarkMs;
    mark.arrivedMs = nowMs - sinceArrivalMs;
    this.#update(index);
  }

  /** The watermark of partition `index`; -Infinity before its first record. */
  ofPartition(index: number): number {
    return this.#marks[index].watermarkMs;
  }

  /** Indexes of the partitions that have shown neither a record nor their end. */
  unseen(): number[] {
    return this.#marks.flatMap((mark, index) => mark.seen ? [] : [index]);
  }

  /** Whether no partition holds the stream back. */
  get isIdle(): boolean {
    return this.#holding.smallest === Infinity;
  }

  /** The stream's watermark; -Infinity while it is unknown. It never goes back between two resets. */
  streamMs(): number {
    this.#streamMs = Math.max(this.#streamMs, this.#smallestMs());
    return this.#streamMs;
  }

  /**
   * The largest timestamp that partition `index` may take now. The limit bounds the panes in memory while another
   * partition holds the stream back, here or in another member; without such a partition it is Infinity. A partition in
   * the slide of the smallest bound never waits: its member cannot say how far it is within the slide.
   */
  takeUntilMs(index: number): number {
    const mark = this.#marks[index];
    if (mark.largestMs === -Infinity || mark.isReplaying) return Infinity;
    const { aheadMs, slideMs = 0 } = this.#options;
    const behindMs = this.#smallestMs();
    // While a partition that has shown nothing holds the stream back, the others stay near their first records.
    if (behindMs === -Infinity) return this.#firstMs + aheadMs;
    const isBehind = mark.watermarkMs <= behindMs && mark.watermarkMs - slideMs < this.othersMs;
    return isBehind ? Infinity : Math.min(behindMs, this.othersMs) + aheadMs;
  }

  /** The smallest watermark of the partitions that hold back; where none does, the largest of all. */
  #smallestMs(): number {
    const smallestMs = this.#holding.smallest;
    return smallestMs === Infinity ? this.#largestMs : smallestMs;
  }

  /** Call it after each change of a mark, so that the stream's watermark costs no look at every partition. */
  #update(index: number): void {
    const mark = this.#marks[index];
    this.#holding.set(index, heldAtMs(mark, this.#options.idleMs));
    if (mark.largestMs === -Infinity) return;
    // A partition's watermark never goes back: the first one seen here is its smallest.
    this.#largestMs = Math.max(this.#largestMs, mark.watermarkMs);
    this.#firstMs = Math.min(this.#firstMs, mark.watermarkMs);
  }
}

/** Where the partition holds the stream back; Infinity where it does not. */
function heldAtMs(mark: PartitionMark, idleMs: number): number {
  const { seen, atEnd, largestMs, watermarkMs, endSeenMs, arrivedMs } = mark;
  if (mark.isReplaying) return -Infinity;
  if (!seen || !atEnd) return watermarkMs;
  // A partition without any record does not hold back while it is at its end.
  const isIdle = largestMs === -Infinity || endSeenMs - arrivedMs > idleMs;
  return isIdle ? Infinity : watermarkMs;
}
