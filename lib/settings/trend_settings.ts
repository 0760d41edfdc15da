// Turns the configuration of rising and new words into the settings of the comparison.

import type { Config } from "../config/schema.ts";
import type { NewWordsOptions } from "../trends/new_words.ts";
import type { TrendsOptions } from "../trends/trends.ts";

/** Undefined where windows are not compared with earlier ones. */
export function trendSettings(
  { rising, window, merge }: Config,
): Omit<TrendsOptions, "words" | "log"> | undefined {
  // A member that joins later has other usual counts, and all members of a group show the same windows.
  if (!rising.enabled || merge.enabled) return undefined;
  return {
    lengthMs: window.length,
    slideMs: window.slide,
    baselineWindows: rising.baseline,
    minCount: rising.min_count,
  };
}

/** Undefined where new words are not looked for. */
export function newWordsSettings(
  { new_words, window, merge, state, source }: Config,
): Omit<NewWordsOptions, "words" | "log"> | undefined {
  // A member that joins later has seen other words, and all members of a group show the same windows.
  if (!new_words.enabled || merge.enabled) return undefined;
  return {
    slideMs: window.slide,
    memoryMs: new_words.memory,
    learnMs: new_words.learn,
    minCount: new_words.min_count,
    isSaved: state.dir !== undefined && source.kafka !== undefined,
  };
}
