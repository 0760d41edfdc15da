// The options of windows over panes, with their bounds.

import { type HeldWords, PaneStore } from "./pane_store.ts";

export interface WindowOptions {
  /** A whole multiple of `slideMs`. */
  readonly lengthMs: number;
  readonly slideMs: number;
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
  text(id: number): string;
  /** Orders words with equal counts. */
  compare(a: number, b: number): number;
}

export interface SlidingWindowOptions extends WindowOptions {
  /** The number of words in the top of a result, 1 to 1000. */
  readonly top: number;
  readonly words: WordNames;
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
