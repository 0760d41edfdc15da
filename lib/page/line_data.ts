// Columns for the charts: times in seconds and, for each, a value or null. Null is unknown: a gap, never 0.

import type { IntervalHistory, IntervalSample } from "./interval_history.ts";
import { countIn, type WindowHistory } from "./window_history.ts";

export interface LineData {
  readonly seconds: readonly number[];
  /** One column per line, each as long as `seconds`. */
  readonly columns: readonly (readonly (number | null)[])[];
}

/** Counts of words over the windows. An undefined word has no values; a missing window is a gap. */
export function wordLines(
  history: WindowHistory,
  words: readonly (string | undefined)[],
  slideMs: number,
): LineData {
  const seconds: number[] = [];
  const columns: (number | null)[][] = words.map(() => []);
  let lastMs: number | undefined;
  for (const window of history) {
    if (lastMs !== undefined && window.endMs - lastMs > slideMs) {
      seconds.push((lastMs + slideMs) / 1000);
      for (const column of columns) column.push(null);
    }
    lastMs = window.endMs;
    seconds.push(lastMs / 1000);
    words.forEach((word, index) => {
      columns[index].push(word === undefined ? null : countIn(window, word));
    });
  }
  return { seconds, columns };
}

/** The named measures of the intervals. */
export function intervalLines(
  history: IntervalHistory,
  measures: readonly Exclude<keyof IntervalSample, "timeMs">[],
): LineData {
  return {
    seconds: history.map(({ timeMs }) => timeMs / 1000),
    columns: measures.map((measure) => history.map((sample) => sample[measure] ?? null)),
  };
}

/** Indexes of values between two gaps: a line does not show them, so the chart draws points. */
export function lonePoints(column: readonly (number | null)[]): number[] {
  const isGap = (index: number) => column[index] === null || column[index] === undefined;
  return [...column.keys()].filter((index) => !isGap(index) && isGap(index - 1) && isGap(index + 1));
}

/** Widths of a chart in steps: it widens in stages, not with every value. */
const SPANS = [60, 150, 300];

/** First and last second to show for values `stepMs` apart; the last is the newest. */
export function secondsRange(seconds: readonly number[], stepMs: number): [first: number, last: number] {
  const last = seconds.at(-1) ?? 0;
  const steps = (last - (seconds[0] ?? last)) * 1000 / stepMs;
  const span = SPANS.find((each) => steps <= each) ?? Math.ceil(steps);
  return [last - span * stepMs / 1000, last];
}

const ROUND = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** The smallest round number of at least `value`. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ROUND.map((factor) => factor * power).find((each) => each >= value) ?? value;
}

/** With more decades there is no room for a 1 beside the 0. */
const MANY_DECADES = 3;

/** 0 and the powers of ten up to `largest`, thinned out to about six. */
export function decades(largest: number): number[] {
  const highest = Math.max(0, Math.floor(Math.log10(Math.max(1, largest))));
  const step = Math.ceil((highest + 1) / 6);
  const marks = [0];
  for (let exponent = highest > MANY_DECADES ? 1 : 0; exponent <= highest; exponent += step) {
    marks.push(10 ** exponent);
  }
  return marks;
}
