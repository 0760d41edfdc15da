// The counts of a pane while words are added to it. Each word adds 1 (DenseCounts) or its weight (WeightedCounts).

import type { SparseCounts } from "./sparse_counts.ts";
import type { WordHolders } from "./word_holders.ts";

/** The first `idCount` of `ids`. */
export interface AddedWords {
  readonly ids: Int32Array;
  readonly idCount: number;
  /** Parallel to `ids`: whole numbers from 0 to 2^53 - 1. Only weighted counts read them. */
  readonly weights?: Float64Array | undefined;
}

export interface HotCounts {
  /** The number of distinct words. */
  readonly distinct: number;
  /** The number of words counted, or the sum of their weights. */
  readonly words: number;
  /**
   * Adds the words from index `from` on, and returns the index of the first word not added: where it is below `idCount`,
   * the counts have to be drained first. The holders must have room for all ids.
   */
  add(added: AddedWords, from: number): number;
  /** Returns the counts and forgets them. O(ids), or O(n log n) for the few words n of a small pane. */
  drain(): SparseCounts;
}

export interface HotCountsOptions {
  /** The most distinct words. */
  readonly maxWords: number;
  /** The numbers of the words are kept current in it. */
  readonly holders: WordHolders;
}
