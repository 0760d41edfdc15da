// The counts of the last closed window, by word id: they gain the runs of the panes that enter, lose those of the panes
// that leave, and are never rebuilt. A word that a full run does not hold may have had as many as the run's smallest
// count; so that not every such word need be visited, a run adds only what its counts exceed its smallest by, and the
// smallest counts of all runs are one sum, which every word has on top.

import type { SparseCounts } from "./sparse_counts.ts";
import { topIds } from "./top_words.ts";

interface WordOrder {
  /** All ids are below it. */
  readonly idLimit: number;
  compare(a: number, b: number): number;
}

/** Doubling could leave half of a lot of memory idle. */
const GROWTH = 1.25;

export class WindowTotals {
  /** By word id: the sum of what its counts exceed the smallest of their runs by. */
  #excesses = new Float64Array(0);
  /** By word id: how many runs hold it without any excess. Where both are 0, no run holds it. */
  #holdersAtSmallest = new Uint32Array(0);
  #error = 0;
  #words = 0;
  #distinct = 0;

  /** Sum of the runs' smallest counts: by so much a count can at most be too high; 0: all are exact. */
  get error(): number {
    return this.#error;
  }

  /** How many words were counted; always exact. */
  get words(): number {
    return this.#words;
  }

  /** Words that some run holds. */
  get distinct(): number {
    return this.#distinct;
  }

  /** Makes room for all ids below `idLimit`. */
  reserve(idLimit: number): void {
    if (this.#excesses.length >= idLimit) return;
    const length = Math.max(idLimit, Math.ceil(this.#excesses.length * GROWTH));
    const excesses = new Float64Array(length);
    excesses.set(this.#excesses);
    this.#excesses = excesses;
    const holdersAtSmallest = new Uint32Array(length);
    holdersAtSmallest.set(this.#holdersAtSmallest);
    this.#holdersAtSmallest = holdersAtSmallest;
  }

  gain(run: SparseCounts): void {
    // As long as no run is full there is no word without any excess; that saves a fifth of the time.
    this.#distinct += this.#error + run.smallest === 0 ? this.#gainExact(run) : this.#gainBounded(run);
    this.#words += run.words;
    this.#error += run.smallest;
  }

  /** Loses what it has gained before. */
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
    this.#distinct = 0;
  }

  /** Never too low, also for a word that no run holds; too high by `error` at most. */
  countOf(id: number): number {
    return this.#error + (id < this.#excesses.length ? this.#excesses[id] : 0);
  }

  /** Whether some run holds the word. */
  holds(id: number): boolean {
    return id < this.#excesses.length && (this.#excesses[id] > 0 || this.#holdersAtSmallest[id] > 0);
  }

  /** Of the words that runs hold, ids of the k with the largest counts, equal ones in order. O(word ids). */
  top(k: number, words: WordOrder): number[] {
    return topIds(this.#excesses, {
      limit: Math.min(this.#excesses.length, words.idLimit),
      k,
      isHeldAtZero: (id) => this.#holdersAtSmallest[id] > 0,
      compare: (a, b) => words.compare(a, b),
    });
  }

  /** Returns how many of the words no run has held before. */
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
