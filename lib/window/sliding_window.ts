// Counts of words over a sliding window in event time. A pane is one slide of time, [k * slide, (k + 1) * slide); the
// window that ends at T is the panes of [T - length, T), one ending at every multiple of the slide. No clock and no
// timer: the caller says how far the watermark has come. Times are kept as numbers of slides here, which no rounding
// can spoil.

import { type Pane, type PaneContents, PaneStore } from "./pane_store.ts";
import { countIn } from "./sparse_counts.ts";
import type { WindowResult, WordCount } from "./window_result.ts";
import { WindowTotals } from "./window_totals.ts";

/** What the window asks of the table that names its words. */
export interface WordNames {
  /** All ids are below it. */
  readonly idLimit: number;
  text(id: number): string;
  /** Order of words with equal counts. */
  compare(a: number, b: number): number;
  /** No pane holds the word any more. */
  release(id: number): void;
}

/**
 * What becomes of the records of a pane: `counted`; `late_counted`, after a window with their pane has closed, in those
 * yet to close; `late_dropped`, as none of those covers them; `out_of_scope`, before all windows that may be put out.
 */
export type RecordOutcome = "counted" | "late_counted" | "late_dropped" | "out_of_scope";

/** How often a word occurs in one pane. */
export interface PaneCount {
  readonly startMs: number;
  readonly count: number;
}

export interface SlidingWindowOptions {
  /** A whole multiple of `slideMs`. */
  readonly lengthMs: number;
  readonly slideMs: number;
  /** Words in a result's top, 1 to 1000. */
  readonly top: number;
  readonly words: WordNames;
  /**
   * Distinct words held per pane, 1 or more; no bound where it is not given. A pane with more keeps the most frequent
   * ones, and what a window shows may then be too high, though by no more than it says.
   */
  readonly maxWords?: number;
}

const MAX_TOP = 1000;
/** Either end of time as JavaScript's Date has it; a timestamp beyond counts as the end itself. */
const MAX_TIME_MS = 8.64e15;

/**
 * Use: `select` a record's timestamp, `add` the words of the records of that pane, `closeUntil` the watermark. Ids got
 * from the table must be added before anything else is, or a window closed, or all reset: each may release words.
 */
export class SlidingWindow {
  readonly #slideMs: number;
  /** Panes in a window. */
  readonly #length: number;
  readonly #words: WordNames;
  #top = 0;

  readonly #panes: PaneStore;
  /** Of the last closed window. */
  readonly #totals = new WindowTotals();
  #totalRecords = 0;
  /** Panes in the totals. */
  #panesEntered = 0;

  /** End of the newest closed window, in slides. */
  #closed = -Infinity;
  /** End of the first window that may be put out, in slides. */
  #first = -Infinity;
  #windowsClosed = 0;
  #lastPane = -Infinity;
  #selected = NaN;
  #outcome: RecordOutcome = "late_dropped";

  /** @throws {RangeError} for a length that is no whole multiple of the slide, or a number out of bounds. */
  constructor({ lengthMs, slideMs, top, words, maxWords = Infinity }: SlidingWindowOptions) {
    if (!(Number.isSafeInteger(slideMs) && slideMs > 0)) {
      throw new RangeError(`cannot make a window: slideMs is ${slideMs}, must be a whole number above 0`);
    }
    if (!(Number.isSafeInteger(lengthMs) && lengthMs > 0 && lengthMs % slideMs === 0)) {
      throw new RangeError(`cannot make a window: lengthMs is ${lengthMs}, must be a multiple of ${slideMs}`);
    }
    if (!((Number.isSafeInteger(maxWords) && maxWords >= 1) || maxWords === Infinity)) {
      throw new RangeError(`cannot make a window: maxWords is ${maxWords}, must be a whole number above 0`);
    }
    this.#slideMs = slideMs;
    this.#length = lengthMs / slideMs;
    this.#words = words;
    this.#panes = new PaneStore({ maxWords, words });
    this.top = top;
  }

  /** Words in the top of the results to come, 1 to 1000. */
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

  /** Start of the oldest pane that a window yet to close covers; -Infinity: all are needed. */
  get neededFromMs(): number {
    return (this.#next - this.#length) * this.#slideMs;
  }

  /** Running total, windows without records included. */
  get windowsClosed(): number {
    return this.#windowsClosed;
  }

  /** End of the newest pane that has had records since the last `reset`; -Infinity for none. */
  get lastPaneEndMs(): number {
    return (this.#lastPane + 1) * this.#slideMs;
  }

  /** Start of the selected pane. All its timestamps have the same verdict until the next `closeUntil` or `reset`. */
  get paneStartMs(): number {
    return this.#selected * this.#slideMs;
  }

  /** End of the selected pane, exclusive. */
  get paneEndMs(): number {
    return (this.#selected + 1) * this.#slideMs;
  }

  /**
   * Forgets all counts and goes on after the window that ended at `closedUntilMs`, with `firstEndMs` as the end of the
   * first window that may be put out; -Infinity: no such bound. O(word ids).
   */
  reset({ closedUntilMs, firstEndMs }: { closedUntilMs: number; firstEndMs: number }): void {
    this.#panes.clear();
    this.#totals.clear();
    this.#totalRecords = 0;
    this.#panesEntered = 0;
    this.#closed = Math.floor(closedUntilMs / this.#slideMs) + 0;
    this.#first = Math.ceil(firstEndMs / this.#slideMs) + 0;
    this.#lastPane = -Infinity;
    this.#selected = NaN;
  }

  /** The panes that windows yet to close need, in no order. Nothing in the answer is ever altered. */
  save(): PaneContents[] {
    const saved = this.#panes.save(this.#next - this.#length);
    return [...saved].map(([index, contents]) => ({ startMs: index * this.#slideMs, ...contents }));
  }

  /** Adds a saved pane to those yet to close, one from `neededFromMs` on. Its ids, ascending, are kept, not copied. */
  restore({ startMs, ...contents }: PaneContents): void {
    const index = this.#slideOf(startMs);
    this.#panes.restore(index, contents, this.#words.idLimit);
    if (index > this.#lastPane) this.#lastPane = index;
  }

  /** Chooses the pane that the next `add` goes to; only after `counted` and `late_counted` there may be one. */
  select(timestampMs: number): RecordOutcome {
    this.#selected = this.#slideOf(timestampMs);
    this.#outcome = this.#outcomeOf(this.#selected);
    return this.#outcome;
  }

  /** Adds whole records to the selected pane: the first `idCount` of `ids` are all their words. */
  add(ids: Int32Array, idCount: number, records: number): void {
    if (!(this.#outcome === "counted" || this.#outcome === "late_counted") || Number.isNaN(this.#selected)) {
      throw new RangeError("cannot add: no pane that counts is selected");
    }
    if (records === 0) return;
    this.#panes.add(this.#selected, { ids, idCount, records, idLimit: this.#words.idLimit });
    if (this.#selected > this.#lastPane) this.#lastPane = this.#selected;
  }

  /**
   * Closes every window that ends at or before the watermark, in order, and tells of each with records. A stretch of
   * windows without records closes in one step; if it is the last thing closed, its newest window is told of too, with
   * 0 records, so that nobody goes on showing the one before.
   */
  closeUntil(watermarkMs: number, onClosed: (result: WindowResult) => void): void {
    if (!(watermarkMs > this.closedUntilMs)) return;
    const until = this.#slideOf(watermarkMs);
    while (this.#next <= until) {
      this.#evict(this.#next - this.#length - 1);
      const oldest = this.#panes.oldestPending();
      if (this.#panesEntered === 0 && oldest >= this.#next) {
        this.#closeEmpty(Math.min(oldest, until));
        if (oldest >= until) {
          onClosed(this.#result([]));
          return;
        }
      }
      this.#close(this.#next, oldest);
      onClosed(this.#result(this.topWords(this.#top)));
    }
  }

  /** The k most frequent words of the last closed window, largest count first. O(word ids). */
  topWords(k: number): WordCount[] {
    return this.#totals.top(k, this.#words)
      .map((id) => ({ word: this.#words.text(id), count: this.#totals.countOf(id) }));
  }

  /**
   * How often the word occurs in the last closed window, or more by that window's error at most; so any word that is not
   * held has the error itself.
   */
  countOf(id: number): number {
    return this.#totals.countOf(id);
  }

  /**
   * What each pane of the last closed window adds to `countOf`, oldest first, panes without records included; undefined
   * for a word that the window does not hold. O(panes * log words).
   */
  paneCountsOf(id: number): PaneCount[] | undefined {
    if (!this.#totals.holds(id)) return undefined;
    const first = this.#closed - this.#length;
    return Array.from({ length: this.#length }, (_, i) => {
      const runs = this.#panes.get(first + i)?.counts ?? [];
      const count = runs.reduce((sum, run) => sum + countIn(run, id), 0);
      return { startMs: (first + i) * this.#slideMs, count };
    });
  }

  /** End of the next window to close, in slides; -Infinity where any record yet to come decides. */
  get #next(): number {
    return Math.max(this.#closed + 1, this.#first);
  }

  /** In which slide of time that is; never -0, which would show in results. */
  #slideOf(timeMs: number): number {
    return Math.floor(Math.min(Math.max(timeMs, -MAX_TIME_MS), MAX_TIME_MS) / this.#slideMs) + 0;
  }

  #outcomeOf(pane: number): RecordOutcome {
    if (pane < this.#closed) return pane >= this.#next - this.#length ? "late_counted" : "late_dropped";
    return pane < this.#first - this.#length ? "out_of_scope" : "counted";
  }

  /** Closes the windows without records up to and with the one that ends at `end`. */
  #closeEmpty(end: number): void {
    const next = this.#next;
    // Before the first record of all there is no first window that could be counted from.
    if (next !== -Infinity) this.#windowsClosed += end - next + 1;
    this.#closed = end;
    this.#selected = NaN;
  }

  #close(end: number, oldestPending: number): void {
    this.#totals.reserve(this.#words.idLimit);
    for (let oldest = oldestPending; oldest < end; oldest = this.#panes.oldestPending()) {
      this.#enter(this.#panes.takeOldestPending());
    }
    this.#panes.holders.releaseIdle();
    this.#closed = end;
    this.#windowsClosed++;
    this.#selected = NaN;
  }

  /** Puts what is pending in the pane into the totals. */
  #enter(pane: Pane): void {
    if (pane.records === 0) this.#panesEntered++;
    pane.records += pane.pendingRecords;
    this.#totalRecords += pane.pendingRecords;
    pane.pendingRecords = 0;
    this.#panes.enterPending(pane, (run) => this.#totals.gain(run), (run) => this.#totals.lose(run));
  }

  /** Takes the pane out of the totals, and words that are nowhere else out of the table. */
  #evict(index: number): void {
    const pane = this.#panes.get(index);
    if (pane === undefined) return;
    this.#panes.delete(pane);
    this.#panesEntered--;
    this.#totalRecords -= pane.records;
    for (const run of pane.counts) {
      this.#totals.lose(run);
      this.#panes.holders.dropAll(run.ids);
    }
    this.#panes.holders.releaseIdle();
  }

  #result(top: readonly WordCount[]): WindowResult {
    return {
      startMs: (this.#closed - this.#length) * this.#slideMs,
      endMs: this.closedUntilMs,
      records: this.#totalRecords,
      words: this.#totals.words,
      distinct: this.#totals.distinct,
      error: this.#totals.error,
      top,
    };
  }
}
