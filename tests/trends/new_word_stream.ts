// A stream of words with its window and its new words, fed pane by pane.

import { NewWords } from "../../lib/trends/new_words.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import type { WordCount } from "../../lib/window/window_result.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { silentLog } from "../fakes/silent_log.ts";

const encoder = new TextEncoder();

export interface NewWordStreamOptions {
  /** Panes of a window; a pane takes a second. */
  readonly panes?: number;
  readonly memoryPanes?: number;
  readonly learnPanes?: number;
  readonly minCount?: number;
  readonly maxWords?: number;
  readonly log?: ConstructorParameters<typeof NewWords>[0]["log"];
}

const SLIDE_MS = 1_000;

export class NewWordStream {
  readonly words = new WordTable();
  readonly newWords: NewWords;
  readonly window: SlidingWindow;
  #pane = 0;

  constructor({
    panes = 3,
    memoryPanes = 80,
    learnPanes = 2,
    minCount = 2,
    maxWords = Infinity,
    log = silentLog,
  }: NewWordStreamOptions = {}) {
    this.newWords = new NewWords({
      words: this.words,
      slideMs: SLIDE_MS,
      memoryMs: memoryPanes * SLIDE_MS,
      learnMs: learnPanes * SLIDE_MS,
      minCount,
      isSaved: true,
      log,
    });
    this.window = new SlidingWindow({
      lengthMs: panes * SLIDE_MS,
      slideMs: SLIDE_MS,
      top: 10,
      words: this.words,
      maxWords,
      observers: [this.newWords],
    });
  }

  /** Index of the next pane. */
  get pane(): number {
    return this.#pane;
  }

  /** Adds to the next pane, or to another one. Returns whether the pane takes them. */
  add(words: readonly string[], pane = this.#pane): boolean {
    const outcome = this.window.select(pane * SLIDE_MS);
    if (outcome !== "counted" && outcome !== "late_counted") return false;
    const ids = Int32Array.from(words, (word) => {
      const bytes = encoder.encode(word);
      return this.words.intern(bytes, 0, bytes.length);
    });
    this.window.add(ids, ids.length, 1);
    return true;
  }

  /** Closes the window that ends after the next pane, or after so many panes. */
  close(panes = 1): void {
    this.#pane += panes;
    this.window.closeUntil(this.#pane * SLIDE_MS, () => this.newWords.observe(this.window));
  }

  newest(k = 1000): WordCount[] {
    return this.newWords.newest(this.window, k);
  }

  /** Adds the same words to each of the next panes. Returns the names of those that are new in the last window. */
  feed(panes: number, words: readonly string[]): string[] {
    for (let i = 0; i < panes; i++) {
      this.add(words);
      this.close();
    }
    return this.newest().map(({ word }) => word);
  }
}
