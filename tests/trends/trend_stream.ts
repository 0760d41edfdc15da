// A stream of words with its window and its trends, fed pane by pane.

import { Trends } from "../../lib/trends/trends.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import type { RisingWord, WindowResult } from "../../lib/window/window_result.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { WordTable } from "../../lib/words/word_table.ts";

const encoder = new TextEncoder();

export interface TrendStreamOptions {
  /** Panes of a window; a pane takes a second. */
  readonly panes?: number;
  readonly baselineWindows?: number;
  readonly minCount?: number;
  readonly maxWords?: number;
}

export const SLIDE_MS = 1_000;

export class TrendStream {
  readonly words = new WordTable();
  readonly trends: Trends;
  readonly window: SlidingWindow;
  #pane = 0;

  constructor(
    { panes = 3, baselineWindows = 4, minCount = 5, maxWords = Infinity }: TrendStreamOptions = {},
  ) {
    const times = { lengthMs: panes * SLIDE_MS, slideMs: SLIDE_MS };
    this.trends = new Trends({ words: this.words, ...times, baselineWindows, minCount, log: silentLog });
    this.window = new SlidingWindow({
      ...times,
      top: 10,
      words: this.words,
      maxWords,
      observers: [this.trends],
    });
  }

  /** Index of the next pane. */
  get pane(): number {
    return this.#pane;
  }

  id(word: string): number {
    const bytes = encoder.encode(word);
    return this.words.intern(bytes, 0, bytes.length);
  }

  /** Adds to the next pane, or to an earlier one. */
  add(words: readonly string[], pane = this.#pane): void {
    const outcome = this.window.select(pane * SLIDE_MS);
    if (outcome !== "counted" && outcome !== "late_counted") return;
    this.window.add(Int32Array.from(words, (word) => this.id(word)), words.length, 1);
  }

  /** As `add`, for the words of these ids. */
  addIds(ids: Int32Array, idCount: number): void {
    this.window.select(this.#pane * SLIDE_MS);
    this.window.add(ids, idCount, 1);
  }

  /** Closes the window that ends with the next pane. Undefined if none has closed. */
  close(): WindowResult | undefined {
    let closed: WindowResult | undefined;
    this.window.closeUntil(++this.#pane * SLIDE_MS, (result) => closed = result);
    return closed;
  }

  rising(k = 1000): RisingWord[] {
    return this.trends.rising(this.window, k);
  }

  /** Adds the same words to each of the next panes. Returns what rises in the last window. */
  feed(panes: number, words: readonly string[]): RisingWord[] {
    for (let i = 0; i < panes; i++) {
      this.add(words);
      this.close();
    }
    return this.rising();
  }
}

/** `times("a", 3)`: a, a, a. */
export function times(word: string, count: number): string[] {
  return Array.from({ length: count }, () => word);
}
