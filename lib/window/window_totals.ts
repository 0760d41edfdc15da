// WindowTotals holds the counts of the last closed window, by word id. It adds the runs (sparse counts) of panes that
// enter the window and subtracts those of panes that leave; it is rebuilt only after a sum of weights was rounded. A word
// that is missing in a full run may have had the run's smallest count. To avoid a visit to every such word, a run adds only
// the excess of its counts over its smallest count, and the sum of all smallest counts is added to every word when it is
// read.

import { grownLength } from "./grown_length.ts";
import type { SparseCounts } from "./sparse_counts.ts";
import { topIds } from "./top_words.ts";

interface WordOrder {
  /** All ids are below this number. */
  readonly idLimit: number;
  compare(a: number, b: number): number;
}

export class WindowTotals {
  /** By word id: the sum of the excesses of its counts over the smallest count of their runs. */
  #excesses = new Float64Array(0);
  /** By word id: the number of runs that hold it without an excess. If both are 0, no run holds the word. */
  #holdersAtSmallest = new Uint32Array(0);
  #error = 0;
  #words = 0;
  /** The largest `#words` since the last `clear`. */
  #mostWords = 0;
  #distinct = 0;

  /** The most by which a count can be too high: the sum of the runs' smallest counts. At 0 all are exact. */
  get error(): number {
    return this.#error;
  }

  /** The number of words counted, or the sum of their weights; exact up to 2^53 - 1. */
  get words(): number {
    return this.#words;
  }

  /** Whether no sum has been rounded since the last `clear`: no count is above the number of words. */
  get isExact(): boolean {
    return this.#mostWords <= Number.MAX_SAFE_INTEGER;
  }

  /** The number of words that some run holds. */
  get distinct(): number {
    return this.#distinct;
  }

  /** Makes room for all ids below `idLimit`. */
  reserve(idLimit: number): void {
    if (this.#excesses.length >= idLimit) return;
    const length = grownLength(this.#excesses.length, idLimit);
    const excesses = new Float64Array(length);
    excesses.set(this.#excesses);
    this.#excesses = excesses;
    const holdersAtSmallest = new Uint32Array(length);
    holdersAtSmallest.set(this.#holdersAtSmallest);
    this.#holdersAtSmallest = holdersAtSmallest;
  }

  gain(run: SparseCounts): void {
    // While no run is full, every word has an excess; skipping the other check saves a fifth of the time.
    this.#distinct += this.#error + run.smallest === 0 ? this.#gainExact(run) : this.#gainBounded(run);
    this.#words += run.words;
    this.#mostWords = Math.max(this.#mostWords, this.#words);
    this.#error += run.smallest;
  }

  /** Loses a run that it has gained before. */
  lose(run: SparseCounts): void {
    this.#distinct -= this.#error === 0 ? this.#loseExact(run) : this.#loseBounded(run);
    this.#words -= run.words;
    this.#error -= run.smallest;
  }

  clear(): void {
    this.#excesses.fill(0);
    this.#holdersAtSmallest.fill(0);
    this.#error = 0;
    this.#words = 0;
    this.#mostWords = 0;
    this.#distinct = 0;
  }

  /** Returns a count that is never too low and too high by at most `error`, also for a word that no run holds. */
  countOf(id: number): number {
    return this.#error + (id < this.#excesses.length ? this.#excesses[id] : 0);
  }

  /** Whether some run holds the word. */
  holds(id: number): boolean {
    return id < this.#excesses.length && (this.#excesses[id] > 0 || this.#holdersAtSmallest[id] > 0);
  }

  /**
   * Visits each word whose certain count is at least `least + slope * sums[id]`, where `sums` has a number for each id or
   * ends earlier. `least` is above 0. O(word ids).
   */
  eachAbove(
    { least, slope, sums }: { readonly least: number; readonly slope: number; readonly sums: Float32Array },
    visit: (id: number, count: number) => void,
  ): void {
    const excesses = this.#excesses;
    const both = Math.min(excesses.length, sums.length);
    for (let id = 0; id < both; id++) {
      if (excesses[id] >= least + slope * sums[id]) visit(id, excesses[id]);
    }
    for (let id = both; id < excesses.length; id++) if (excesses[id] >= least) visit(id, excesses[id]);
  }

  /**
   * Visits each word whose certain count is at least `least`, where its mark is at most `mostMark`. `marks` has a number
   * for each id below the limit of the totals. `least` is above 0. O(word ids).
   */
  eachMarked(
    { least, marks, mostMark }: {
      readonly least: number;
      readonly marks: Uint8Array;
      readonly mostMark: number;
    },
    visit: (id: number) => void,
  ): void {
    const excesses = this.#excesses;
    const limit = Math.min(excesses.length, marks.length);
    // Nearly all words are marked, and a mark takes an eighth of the memory of a count.
    for (let id = 0; id < limit; id++) {
      if (marks[id] <= mostMark && excesses[id] >= least) visit(id);
    }
  }

  /** Returns the ids of the k held words with the largest counts, equal counts in order. O(word ids). */
  top(k: number, words: WordOrder): number[] {
    return topIds(this.#excesses, {
      limit: Math.min(this.#excesses.length, words.idLimit),
      k,
      isHeldAtZero: (id) => this.#holdersAtSmallest[id] > 0,
      compare: (a, b) => words.compare(a, b),
    });
  }

  /** Returns how many of the words no run held before. */
  #gainExact({ ids, counts }: SparseCounts): number {
    const excesses = this.#excesses;
    let distinct = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      const before = excesses[id];
      if (before === 0) distinct++;
      excesses[id] = before + counts[i];
    }
    return distinct;
  }

  #gainBounded({ ids, counts, smallest }: SparseCounts): number {
    const excesses = this.#excesses;
    const holdersAtSmallest = this.#holdersAtSmallest;
    let distinct = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      const excess = counts[i] - smallest;
      const before = excesses[id];
      if (before === 0 && holdersAtSmallest[id] === 0) distinct++;
      if (excess === 0) holdersAtSmallest[id]++;
      excesses[id] = before + excess;
    }
    return distinct;
  }

  /** Returns how many of the words no run holds any more. */
  #loseExact({ ids, counts }: SparseCounts): number {
    const excesses = this.#excesses;
    let distinct = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      const after = excesses[id] - counts[i];
      excesses[id] = after;
      if (after === 0) distinct++;
    }
    return distinct;
  }

  #loseBounded({ ids, counts, smallest }: SparseCounts): number {
    const excesses = this.#excesses;
    const holdersAtSmallest = this.#holdersAtSmallest;
    let distinct = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      const excess = counts[i] - smallest;
      const after = excesses[id] - excess;
      excesses[id] = after;
      if (excess === 0) holdersAtSmallest[id]--;
      if (after === 0 && holdersAtSmallest[id] === 0) distinct++;
    }
    return distinct;
  }
}
