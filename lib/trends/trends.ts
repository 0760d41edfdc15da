// Trends compare the words of a window with what the stream had before it.

import type { Log } from "../log/log.ts";
import { formatDuration } from "../text/duration.ts";
import type { SparseCounts } from "../window/sparse_counts.ts";
import type { RisingWord } from "../window/window_result.ts";
import type { WindowTotals } from "../window/window_totals.ts";
import type { WindowObserver } from "../window/window_options.ts";
import { Baseline, type BaselineContents, type HashedWords, type LeftPanes } from "./baseline.ts";
import { risingWords } from "./rising_words.ts";

/** The table of words as trends use it. */
export interface TrendWords extends HashedWords {
  /** All ids are below this number. */
  readonly idLimit: number;
  text(id: number): string;
  /** Orders words that rise equally. */
  compare(a: number, b: number): number;
}

export interface TrendsOptions {
  /** The words of the window. */
  readonly words: TrendWords;
  readonly lengthMs: number;
  readonly slideMs: number;
  /** The usual count of a word is a decayed mean over this many windows. */
  readonly baselineWindows: number;
  /** The least count of a word that rises. */
  readonly minCount: number;
  readonly log: Pick<Log, "info">;
}

/** The window as far as trends need it. */
export interface ComparedWindow {
  readonly totals: WindowTotals;
  readonly firstPane: number;
}

export class Trends implements WindowObserver {
  readonly #options: TrendsOptions;
  readonly #panes: number;
  readonly #baseline: Baseline;

  constructor(options: TrendsOptions) {
    const { words, lengthMs, slideMs, baselineWindows } = options;
    this.#options = options;
    this.#panes = lengthMs / slideMs;
    this.#baseline = new Baseline({ decayPanes: baselineWindows * this.#panes, words });
  }

  paneLeaves(index: number, runs: readonly SparseCounts[]): void {
    this.#baseline.add(index, runs, this.#options.words.idLimit);
  }

  wordLeaves(id: number): void {
    this.#baseline.depart(id);
  }

  /** Whether less than the length of a window has been seen before this one: no word rises then. */
  isLearning({ firstPane }: ComparedWindow): boolean {
    return !(firstPane - this.#baseline.firstPane >= this.#panes);
  }

  /** At most `k` words. It is true of the last closed window until the next one closes. */
  rising(window: ComparedWindow, k: number): RisingWord[] {
    if (this.isLearning(window)) return [];
    const { words, minCount } = this.#options;
    const { totals, firstPane } = window;
    return risingWords({ totals, baseline: this.#baseline, firstPane, minCount, k, words });
  }

  /** Forgets all usual counts. */
  clear(): void {
    this.#baseline.clear();
  }

  /** Reports how the comparison begins, after `clear` and perhaps `restore`. */
  begin(): void {
    if (!Number.isNaN(this.#baseline.firstPane)) return;
    const { lengthMs, log } = this.#options;
    log.info(
      `the usual counts of words are not known yet: no word rises in the first ${
        formatDuration(2 * lengthMs)
      } of the stream`,
    );
  }

  save(): BaselineContents | undefined {
    return this.#baseline.save(this.#options.words.idLimit);
  }

  /** Continues with a saved baseline, to which the panes are added that have left the window since; in saved ids. */
  restore(contents: BaselineContents | undefined, { left, ids, hashSaved }: LeftPanes): void {
    const { slideMs, words: { idLimit } } = this.#options;
    const panes = left.toSorted((a, b) => a.startMs - b.startMs)
      .map(({ startMs, runs }) => ({ index: startMs / slideMs, runs }));
    this.#baseline.restore(contents, { left: panes, ids, idLimit, hashSaved });
  }
}
