// Formats closed windows for the console like Spark's pprint: a rule, the time, and the top words as Python tuples.

import { escapeUnprintable } from "../text/escape.ts";
import { formatLocalTime } from "../text/local_time.ts";
import type { WindowResult } from "./window_result.ts";

const RULE = "-".repeat(43);

/** `('word', 12)`, with the word as Python's `repr` shows a string. */
export function formatTuple(word: string, count: number): string {
  return `(${repr(word)}, ${count})`;
}

/** Rule, time of the window's end, rule, tuples, blank line. A window without times has only the tuples. */
export function formatBlock({ endMs, top }: WindowResult): string {
  const tuples = top.map(({ word, count }) => `${formatTuple(word, count)}\n`).join("");
  if (endMs === null) return tuples;
  return `${RULE}\nTime: ${formatLocalTime(endMs)}\n${RULE}\n${tuples}\n`;
}

function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`);
  return quote + escapeUnprintable(escaped) + quote;
}
