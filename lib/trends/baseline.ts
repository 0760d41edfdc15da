// The Baseline knows how often each word usually occurs: a decayed sum of its counts in the panes that have left the
// window, and the same sum of all words. Counts are divided by an age factor when they are read instead of being multiplied
// at each slide (forward decay), so that a slide touches only the words of the pane that leaves.
// (Cormode, Shkapenyuk, Srivastava, Xu: Forward Decay: A Practical Time Decay Model for Streaming Systems, 2009.)

import { grownLength } from "../window/grown_length.ts";
import type { PaneContents } from "../window/pane_store.ts";
import type { SparseCounts } from "../window/sparse_counts.ts";
import { WordHash } from "../words/word_hash.ts";
import { type DepartedContents, DepartedCounts } from "./departed_counts.ts";

/** All sums are scaled back when the weight of a new pane exceeds e to this power, far below the largest 32-bit float. */
const MAX_EXPONENT = 20;

/** The words by id, as the baseline uses them. */
export interface HashedWords {
  hashBy(hash: WordHash, id: number): void;
}

export interface BaselineOptions {
  /** A pane counts by 1/e after this many panes. */
  readonly decayPanes: number;
  readonly words: HashedWords;
}

/** A baseline in a form that is never altered. */
export interface BaselineContents {
  /** Index of the first pane that was added. */
  readonly firstPane: number;
  /** A pane with this index has the weight 1. */
  readonly referencePane: number;
  readonly words: number;
  readonly error: number;
  /** By word id: sums of weighted counts, above the smallest counts of their runs. */
  readonly sums: Float32Array;
  readonly departed: DepartedContents;
}

/** The words of a snapshot by the ids that they had. */
export interface SavedWords {
  /** The present id of each saved one; -1 for a word that is not in the table. */
  readonly ids: Int32Array;
  /** Hashes the word of a saved id. */
  readonly hashSaved: (hash: WordHash, id: number) => void;
}

/** The panes of a snapshot that have left the window since, with its words. */
export interface LeftPanes extends SavedWords {
  readonly left: readonly PaneContents[];
}

export class Baseline {
  readonly #decayPanes: number;
  readonly #words: HashedWords;
  readonly #hash = new WordHash();
  /** By word id, as in BaselineContents. */
  #sums = new Float32Array(0);
  readonly #departed = new DepartedCounts();
  #firstPane = NaN;
  #referencePane = NaN;
  #allWords = 0;
  #error = 0;

  constructor({ decayPanes, words }: BaselineOptions) {
    this.#decayPanes = decayPanes;
    this.#words = words;
  }

  /** Index of the first pane that was added; NaN for none. */
  get firstPane(): number {
    return this.#firstPane;
  }

  /** The weighted sum of all words. */
  get allWords(): number {
    return this.#allWords;
  }

  /** The weighted sum of the smallest counts of the panes: a word may have occurred this often more. */
  get error(): number {
    return this.#error;
  }

  /** The weighted counts of words since they are in the window, by id; 0 beyond the end. Valid up to the next `add`. */
  get sums(): Float32Array {
    return this.#sums;
  }

  /** The weighted count of the word, before and since it is in the window: the most that it may be. */
  countOf(id: number): number {
    this.#words.hashBy(this.#hash, id);
    return this.#sumOf(id) + this.#error + this.#departed.countOf(this.#hash);
  }

  /** The weight of a pane with this index. Weighted sums divided by it are decayed up to the pane. */
  weightAt(pane: number): number {
    return Math.exp((pane - this.#referencePane) / this.#decayPanes);
  }

  /** Adds the counts of a pane. Panes come in ascending order. `idLimit` is above all ids. */
  add(pane: number, runs: readonly SparseCounts[], idLimit: number): void {
    if (Number.isNaN(this.#firstPane)) this.#firstPane = this.#referencePane = pane;
    if ((pane - this.#referencePane) / this.#decayPanes > MAX_EXPONENT) this.#rescale(pane);
    this.#reserve(idLimit);
    const weight = this.weightAt(pane);
    const sums = this.#sums;
    for (const { ids, counts, words, smallest } of runs) {
      const least = smallest * weight;
      for (let i = 0; i < ids.length; i++) sums[ids[i]] += counts[i] * weight - least;
      this.#allWords += words * weight;
      this.#error += smallest * weight;
    }
  }

  /** The word is in no pane any more, and its id will name another word. */
  depart(id: number): void {
    const sum = this.#sumOf(id);
    if (sum === 0) return;
    this.#words.hashBy(this.#hash, id);
    this.#departed.add(this.#hash, sum);
    this.#sums[id] = 0;
  }

  clear(): void {
    this.#firstPane = NaN;
    this.#referencePane = NaN;
    this.#allWords = 0;
    this.#error = 0;
    this.#sums = new Float32Array(0);
    this.#departed.clear();
  }

  /** Undefined before the first pane. Later calls of other methods do not alter the result. O(ids). */
  save(idLimit: number): BaselineContents | undefined {
    if (Number.isNaN(this.#firstPane)) return undefined;
    const sums = new Float32Array(idLimit);
    sums.set(this.#sums.subarray(0, idLimit));
    return {
      firstPane: this.#firstPane,
      referencePane: this.#referencePane,
      words: this.#allWords,
      error: this.#error,
      sums,
      departed: this.#departed.save(),
    };
  }

  /** Replaces all counts by saved ones, and adds the panes that have left since. */
  restore(
    contents: BaselineContents | undefined,
    { left, ids, idLimit, hashSaved }: SavedWords & {
      /** In ascending order, with saved ids. */
      readonly left: readonly { readonly index: number; readonly runs: readonly SparseCounts[] }[];
      readonly idLimit: number;
    },
  ): void {
    this.clear();
    if (contents !== undefined) {
      this.#firstPane = contents.firstPane;
      this.#referencePane = contents.referencePane;
      this.#allWords = contents.words;
      this.#error = contents.error;
      this.#departed.restore(contents.departed);
      this.#sums = contents.sums.slice();
    }
    for (const { index, runs } of left) this.add(index, runs, ids.length);
    const saved = this.#sums;
    this.#sums = new Float32Array(idLimit);
    for (let id = 0; id < ids.length && id < saved.length; id++) {
      if (saved[id] === 0) continue;
      if (ids[id] >= 0) this.#sums[ids[id]] = saved[id];
      else {
        hashSaved(this.#hash, id);
        this.#departed.add(this.#hash, saved[id]);
      }
    }
  }

  #sumOf(id: number): number {
    return id < this.#sums.length ? this.#sums[id] : 0;
  }

  #reserve(idLimit: number): void {
    if (this.#sums.length >= idLimit) return;
    const sums = new Float32Array(grownLength(this.#sums.length, idLimit));
    sums.set(this.#sums);
    this.#sums = sums;
  }

  #rescale(pane: number): void {
    const factor = 1 / this.weightAt(pane);
    const sums = this.#sums;
    for (let id = 0; id < sums.length; id++) sums[id] *= factor;
    this.#departed.scale(factor);
    this.#allWords *= factor;
    this.#error *= factor;
    this.#referencePane = pane;
  }
}
