// The counts of a pane whose words have weights: an array with a sum for every id. A full array takes no new word. Its
// owner drains it, and boundRuns keeps the largest counts of the drained runs, with the same bound on the error. The
// search of DenseCounts for the smallest count would not do: it is cheap only while counts grow by 1.

import type { AddedWords, HotCounts, HotCountsOptions } from "./hot_counts.ts";
import { isCheapToSort, type SparseCounts, sparseCounts, takeTouched } from "./sparse_counts.ts";
import type { WordHolders } from "./word_holders.ts";

export class WeightedCounts implements HotCounts {
  readonly #maxWords: number;
  readonly #holders: WordHolders;
  #counts = new Float64Array(0);
  /** Ids with a count, in the order of their first appearance. */
  #touched = new Int32Array(0);
  #touchedCount = 0;
  #words = 0;

  constructor({ maxWords, holders }: HotCountsOptions) {
    this.#maxWords = maxWords;
    this.#holders = holders;
  }

  get distinct(): number {
    return this.#touchedCount;
  }

  get words(): number {
    return this.#words;
  }

  /** Stops before a new word where it is full. A weight of 0 counts nothing. */
  add({ ids, idCount, weights }: AddedWords, from: number): number {
    if (weights === undefined) {
      throw new RangeError("cannot add words to weighted counts: they have no weights");
    }
    const holders = this.#holders.counts;
    if (this.#counts.length < holders.length) this.#grow(holders.length);
    const counts = this.#counts;
    const touched = this.#touched;
    const maxWords = this.#maxWords;
    let touchedCount = this.#touchedCount;
    let words = this.#words;
    let i = from;
    for (; i < idCount; i++) {
      const id = ids[i];
      const weight = weights[i];
      const before = counts[id];
      if (before === 0) {
        if (weight === 0) {
          this.#holders.releaseUnheld(id);
          continue;
        }
        if (touchedCount >= maxWords) break;
        holders[id]++;
        touched[touchedCount++] = id;
      }
      counts[id] = before + weight;
      words += weight;
    }
    this.#touchedCount = touchedCount;
    this.#words = words;
    return i;
  }

  drain(): SparseCounts {
    const totals = { length: this.#touchedCount, words: this.#words, smallest: 0 };
    this.#touchedCount = 0;
    this.#words = 0;
    return isCheapToSort(totals.length, this.#counts)
      ? takeTouched(this.#touched, this.#counts, totals)
      : this.#drainAll(totals);
  }

  /** Compacts the counts in place. */
  #drainAll(totals: { length: number; words: number; smallest: number }): SparseCounts {
    const counts = this.#counts;
    const ids = this.#touched;
    let found = 0;
    for (let id = 0; found < totals.length; id++) {
      const count = counts[id];
      ids[found] = id;
      counts[found] = count;
      found += Number(count > 0);
    }
    const drained = sparseCounts(ids, counts, totals);
    counts.fill(0);
    return drained;
  }

  #grow(length: number): void {
    const counts = new Float64Array(length);
    counts.set(this.#counts);
    this.#counts = counts;
    const touched = new Int32Array(Math.min(length, this.#maxWords));
    touched.set(this.#touched.subarray(0, this.#touchedCount));
    this.#touched = touched;
  }
}
