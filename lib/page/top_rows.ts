// The rows of the list of top words.

import { formatCount } from "./quantity.ts";
import { countIn, type WindowHistory } from "./window_history.ts";

export interface TopRow {
  readonly word: string;
  readonly count: number;
  /** Share of the largest count, 0 to 1. */
  readonly share: number;
  readonly change: Change;
}

/** Change since the previous window; `new`: not among its top words; `unknown`: there is no previous window. */
export type Change =
  | { readonly kind: "by"; readonly by: number }
  | { readonly kind: "new" }
  | { readonly kind: "unknown" };

/** The first `limit` words of the newest window. */
export function topRows(history: WindowHistory, limit: number): TopRow[] {
  const newest = history.at(-1);
  if (newest === undefined) return [];
  const before = history.at(-2);
  const first = [...newest.top].slice(0, limit);
  const largest = first[0]?.[1] ?? 0;
  return first.map(([word, count]) => {
    return { word, count, share: count / largest, change: changeOf(count, before && countIn(before, word)) };
  });
}

/** `+12`, `−3`, `0`, `new`, or empty if unknown. */
export function changeText(change: Change): string {
  if (change.kind === "new") return "new";
  if (change.kind === "unknown") return "";
  const { by } = change;
  return by > 0 ? `+${formatCount(by)}` : by < 0 ? `\u2212${formatCount(-by)}` : "0";
}

function changeOf(count: number, before: number | null | undefined): Change {
  if (before === undefined) return { kind: "unknown" };
  return before === null ? { kind: "new" } : { kind: "by", by: count - before };
}
