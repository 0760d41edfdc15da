// Closed windows on standard output, as Spark's pprint shows them: a rule, the time, and the top words as Python tuples.

import { escapeUnprintable } from "../text/escape.ts";
import { formatLocalTime } from "../text/local_time.ts";
import type { WindowResult } from "./window_result.ts";

const RULE = "-".repeat(43);

/** `('word', 12)`: the word as Python's `repr` of a string. */
export function formatTuple(word: string, count: number): string {
  return `(${repr(word)}, ${count})`;
}

/** Rule, time of the window's end, rule, tuples, blank line; the tuples alone for a window without times. */
export function formatBlock({ endMs, top }: WindowResult): string {
  const tuples = top.map(({ word, count }) => `${formatTuple(word, count)}\n`).join("");
  if (endMs === null) return tuples;
  return `${RULE}\nTime: ${formatLocalTime(endMs)}\n${RULE}\n${tuples}\n`;
}

/** Puts each window out as one write, so that nothing comes in between. */
export class ConsoleSink {
  readonly #write: (text: string) => void;

  /** @param options.write takes whole blocks, line ends included */
  constructor(options: { readonly write: (text: string) => void }) {
    this.#write = options.write;
  }

  write(result: WindowResult): void {
    this.#write(formatBlock(result));
  }
}

function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`);
  return quote + escapeUnprintable(escaped) + quote;
}
