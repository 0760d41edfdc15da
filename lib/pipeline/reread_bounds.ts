// RereadBounds says which records of a partition have been read before, and by what they are known: an earlier run has
// counted them, it has noted their watermark, or a report has them.

import type { PartitionQueue } from "../records/partition_queue.ts";

export class RereadBounds {
  /** Records below have been counted by an earlier run, or by this one under an earlier assignment. */
  readonly #replayUntil: number;
  /** Below this offset a record moves no watermark: an earlier run has noted where it stood there. */
  readonly stillUntil: number;
  readonly #reported: PartitionQueue["reported"];

  constructor({ earlier, replayUntil, reported }: PartitionQueue) {
    this.#replayUntil = Math.max(replayUntil, reported?.offset ?? 0);
    this.stillUntil = earlier !== undefined && earlier.watermarkMs > -Infinity ? earlier.offset : -1;
    this.#reported = reported;
  }

  isReplayed(offset: number): boolean {
    return offset < this.#replayUntil;
  }

  /** Whether a record never waits for other partitions, so that reading again ends by itself. */
  isFree(offset: number): boolean {
    return offset < this.stillUntil || (this.#reported !== undefined && offset < this.#reported.offset);
  }

  /** Whether a report has the record of a pane that ends at `paneEndMs`. */
  isReported(offset: number, paneEndMs: number): boolean {
    return this.#reported !== undefined && offset < this.#reported.offset &&
      paneEndMs <= this.#reported.cutMs;
  }

  /** The end of the records from `from` on, at most `end`, that are on the same side of all bounds. */
  endOfRun(offsets: Float64Array, from: number, end: number): number {
    if (!this.isReplayed(offsets[from])) return end;
    const reported = this.#reported?.offset ?? 0;
    const bound = offsets[from] < reported ? reported : this.#replayUntil;
    let to = from;
    while (to < end && offsets[to] < bound) to++;
    return to;
  }
}
