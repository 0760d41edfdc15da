// Event time's clock. A partition's watermark says how far its stream has come; the stream's watermark, the smallest
// of those that hold back, says which windows may close. Pure: whoever owns it tells it what was read and when.

import { MinimumTree } from "./minimum_tree.ts";

export interface WatermarkOptions {
  /** How long a window waits for records that come out of order. */
  readonly latenessMs: number;
  /** A partition at its end for longer than this holds no window back. */
  readonly idleMs: number;
  /** A partition may run so far ahead of the stream's watermark; beyond, it waits for the others. */
  readonly aheadMs: number;
}

/** How far a partition has come, as it can be kept over the end of a process. */
export interface MarkContents {
  /** Largest timestamp so far; -Infinity before the first record. */
  readonly largestMs: number;
  readonly watermarkMs: number;
  /** How long ago its last record arrived; Infinity before the first. */
  readonly sinceArrivalMs: number;
}

interface PartitionMark {
  /** Largest timestamp so far; -Infinity before the first record. */
  largestMs: number;
  /** When its last record arrived, monotonic. */
  arrivedMs: number;
  /** Never goes back. */
  watermarkMs: number;
  /** Has shown its first record or its end since its assignment. */
  seen: boolean;
  /** Read to its end, as proven by a fetch sent at `endSeenMs` (monotonic). */
  atEnd: boolean;
  endSeenMs: number;
}

/** The watermarks of the partitions that are assigned, by their index, and the stream's. */
export class Watermark {
  readonly #options: WatermarkOptions;
  #marks: PartitionMark[] = [];
  /** The watermarks of the partitions that hold the stream back; Infinity for the others. */
  #holding = new MinimumTree(0);
  /** The largest watermark of all partitions, and the smallest of their first ones. */
  #largestMs = -Infinity;
  #firstMs = Infinity;
  #streamMs = -Infinity;

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

  /** Begins anew with so many partitions, of which nothing has been seen yet. */
  reset(partitions: number): void {
    this.#marks = Array.from({ length: partitions }, () => ({
      largestMs: -Infinity,
      arrivedMs: -Infinity,
      watermarkMs: -Infinity,
      seen: false,
      atEnd: false,
      endSeenMs: -Infinity,
    }));
    this.#holding = new MinimumTree(partitions);
    this.#largestMs = -Infinity;
    this.#firstMs = Infinity;
    this.#streamMs = -Infinity;
    for (let index = 0; index < partitions; index++) this.#update(index);
  }

  /**
   * Records of partition `index` have been taken, the largest of them dated `timestampMs` (one ahead of the clock
   * counts as the clock: the caller sees to that), the last of them arrived at `arrivedMs` (monotonic).
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
   * Partition `index` is read to its end: `endSeenMs` is when the latest fetch that found nothing more was sent
   * (monotonic); undefined while there is more of it, be it queued or still to be fetched.
   * While it is at its end it moves on with time.
   */
  observeQueue(index: number, endSeenMs: number | undefined): void {
    const mark = this.#marks[index];
    const atEnd = endSeenMs !== undefined;
    if (atEnd === mark.atEnd && (!atEnd || endSeenMs === mark.endSeenMs)) return;
    mark.atEnd = atEnd;
    if (atEnd) {
      mark.seen = true;
      mark.endSeenMs = endSeenMs;
      if (mark.largestMs !== -Infinity) {
        const sinceMs = Math.max(0, endSeenMs - mark.arrivedMs);
        mark.watermarkMs = Math.max(mark.watermarkMs, mark.largestMs - this.#options.latenessMs + sinceMs);
      }
    }
    this.#update(index);
  }

  /** How far partition `index` has come; `nowMs` is monotonic. */
  save(index: number, nowMs: number): MarkContents {
    const { largestMs, watermarkMs, arrivedMs } = this.#marks[index];
    return { largestMs, watermarkMs, sinceArrivalMs: nowMs - arrivedMs };
  }

  /**
   * Lets partition `index`, of which nothing has been seen yet, go on from there; `nowMs` is monotonic. It holds the
   * stream back at its watermark of then until a record or its end is seen.
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

  /** The stream's watermark; it never goes back between resets. -Infinity: not known yet. */
  streamMs(): number {
    this.#streamMs = Math.max(this.#streamMs, this.#smallestMs());
    return this.#streamMs;
  }

  /**
   * Partition `index` may go on to records up to this timestamp. Beyond it would run further ahead than the panes in
   * memory are bounded for, and another partition is what holds the stream back; Infinity where none is.
   */
  takeUntilMs(index: number): number {
    const mark = this.#marks[index];
    if (mark.largestMs === -Infinity) return Infinity;
    const { aheadMs } = this.#options;
    const behindMs = this.#smallestMs();
    // Where a partition that has not been seen holds everything back, the others stay near where they began.
    if (behindMs === -Infinity) return this.#firstMs + aheadMs;
    return mark.watermarkMs <= behindMs ? Infinity : behindMs + aheadMs;
  }

  /** Of those that hold back; where none does, the largest of all. */
  #smallestMs(): number {
    const smallestMs = this.#holding.smallest;
    return smallestMs === Infinity ? this.#largestMs : smallestMs;
  }

  /** Call it after each change of a mark, so that the stream's watermark costs no look at every partition. */
  #update(index: number): void {
    const mark = this.#marks[index];
    this.#holding.set(index, this.#holdsBack(mark) ? mark.watermarkMs : Infinity);
    if (mark.largestMs === -Infinity) return;
    // A partition's watermark never goes back: the first one seen here is its smallest.
    this.#largestMs = Math.max(this.#largestMs, mark.watermarkMs);
    this.#firstMs = Math.min(this.#firstMs, mark.watermarkMs);
  }

  #holdsBack(mark: PartitionMark): boolean {
    if (!mark.seen) return true;
    // Found at its end, it never had a record: it holds nothing back as long as that is its end.
    if (mark.largestMs === -Infinity) return !mark.atEnd;
    return !mark.atEnd || mark.endSeenMs - mark.arrivedMs <= this.#options.idleMs;
  }
}
