// Turns the configuration of rising words into the settings of the comparison.

import type { Config } from "../config/schema.ts";
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
