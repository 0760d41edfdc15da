// Counts words over a sliding window in event time. A pane is one slide of time, [k * slide, (k + 1) * slide). One window
// ends at every multiple T of the slide and covers the panes of [T - length, T). The class owns no clock and no timer: the
// caller passes the watermark. Times are kept as whole numbers of slides, so that no rounding occurs.

import type { AddedWords } from "./hot_counts.ts";
import type { PaneContents, PaneStore } from "./pane_store.ts";
import { slideOf } from "./slides.ts";
import { countIn } from "./sparse_counts.ts";
import {
  observedWords,
  paneStoreFor,
  type SlidingWindowOptions,
  type WeightedWords,
  type WordNames,
} from "./window_options.ts";
import type { PaneCount, WindowResult, WordCount } from "./window_result.ts";
import { WindowPanes } from "./window_panes.ts";
import type { WindowTotals } from "./window_totals.ts";
import type { WordHolders } from "./word_holders.ts";

/**
 * The outcome for the records of a pane. `late_counted`: a window with this pane has closed, but one that covers it is
 * still open. `late_dropped`: no open window covers it. `out_of_scope`: it is before all windows that may be emitted.
 */
export type RecordOutcome = "counted" | "late_counted" | "late_dropped" | "out_of_scope";

export const MAX_TOP = 1000;

/**
 * Use: `select` a record's timestamp, `add` the words of the records of that pane, `closeUntil` the watermark. Add ids
 * from the table before the next call of `add`, `closeUntil` or `reset`: each of these may release words.
 */
export class SlidingWindow {
  readonly #slideMs: number;
  /** The number of panes in a window. */
  readonly #length: number;
  readonly #words: WordNames;
  #top = 0;

  readonly #panes: PaneStore;
  /** The counts of the last closed window. */
  readonly #entered: WindowPanes;

  /** End of the newest closed window, in slides. */
  #closed = -Infinity;
  /** End of the first window that may be emitted, in slides. */
  #first = -Infinity;
  #windowsClosed = 0;
  #lastPane = -Infinity;
  #selected = NaN;
  #outcome: RecordOutcome = "late_dropped";

  /**
   * Makes a window without records.
   * @throws {RangeError} for a length that is no whole multiple of the slide, or a number out of bounds.
   */
  constructor(options: SlidingWindowOptions) {
    const { lengthMs, slideMs, top, words, observers = [] } = options;
    this.#panes = paneStoreFor({ ...options, words: observedWords(words, observers) });
    this.#entered = new WindowPanes(this.#panes, observers);
    this.#slideMs = slideMs;
    this.#length = lengthMs / slideMs;
    this.#words = words;
    this.top = top;
  }

  /** The number of words in the top of future results, 1 to 1000. */
  get top(): number {
    return this.#top;
  }

  set top(top: number) {
    if (!(Number.isInteger(top) && top >= 1 && top <= MAX_TOP)) {
      throw new RangeError(`cannot set top: it is ${top}, must be a whole number from 1 to ${MAX_TOP}`);
    }
    this.#top = top;
  }

  /** End of the newest closed window; -Infinity for none. */
  get closedUntilMs(): number {
    return this.#closed * this.#slideMs;
  }

  /** Start of the oldest pane that an open window covers; -Infinity where all are needed. */
  get neededFromMs(): number {
    return (this.#next - this.#length) * this.#slideMs;
  }

  /** @internal Counts for each word what holds it. Words that wait to be added need a holder, or they may be released. */
  get holders(): WordHolders {
    return this.#panes.holders;
  }

  /** @internal The counts of the last closed window, by word id. */
  get totals(): WindowTotals {
    return this.#entered.totals;
  }

  /** @internal Index of the first pane of the last closed window: it starts at index * slide. */
  get firstPane(): number {
    return this.#closed - this.#length;
  }

  /** Running total, including windows without records. */
  get windowsClosed(): number {
    return this.#windowsClosed;
  }

  /** End of the newest pane that has had records since the last `reset`; -Infinity for none. */
  get lastPaneEndMs(): number {
    return (this.#lastPane + 1) * this.#slideMs;
  }

  /** Start of the selected pane. All its timestamps have the same outcome until the next `closeUntil` or `reset`. */
  get paneStartMs(): number {
    return this.#selected * this.#slideMs;
  }

  /** End of the selected pane, exclusive. */
  get paneEndMs(): number {
    return (this.#selected + 1) * this.#slideMs;
  }

  /**
   * Forgets all counts and continues after the window that ended at `closedUntilMs`. `firstEndMs` is the end of the first
   * window that may be emitted; -Infinity sets no such bound. O(word ids).
   */
  reset({ closedUntilMs, firstEndMs }: { closedUntilMs: number; firstEndMs: number }): void {
    this.#panes.clear();
    this.#entered.clear();
    this.#closed = Math.floor(closedUntilMs / this.#slideMs) + 0;
    this.#first = Math.ceil(firstEndMs / this.#slideMs) + 0;
    this.#lastPane = -Infinity;
    this.#selected = NaN;
  }

  /**
   * @internal Evicts the panes of the last closed window that start before the time, so that observers learn of them.
   * Only `reset` may follow.
   */
  evictBefore(startMs: number): void {
    if (this.#closed === -Infinity) return;
    const until = Math.min(this.#closed, Math.ceil(startMs / this.#slideMs));
    for (let index = this.firstPane; index < until; index++) this.#entered.evict(index);
  }

  /**
   * Sets the end of the first window that may be emitted, before any has closed. Panes that no window needs then are
   * forgotten.
   */
  beginAt(firstEndMs: number): void {
    this.#first = Math.ceil(firstEndMs / this.#slideMs) + 0;
    this.#selected = NaN;
    while (this.#panes.oldestPending() < this.#first - this.#length) {
      const pane = this.#panes.takeOldestPending();
      for (const { ids } of pane.pendingCounts) this.#panes.holders.dropAll(ids);
      this.#panes.delete(pane);
    }
    this.#panes.holders.releaseIdle();
  }

  /**
   * @internal Returns the panes that open windows need, in no order; on request also the pane that leaves with the next
   * window. Later calls do not alter the result.
   */
  save({ withLeaving = false }: { readonly withLeaving?: boolean } = {}): PaneContents[] {
    const saved = this.#panes.save(this.#next - this.#length - (withLeaving ? 1 : 0));
    return [...saved].map(([index, contents]) => ({ startMs: index * this.#slideMs, ...contents }));
  }

  /** @internal Adds a saved pane from `neededFromMs` on. Its ids must ascend; their arrays are kept, not copied. */
  restore({ startMs, ...contents }: PaneContents): void {
    const index = slideOf(startMs, this.#slideMs);
    this.#panes.restore(index, contents);
    if (index > this.#lastPane) this.#lastPane = index;
  }

  /** Selects the pane for the next `add`, which is allowed only after `counted` or `late_counted`. */
  select(timestampMs: number): RecordOutcome {
    this.#selected = slideOf(timestampMs, this.#slideMs);
    this.#outcome = this.#outcomeOf(this.#selected);
    return this.#outcome;
  }

  /** Hands records from a lane to the window: the first `idCount` of `ids` are all their words. */
  add(ids: Int32Array, idCount: number, records: number): void {
    this.#add({ ids, idCount }, records);
  }

  /**
   * As `add`; a word counts by its weight, a whole number from 0 to 2^53 - 1. Sums are exact up to 2^53 - 1. Words may be
   * added without records to a pane that has some which are in no closed window.
   */
  addWeighted(words: WeightedWords, records: number): void {
    this.#add(words, records);
  }

  #add(words: AddedWords, records: number): void {
    if (!(this.#outcome === "counted" || this.#outcome === "late_counted") || Number.isNaN(this.#selected)) {
      throw new RangeError("cannot add: no pane is selected, or the selected one does not count");
    }
    if (records === 0 && words.idCount === 0) return;
    this.#panes.add(this.#selected, words, records);
    if (this.#selected > this.#lastPane) this.#lastPane = this.#selected;
  }

  /** Whether `closeUntil` has something to close. */
  isDue(watermarkMs: number): boolean {
    return watermarkMs > this.closedUntilMs && this.#next <= slideOf(watermarkMs, this.#slideMs);
  }

  /**
   * Closes every window that ends at or before the watermark, in order, and calls `onClosed` for each with records.
   * Successive windows without records close in one step. If they are the last to close, `onClosed` gets the newest of
   * them, so that no reader shows an older window as the current one.
   */
  closeUntil(watermarkMs: number, onClosed: (result: WindowResult) => void): void {
    for (let closed = true; closed;) closed = this.closeNext(watermarkMs, onClosed);
  }

  /**
   * One step of `closeUntil`: closes the next window with records, or all that are left without records. Returns whether
   * another step may close more.
   */
  closeNext(watermarkMs: number, onClosed: (result: WindowResult) => void): boolean {
    if (!this.isDue(watermarkMs)) return false;
    const until = slideOf(watermarkMs, this.#slideMs);
    this.#entered.evict(this.#next - this.#length - 1);
    const oldest = this.#panes.oldestPending();
    if (this.#entered.count === 0 && oldest >= this.#next) {
      this.#closeEmpty(Math.min(oldest, until));
      if (oldest >= until) {
        onClosed(this.#result([]));
        return false;
      }
    }
    this.#close(this.#next, oldest);
    onClosed(this.#result(this.topWords(this.#top)));
    return this.#next <= until;
  }

  /** Returns the k most frequent words of the last closed window, largest count first. O(word ids). */
  topWords(k: number): WordCount[] {
    return this.#entered.totals.top(k, this.#words)
      .map((id) => ({ word: this.#words.text(id), count: this.#entered.totals.countOf(id) }));
  }

  /**
   * Returns the count of the word in the last closed window, which is too high by at most the window's error. The count of
   * a word that the window does not hold is that error.
   */
  countOf(id: number): number {
    return this.#entered.totals.countOf(id);
  }

  /**
   * Returns the share of each pane of the last closed window in `countOf`, oldest first, including panes without records.
   * It is undefined for a word that the window does not hold. O(panes * log words).
   */
  paneCountsOf(id: number): PaneCount[] | undefined {
    if (!this.#entered.totals.holds(id)) return undefined;
    const first = this.firstPane;
    return Array.from({ length: this.#length }, (_, i) => {
      const runs = this.#panes.get(first + i)?.counts ?? [];
      const count = runs.reduce((sum, run) => sum + countIn(run, id), 0);
      return { startMs: (first + i) * this.#slideMs, count };
    });
  }

  /** End of the next window to close, in slides; -Infinity until the first record decides it. */
  get #next(): number {
    return Math.max(this.#closed + 1, this.#first);
  }

  #outcomeOf(pane: number): RecordOutcome {
    if (pane < this.#closed) return pane >= this.#next - this.#length ? "late_counted" : "late_dropped";
    return pane < this.#first - this.#length ? "out_of_scope" : "counted";
  }

  /** Closes the windows without records up to and including the one that ends at `end`. */
  #closeEmpty(end: number): void {
    const next = this.#next;
    // Before the very first record no window is the first one, so there is nothing to count.
    if (next !== -Infinity) this.#windowsClosed += end - next + 1;
    this.#closed = end;
    this.#selected = NaN;
  }

  #close(end: number, oldestPending: number): void {
    this.#entered.totals.reserve(this.#words.idLimit);
    this.#entered.enterUntil(end, oldestPending);
    this.#closed = end;
    this.#windowsClosed++;
    this.#selected = NaN;
  }

  #result(top: readonly WordCount[]): WindowResult {
    const { records, totals } = this.#entered;
    return {
      startMs: this.firstPane * this.#slideMs,
      endMs: this.closedUntilMs,
      records,
      words: totals.words,
      distinct: totals.distinct,
      error: totals.error,
      top,
    };
  }
}
