import type { ClosedWindow } from "../../lib/page/window_history.ts";

/** A window with these counts, largest first; the other values are made up to fit. */
export function windowOf(
  counts: Readonly<Record<string, number>>,
  given: { readonly endMs?: number; readonly distinct?: number; readonly error?: number } = {},
): ClosedWindow {
  const { endMs = 60_000, error = 0 } = given;
  const top = new Map(Object.entries(counts));
  const distinct = given.distinct ?? top.size;
  return {
    startMs: endMs - 60_000,
    endMs,
    records: top.size,
    words: Object.values(counts).reduce((sum, count) => sum + count, 0),
    distinct,
    error,
    top,
    characters: Object.keys(counts).join("").length,
    isWhole: error === 0 && distinct === top.size,
  };
}
