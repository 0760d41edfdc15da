// topRows computes the rows of the list of top words: count, shares, and change since the previous window. word_list.tsx
// renders them.

import { formatCount } from "./quantity.ts";
import { countIn, type WindowHistory } from "./window_history.ts";

export interface TopRow {
  readonly word: string;
  readonly count: number;
  /** Share of the largest count, 0 to 1. */
  readonly ofLargest: number;
  /** Share of all words of the window, 0 to 1. */
  readonly share: number;
  readonly change: Change;
}

/** Change of a count since the previous window; `new`: not among its top words; undefined: there is no previous window. */
export type Change = number | "new" | undefined;

/** The first `limit` words of the newest window. */
export function topRows(history: WindowHistory, limit: number): TopRow[] {
  const newest = history.at(-1);
  if (newest === undefined) return [];
  const before = history.at(-2);
  const first = [...newest.top].slice(0, limit);
  const largest = first[0]?.[1] ?? 0;
  return first.map(([word, count]) => {
    const change = changeOf(count, before && countIn(before, word));
    return { word, count, ofLargest: count / largest, share: count / newest.words, change };
  });
}

/** The words of a window that are in no row. */
export interface RestRow {
  readonly count: number;
  /** Share of all words of the window, 0 to 1. */
  readonly share: number;
}

/** Undefined without words. Counts that are too high can exceed all words together; then nothing is left. */
export function restRow(history: WindowHistory, rows: readonly TopRow[]): RestRow | undefined {
  const words = history.at(-1)?.words ?? 0;
  if (words === 0) return undefined;
  const count = Math.max(0, rows.reduce((rest, row) => rest - row.count, words));
  return { count, share: count / words };
}

/** `+12`, `−3`, `0`, `new`, or empty if unknown. */
export function changeText(change: Change): string {
  if (typeof change !== "number") return change ?? "";
  return change > 0 ? `+${formatCount(change)}` : change < 0 ? `\u2212${formatCount(-change)}` : "0";
}

/** `before` is null for a word that may have been in the previous window below its top words. */
function changeOf(count: number, before: number | null | undefined): Change {
  if (before === null) return "new";
  return before === undefined ? undefined : count - before;
}
