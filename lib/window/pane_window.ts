// Counts words by pane for windows that are made elsewhere: the counts of each pane are taken once, and later records of the
// same pane are taken as another addition. It is used as SlidingWindow is: `select` a timestamp, then `add` words.

import type { AddedWords } from "./hot_counts.ts";
import type { PaneStore } from "./pane_store.ts";
import type { RecordOutcome } from "./sliding_window.ts";
import { slideOf } from "./slides.ts";
import { mergeCounts, type SparseCounts } from "./sparse_counts.ts";
import { paneStoreFor, type WeightedWords, type WindowOptions } from "./window_options.ts";

/** Panes are taken together up to about this many entries, so that a report stays small. */
const MAX_ENTRIES_TAKEN = 100_000;

const NOTHING: SparseCounts = { ids: new Int32Array(0), counts: new Uint8Array(0), words: 0, smallest: 0 };

/** All that was added to a pane since it was last taken. */
export interface TakenPane {
  readonly startMs: number;
  readonly records: number;
  readonly counts: SparseCounts;
}

/** Times are multiples of the slide or -Infinity. */
export interface PaneWindowStart {
  /** Panes that end here or earlier have been reported: their records are late. */
  readonly reportedUntilMs: number;
  /** Panes that start earlier are in no open window. */
  readonly neededFromMs: number;
  /** Panes that start earlier are in no window that may be emitted. */
  readonly firstFromMs: number;
  /** Panes that end here or earlier are taken together whenever any is. */
  readonly cutMs: number;
}

export class PaneWindow {
  readonly #slideMs: number;
  /** The panes of a window. */
  readonly #paneCount: number;
  readonly #maxEntries: number;
  readonly #panes: PaneStore;
  #reportedUntil = -Infinity;
  #neededFrom = -Infinity;
  #firstFrom = -Infinity;
  #cut = -Infinity;
  #lastPane = -Infinity;
  #selected = NaN;
  #outcome: RecordOutcome = "late_dropped";

  /** @throws {RangeError} for a length that is no whole multiple of the slide, or a number out of bounds. */
  constructor(
    options: WindowOptions,
    { maxEntries = MAX_ENTRIES_TAKEN }: { readonly maxEntries?: number } = {},
  ) {
    this.#slideMs = options.slideMs;
    this.#paneCount = options.lengthMs / options.slideMs;
    this.#maxEntries = maxEntries;
    this.#panes = paneStoreFor(options);
  }

  /** Panes that end here or earlier have been reported. */
  get reportedUntilMs(): number {
    return this.#reportedUntil * this.#slideMs;
  }

  set reportedUntilMs(timeMs: number) {
    this.#reportedUntil = Math.floor(timeMs / this.#slideMs) + 0;
    this.#selected = NaN;
  }

  /** Panes that start earlier are in no open window. */
  get neededFromMs(): number {
    return this.#neededFrom * this.#slideMs;
  }

  set neededFromMs(timeMs: number) {
    this.#neededFrom = Math.floor(timeMs / this.#slideMs) + 0;
    this.#selected = NaN;
  }

  /** End of the newest pane that has had records since the last `reset`; -Infinity for none. */
  get lastPaneEndMs(): number {
    return (this.#lastPane + 1) * this.#slideMs;
  }

  /** Start of the oldest pane with counts that are not taken; Infinity for none. */
  get oldestPendingMs(): number {
    return this.#panes.oldestPending() * this.#slideMs;
  }

  /** Start of the selected pane. All its timestamps have the same outcome until a bound changes. */
  get paneStartMs(): number {
    return this.#selected * this.#slideMs;
  }

  /** End of the selected pane, exclusive. */
  get paneEndMs(): number {
    return (this.#selected + 1) * this.#slideMs;
  }

  /** Forgets all counts. O(word ids). */
  reset({ reportedUntilMs, neededFromMs, firstFromMs, cutMs }: PaneWindowStart): void {
    this.#panes.clear();
    this.reportedUntilMs = reportedUntilMs;
    this.neededFromMs = neededFromMs;
    this.#firstFrom = Math.ceil(firstFromMs / this.#slideMs) + 0;
    this.#cut = Math.floor(cutMs / this.#slideMs) + 0;
    this.#lastPane = -Infinity;
  }

  /** Selects the pane for the next `add`, which is allowed only after `counted` or `late_counted`. */
  select(timestampMs: number): RecordOutcome {
    this.#selected = slideOf(timestampMs, this.#slideMs);
    this.#outcome = this.#outcomeOf(this.#selected);
    return this.#outcome;
  }

  /** Adds records: the first `idCount` of `ids` are all their words. */
  add(ids: Int32Array, idCount: number, records: number): void {
    this.#add({ ids, idCount }, records);
  }

  /** As `add`; a word counts by its weight, a whole number from 0 to 2^53 - 1. */
  addWeighted(words: WeightedWords, records: number): void {
    this.#add(words, records);
  }

  /**
   * Takes the counts of all panes that end at `cutMs` or earlier, oldest first. It stops early where they have very many
   * words, but never below the cut of the last call. The ids are valid until `take` returns. It passes and returns the cut
   * that it has reached: all counts of panes that end there or earlier have been taken.
   */
  takeBelow(cutMs: number, take: (panes: readonly TakenPane[], reachedMs: number) => void): number {
    const wanted = Math.max(this.#cut, Math.floor(cutMs / this.#slideMs) + 0);
    const taken: TakenPane[] = [];
    let entries = 0;
    let reached = wanted;
    for (let oldest = this.#panes.oldestPending(); oldest < wanted; oldest = this.#panes.oldestPending()) {
      if (entries >= this.#maxEntries && oldest >= this.#cut) {
        reached = oldest;
        break;
      }
      const pane = this.#takeOldest();
      entries += pane.counts.ids.length;
      taken.push(pane);
    }
    take(taken, reached * this.#slideMs);
    const { kept, holders } = this.#panes;
    for (const { startMs, counts } of taken) kept.keep(startMs / this.#slideMs, counts.ids);
    kept.dropBefore(reached - this.#paneCount);
    holders.releaseIdle();
    this.#cut = reached;
    return reached * this.#slideMs;
  }

  #takeOldest(): TakenPane {
    const { holders } = this.#panes;
    const pane = this.#panes.takeOldestPending();
    const { pendingCounts, pendingRecords: records } = pane;
    const counts = pendingCounts.length === 0
      ? NOTHING
      : pendingCounts.reduceRight((merged, run) => mergeCounts(run, merged, holders.counts));
    this.#panes.delete(pane);
    return { startMs: pane.index * this.#slideMs, records, counts };
  }

  #add(words: AddedWords, records: number): void {
    if (!(this.#outcome === "counted" || this.#outcome === "late_counted") || Number.isNaN(this.#selected)) {
      throw new RangeError("cannot add: no pane is selected, or the selected one does not count");
    }
    if (records === 0) return;
    this.#panes.add(this.#selected, words, records);
    if (this.#selected > this.#lastPane) this.#lastPane = this.#selected;
  }

  #outcomeOf(pane: number): RecordOutcome {
    if (pane < this.#neededFrom) return "late_dropped";
    if (pane < this.#reportedUntil) return "late_counted";
    return pane < this.#firstFrom ? "out_of_scope" : "counted";
  }
}
