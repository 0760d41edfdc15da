// The counts of the last closed window, by word id: they gain the panes that enter and lose those that leave, and are
// never rebuilt.

import type { SparseCounts } from "./sparse_counts.ts";
import { topIds } from "./top_words.ts";

interface WordOrder {
  /** All ids are below it. */
  readonly idLimit: number;
  compare(a: number, b: number): number;
}

export class WindowTotals {
  #counts = new Float64Array(0);
  #words = 0;
  #distinct = 0;

  /** Sum of all counts. */
  get words(): number {
    return this.#words;
  }

  /** Words with a count. */
  get distinct(): number {
    return this.#distinct;
  }

  /** Makes room for all ids below `idLimit`. */
  reserve(idLimit: number): void {
    if (this.#counts.length >= idLimit) return;
    const counts = new Float64Array(Math.max(idLimit, this.#counts.length * 2));
    counts.set(this.#counts);
    this.#counts = counts;
  }

  gain({ ids, counts, words }: SparseCounts): void {
    const totals = this.#counts;
    let distinct = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      const before = totals[id];
      if (before === 0) distinct++;
      totals[id] = before + counts[i];
    }
    this.#distinct += distinct;
    this.#words += words;
  }

  /** Loses what it has gained before. */
  lose({ ids, counts, words }: SparseCounts): void {
    const totals = this.#counts;
    let distinct = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      const after = totals[id] - counts[i];
      totals[id] = after;
      if (after === 0) distinct++;
    }
    this.#distinct -= distinct;
    this.#words -= words;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#words = 0;
    this.#distinct = 0;
  }

  countOf(id: number): number {
    return id < this.#counts.length ? this.#counts[id] : 0;
  }

  /** Ids of the k words with the largest counts, largest first, equal ones as `compare` says. O(word ids). */
  top(k: number, words: WordOrder): number[] {
    return topIds(this.#counts, {
      limit: Math.min(this.#counts.length, words.idLimit),
      k,
      compare: (a, b) => words.compare(a, b),
    });
  }
}
