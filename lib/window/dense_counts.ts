// The counts of a pane while words are added to it: an array with a count for every id, so that adding a word is one
// increment. When it holds `maxWords` words, it runs Space-Saving: a new word replaces one with the smallest count and
// continues from that count. So no count is too low, and none is too high by more than the smallest count.
// (Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data Streams, 2005.)
//
// Keeping the smallest count current would burden every increment. Instead, a hand moves round the words and stops at the
// next word whose count equals the last known smallest. Counts only grow, so the words behind the hand need no second
// check in the same round. Each round raises the smallest count, which is at most words counted / words held. So all
// rounds together take at most twice as many steps as words were counted.

import type { AddedWords, HotCounts, HotCountsOptions } from "./hot_counts.ts";
import { isCheapToSort, MAX_WORDS, type SparseCounts, sparseCounts, takeTouched } from "./sparse_counts.ts";
import type { WordHolders } from "./word_holders.ts";

export class DenseCounts implements HotCounts {
  readonly #maxWords: number;
  readonly #holders: WordHolders;
  #counts = new Uint32Array(0);
  /** Ids with a count, in the order of their first appearance. A replacement takes the place of the replaced id. */
  #touched = new Int32Array(0);
  #touchedCount = 0;
  #words = 0;
  /** No count is below it; 0 until the first word is replaced. */
  #smallest = 0;
  /** The place in `#touched` at which the next search begins. */
  #hand = 0;
  /** No word behind the hand has a count below it. */
  #smallestBehind = Infinity;

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

  /** Counts each word once. Adds all of them, or none where a count could overflow. */
  add({ ids, idCount }: AddedWords, from: number): number {
    if (this.#words + idCount - from > MAX_WORDS) return from;
    const holders = this.#holders.counts;
    if (this.#counts.length < holders.length) this.#grow(holders.length);
    const counts = this.#counts;
    const touched = this.#touched;
    const maxWords = this.#maxWords;
    let touchedCount = this.#touchedCount;
    for (let i = from; i < idCount; i++) {
      const id = ids[i];
      if (counts[id]++ === 0) {
        holders[id]++;
        if (touchedCount < maxWords) touched[touchedCount++] = id;
        else counts[id] += this.#replaceSmallest(id);
      }
    }
    this.#touchedCount = touchedCount;
    this.#words += idCount - from;
    return idCount;
  }

  drain(): SparseCounts {
    const totals = { length: this.#touchedCount, words: this.#words, smallest: this.#currentSmallest() };
    this.#touchedCount = 0;
    this.#words = 0;
    this.#smallest = 0;
    this.#hand = 0;
    this.#smallestBehind = Infinity;
    return isCheapToSort(totals.length, this.#counts)
      ? takeTouched(this.#touched, this.#counts, totals)
      : this.#drainAll(totals);
  }

  /** Replaces a word with the smallest count by this one and returns that count. */
  #replaceSmallest(id: number): number {
    const counts = this.#counts;
    const touched = this.#touched;
    const length = this.#maxWords;
    while (true) {
      for (; this.#hand < length; this.#hand++) {
        const count = counts[touched[this.#hand]];
        if (count === this.#smallest) return this.#replace(this.#hand++, id);
        if (count < this.#smallestBehind) this.#smallestBehind = count;
      }
      this.#hand = 0;
      this.#smallest = this.#smallestBehind;
      this.#smallestBehind = Infinity;
    }
  }

  #replace(place: number, id: number): number {
    const evicted = this.#touched[place];
    const count = this.#counts[evicted];
    this.#counts[evicted] = 0;
    this.#holders.drop(evicted);
    this.#touched[place] = id;
    this.#smallestBehind = Math.min(this.#smallestBehind, count + 1);
    return count;
  }

  /** 0 while all counts are exact. */
  #currentSmallest(): number {
    if (this.#smallest === 0) return 0;
    let smallest = Infinity;
    for (let i = 0; i < this.#touchedCount; i++) {
      smallest = Math.min(smallest, this.#counts[this.#touched[i]]);
    }
    return smallest;
  }

  /** Compacts the counts in place. */
  #drainAll(totals: { length: number; words: number; smallest: number }): SparseCounts {
    const { length } = totals;
    const counts = this.#counts;
    const ids = this.#touched;
    let found = 0;
    for (let id = 0; found < length; id++) {
      const count = counts[id] | 0;
      ids[found] = id;
      counts[found] = count;
      // Adds 1 unless the count is 0. A branch, which the processor could not predict, would take five times as long.
      found += (count | -count) >>> 31;
    }
    const drained = sparseCounts(ids, counts, totals);
    counts.fill(0);
    return drained;
  }

  #grow(length: number): void {
    const counts = new Uint32Array(length);
    counts.set(this.#counts);
    this.#counts = counts;
    const touched = new Int32Array(Math.min(length, this.#maxWords));
    touched.set(this.#touched.subarray(0, this.#touchedCount));
    this.#touched = touched;
  }
}
