// risingWords finds the words whose count in the window is far above their usual count. docs/rising.md has the formulas.
//
// The expected count of a word is its usual share of all words, times the words of the window. So nothing rises when the
// volume of the whole stream does. Words that rise are left out of both volumes: one word that takes over a stream
// does not hide the others.

import type { RisingWord } from "../window/window_result.ts";
import type { WindowTotals } from "../window/window_totals.ts";
import type { Baseline } from "./baseline.ts";

/** A word rises when its smoothed count is at least this multiple of the smoothed expected count. */
export const MIN_FACTOR = 2;
/** The most false names in a window, by a bound that holds where words occur independently of each other. */
const FALSE_NAMES_PER_WINDOW = 0.01;
/** Numbers are shown with two decimals, and ordered as shown. */
const DECIMALS = 100;

export interface RisingOptions {
  readonly totals: WindowTotals;
  readonly baseline: Baseline;
  /** Index of the first pane of the window. */
  readonly firstPane: number;
  readonly minCount: number;
  /** The most words in the result. */
  readonly k: number;
  readonly words: { text(id: number): string; compare(a: number, b: number): number };
}

/** The words of the window and of the baseline among which counts are compared. */
interface Volume {
  readonly window: number;
  /** A weighted sum. */
  readonly baseline: number;
}

interface FoundWord {
  readonly id: number;
  /** The count that is certain. */
  readonly count: number;
  /** The weighted count of the baseline. */
  readonly usual: number;
}

/** Returns the words that rise: the largest factor first, then the largest count, then by their bytes. O(word ids). */
export function risingWords(options: RisingOptions): RisingWord[] {
  const { totals, baseline, minCount, k, words } = options;
  const all = { window: totals.words, baseline: baseline.allWords };
  if (!(all.window > 0 && all.baseline > 0)) return [];
  const conspicuous = findRising(options, all);
  if (conspicuous.length === 0) return [];
  const volume = without(conspicuous, all);
  return findRising(options, volume)
    .map((found) => ({
      id: found.id,
      count: totals.countOf(found.id),
      expected: rounded(expectedCount(found.usual, volume)),
      factor: rounded(smoothedLift(found.count, expectedCount(found.usual, volume), minCount)),
    }))
    .sort((a, b) => b.factor - a.factor || b.count - a.count || words.compare(a.id, b.id))
    .slice(0, k)
    .map(({ id, ...numbers }) => ({ word: words.text(id), ...numbers }));
}

function findRising({ totals, baseline, firstPane, minCount }: RisingOptions, volume: Volume): FoundWord[] {
  const weight = baseline.weightAt(firstPane);
  const decayed = { window: volume.window, baseline: volume.baseline / weight };
  const minEvidence = Math.log(totals.distinct / FALSE_NAMES_PER_WINDOW);
  const found: FoundWord[] = [];
  // The smoothed lift is at least MIN_FACTOR where the count is at least this, on a straight line over the usual count.
  const slope = MIN_FACTOR * expectedCount(1, volume);
  const least = (MIN_FACTOR - 1) * minCount;
  totals.eachAbove(
    { least: least + slope * baseline.error, slope, sums: baseline.sums },
    (id, count) => {
      const usual = baseline.countOf(id);
      if (count < least + slope * usual) return;
      if (evidence(count, usual / weight, decayed) >= minEvidence) found.push({ id, count, usual });
    },
  );
  return found;
}

/** Nothing is left where all words rise. Then the whole volume has to do. */
function without(found: readonly FoundWord[], { window, baseline }: Volume): Volume {
  const left = {
    window: found.reduce((left, { count }) => left - count, window),
    baseline: found.reduce((left, { usual }) => left - usual, baseline),
  };
  return left.window > 0 && left.baseline > 0 ? left : { window, baseline };
}

function expectedCount(usual: number, { window, baseline }: Volume): number {
  return usual * window / baseline;
}

function smoothedLift(count: number, expected: number, smoothing: number): number {
  return (count + smoothing) / (expected + smoothing);
}

/**
 * The logarithm of how much better two rates explain the two counts than a single one does. The chance that it reaches x
 * without a rise is at most about e to the power of -x, so among n words there are n times as many false names.
 * (Dunning: Accurate Methods for the Statistics of Surprise and Coincidence, 1993.)
 */
function evidence(count: number, usual: number, { window, baseline }: Volume): number {
  const perWord = (count + usual) / (window + baseline);
  const ofUsual = usual > 0 ? usual * Math.log(usual / (perWord * baseline)) : 0;
  return count * Math.log(count / (perWord * window)) + ofUsual;
}

function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}
