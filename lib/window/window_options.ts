// The options of windows over panes, with their bounds.

import { PaneStore } from "./pane_store.ts";
import type { SparseCounts } from "./sparse_counts.ts";
import type { HeldWords } from "./word_holders.ts";

/** The sizes of a window, and the table of its words. */
export interface WindowOptions {
  /** A whole multiple of `slideMs`. */
  readonly lengthMs: number;
  /** The time between the ends of two windows, in whole milliseconds. */
  readonly slideMs: number;
  /** The words to which ids belong. */
  readonly words: HeldWords;
  /**
   * The most distinct words that a pane holds, 1 or more; unbounded by default. A pane with more words keeps the most
   * frequent ones. Counts may then be too high, by at most the `error` of the result.
   */
  readonly maxWords?: number;
  /**
   * The bytes of all words beyond which panes lose their least frequent words; unbounded by default. Each pane keeps at
   * least 256 words.
   */
  readonly maxWordBytes?: number;
  /** Whether words are added with weights, by `addWeighted` instead of `add`; false by default. */
  readonly isWeighted?: boolean;
}

/** The table of words as a window uses it that shows them. */
export interface WordNames extends HeldWords {
  /** The text of the word. */
  text(id: number): string;
  /** Orders words with equal counts. */
  compare(a: number, b: number): number;
}

/** Learns what leaves a window, to remember more than the window holds. */
export interface WindowObserver {
  /** The pane is no part of later windows. It starts at index * slide; its words are still in the table. */
  paneLeaves(index: number, runs: readonly SparseCounts[]): void;
  /** The table is about to release the word. */
  wordLeaves(id: number): void;
}

/** The options of a window that shows its most frequent words. */
export interface SlidingWindowOptions extends WindowOptions {
  /** The number of words in the top of a result, 1 to 1000. */
  readonly top: number;
  /** The words to which ids belong. */
  readonly words: WordNames;
  /** @internal Learn what leaves the window. */
  readonly observers?: readonly WindowObserver[];
}

/** The first `idCount` of `ids`, with a weight for each. */
export interface WeightedWords {
  /** Words of the table; one may occur several times. */
  readonly ids: Int32Array;
  /** How many of them are meant. */
  readonly idCount: number;
  /** Parallel to `ids`: whole numbers from 0 to 2^53 - 1. */
  readonly weights: Float64Array;
}

/** @throws {RangeError} for a length that is no whole multiple of the slide, or a number out of bounds. */
export function paneStoreFor(options: WindowOptions): PaneStore {
  const { lengthMs, slideMs, words, isWeighted = false } = options;
  const { maxWords = Infinity, maxWordBytes = Infinity } = options;
  if (!(Number.isSafeInteger(slideMs) && slideMs > 0)) {
    throw new RangeError(`cannot make a window: slideMs is ${slideMs}, must be a whole number above 0`);
  }
  if (!(Number.isSafeInteger(lengthMs) && lengthMs > 0 && lengthMs % slideMs === 0)) {
    throw new RangeError(`cannot make a window: lengthMs is ${lengthMs}, must be a multiple of ${slideMs}`);
  }
  if (!((Number.isSafeInteger(maxWords) && maxWords >= 1) || maxWords === Infinity)) {
    throw new RangeError(`cannot make a window: maxWords is ${maxWords}, must be a whole number above 0`);
  }
  if (!(maxWordBytes > 0)) {
    throw new RangeError(`cannot make a window: maxWordBytes is ${maxWordBytes}, must be above 0`);
  }
  return new PaneStore({ maxWords, maxWordBytes, words, isWeighted });
}

/** The words of a table whose releases are observed. */
export function observedWords(words: HeldWords, observers: readonly WindowObserver[]): HeldWords {
  if (observers.length === 0) return words;
  return {
    get idLimit() {
      return words.idLimit;
    },
    get heldBytes() {
      return words.heldBytes;
    },
    release(id) {
      for (const observer of observers) observer.wordLeaves(id);
      words.release(id);
    },
  };
}
