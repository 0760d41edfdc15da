// What a pane holds while words are added to it: an array with a count for every id there is, so that adding a word
// is one increment.

import { type SparseCounts, sparseCounts } from "./sparse_counts.ts";

/** Below one id touched in so many, sorting what was touched is cheaper than walking through all ids. */
const SORT_BELOW_ONE_IN = 64;

export class DenseCounts {
  #counts = new Uint32Array(0);
  /** Ids with a count, in the order of their first appearance. */
  #touched = new Int32Array(0);
  #touchedCount = 0;
  #words = 0;

  /** Sum of the counts. */
  get words(): number {
    return this.#words;
  }

  /** Counts the first `idCount` of `ids`, all below `holders.length`; an id that is new here gains a holder. */
  add(ids: Int32Array, idCount: number, holders: Uint32Array): void {
    if (this.#counts.length < holders.length) this.#grow(holders.length);
    const counts = this.#counts;
    const touched = this.#touched;
    let touchedCount = this.#touchedCount;
    for (let i = 0; i < idCount; i++) {
      const id = ids[i];
      if (counts[id]++ === 0) {
        touched[touchedCount++] = id;
        holders[id]++;
      }
    }
    this.#touchedCount = touchedCount;
    this.#words += idCount;
  }

  /** Empties it; what it held is the answer. O(ids), or O(n log n) for the few words n of a small pane. */
  drain(): SparseCounts {
    const length = this.#touchedCount;
    const words = this.#words;
    this.#touchedCount = 0;
    this.#words = 0;
    const isSmall = length * SORT_BELOW_ONE_IN < this.#counts.length;
    return isSmall ? this.#drainTouched(length, words) : this.#drainAll(length, words);
  }

  #drainTouched(length: number, words: number): SparseCounts {
    const counts = this.#counts;
    const ids = this.#touched.subarray(0, length).sort();
    const drained = new Uint32Array(length);
    for (let i = 0; i < length; i++) {
      drained[i] = counts[ids[i]];
      counts[ids[i]] = 0;
    }
    return sparseCounts(ids, drained, { length, words });
  }

  /** Moves the counts that are there together, in place. */
  #drainAll(length: number, words: number): SparseCounts {
    const counts = this.#counts;
    const ids = this.#touched;
    let found = 0;
    for (let id = 0; found < length; id++) {
      const count = counts[id] | 0;
      ids[found] = id;
      counts[found] = count;
      // 1 unless the count is 0. A branch would take five times as long: which ids occur cannot be predicted.
      found += (count | -count) >>> 31;
    }
    const drained = sparseCounts(ids, counts, { length, words });
    counts.fill(0);
    return drained;
  }

  #grow(length: number): void {
    const counts = new Uint32Array(length);
    counts.set(this.#counts);
    this.#counts = counts;
    const touched = new Int32Array(length);
    touched.set(this.#touched.subarray(0, this.#touchedCount));
    this.#touched = touched;
  }
}
