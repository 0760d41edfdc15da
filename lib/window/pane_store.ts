// PaneStore holds all panes that have records: a few hot ones with dense counts, the others with sparse counts. Counts
// that were added since a pane last entered the window's totals are pending. They are kept apart, since a late record
// must not alter a closed window.

import { boundRuns, entryCount } from "./bounded_runs.ts";
import { DenseCounts } from "./dense_counts.ts";
import type { AddedWords, HotCounts } from "./hot_counts.ts";
import { KeptWords } from "./kept_words.ts";
import { appendCounts, type SparseCounts } from "./sparse_counts.ts";
import { WeightedCounts } from "./weighted_counts.ts";
import { type HeldWords, WordHolders } from "./word_holders.ts";

/** The most panes with dense counts at a time; each costs 8 bytes per word id, or 12 with weights. */
const HOT_PANES = 4;
/**
 * The bound on the pending entries of a pane, as a multiple of the words that it may have. The slack makes reductions rare
 * for a pane that enters and leaves dense counts all the time.
 */
const PENDING_ENTRIES_PER_WORD = 2;
/** A pane keeps at least this many words, however many bytes of words there are. */
const MIN_WORDS = 256;
/** The most panes that are halved at once, so that this ends soon. */
const MAX_HALVINGS = 8;
/** When words have exceeded their bytes, a window that closes frees this share of them for the words of the next one. */
const FREE_SHARE = 1 / 4;

export interface PaneStoreOptions {
  /** The most distinct words of a pane. */
  readonly maxWords: number;
  /** The bytes of words beyond which panes lose their least frequent words. */
  readonly maxWordBytes: number;
  readonly words: HeldWords;
  /** Whether each word adds its weight instead of 1. */
  readonly isWeighted: boolean;
}

/** One slide of time that has records. */
export interface Pane {
  /** It starts at index * slide. */
  readonly index: number;
  /** The counts in the totals, with at most as many entries as a pane may have words. */
  readonly counts: SparseCounts[];
  records: number;
  /** The counts that are not in the totals yet. */
  readonly pendingCounts: SparseCounts[];
  pendingRecords: number;
  isPending: boolean;
  hot: HotSlot | undefined;
}

/** The counts of a pane in a form that is never altered. */
export interface PaneContents {
  readonly startMs: number;
  readonly records: number;
  /** Their sum is the pane's counts. */
  readonly runs: readonly SparseCounts[];
}

interface HotSlot {
  readonly counts: HotCounts;
  pane: Pane | undefined;
  lastUse: number;
}

export class PaneStore {
  readonly holders: WordHolders;
  /** Words of panes that have been deleted. They give way before a pane loses words. */
  readonly kept: KeptWords;
  readonly #maxWords: number;
  readonly #maxWordBytes: number;
  readonly #words: HeldWords;
  readonly #isWeighted: boolean;
  /** Words have exceeded their bytes since the last window closed. */
  #isOver = false;
  #panes = new Map<number, Pane>();
  /** Panes with pending counts; when sorted, the oldest is the last. */
  #pending: Pane[] = [];
  #isSorted = true;
  #slots: HotSlot[] = [];
  #uses = 0;

  constructor({ maxWords, maxWordBytes, words, isWeighted }: PaneStoreOptions) {
    this.#maxWords = maxWords;
    this.#maxWordBytes = maxWordBytes;
    this.#words = words;
    this.#isWeighted = isWeighted;
    this.holders = new WordHolders(words);
    this.kept = new KeptWords(this.holders);
  }

  get(index: number): Pane | undefined {
    return this.#panes.get(index);
  }

  /** Adds words and records to the pane and creates it if needed. */
  add(index: number, added: AddedWords, records: number): void {
    const pane = this.#pendingPane(index);
    pane.pendingRecords += records;
    if (added.idCount === 0) return;
    this.holders.reserve(this.#words.idLimit);
    const { counts } = this.#heat(pane);
    for (let next = counts.add(added, 0); next < added.idCount; next = counts.add(added, next)) {
      this.#appendPending(pane, counts.drain());
    }
    this.holders.releaseIdle();
    if (this.#words.heldBytes > this.#maxWordBytes) this.#halvePending();
  }

  /**
   * Where words have exceeded their bytes, panes lose their least frequent words, the largest pane first. `leave` is called
   * for the runs that the totals lose, `enter` for those that they gain. Only a closing window may call it, since counts in
   * the totals change.
   */
  makeRoom(enter: (run: SparseCounts) => void, leave: (run: SparseCounts) => void): void {
    if (!this.#isOver) return;
    this.#isOver = false;
    const allowed = this.#maxWordBytes * (1 - FREE_SHARE);
    for (let n = 0; n < MAX_HALVINGS && this.#words.heldBytes > allowed; n++) {
      const { counts } = largestOf(this.#panes.values(), (pane) => entryCount(pane.counts)) ?? {};
      if (counts === undefined || entryCount(counts) <= MIN_WORDS) return;
      counts.forEach(leave);
      this.#halve(counts);
      counts.forEach(enter);
    }
  }

  /** Returns the counts of the panes from `fromIndex` on, by index. No pane is hot afterwards. */
  save(fromIndex: number): Map<number, Omit<PaneContents, "startMs">> {
    for (const slot of this.#slots) this.#cool(slot);
    this.holders.releaseIdle();
    const needed = [...this.#panes.values()].filter(({ index }) => index >= fromIndex);
    return new Map(needed.map(({ index, records, counts, pendingRecords, pendingCounts }) => {
      return [index, { records: records + pendingRecords, runs: [...counts, ...pendingCounts] }];
    }));
  }

  /** Adds saved counts to the pane and keeps their arrays. */
  restore(index: number, { records, runs }: Omit<PaneContents, "startMs">): void {
    const pane = this.#pendingPane(index);
    pane.pendingRecords += records;
    this.holders.reserve(this.#words.idLimit);
    for (const run of runs) {
      this.holders.addAll(run.ids);
      this.#appendPending(pane, run);
    }
    this.holders.releaseIdle();
  }

  /**
   * Moves the pending counts of a pane from `takeOldestPending` into its counts, and calls `enter` for each run that the
   * totals gain. Where all runs together have too many words, `leave` is called for the runs that the totals lose first.
   */
  enterPending(pane: Pane, enter: (run: SparseCounts) => void, leave: (run: SparseCounts) => void): void {
    const { counts, pendingCounts } = pane;
    const isExact = [...counts, ...pendingCounts].every(({ smallest }) => smallest === 0);
    const fits = counts.length === 0 || entryCount(counts) + entryCount(pendingCounts) <= this.#maxWords;
    // The totals count the runs that hold a word at its smallest count, so runs with such words are not merged in them.
    if (isExact && fits) {
      for (const run of pendingCounts) {
        enter(run);
        appendCounts(counts, run, this.holders.counts);
      }
    } else {
      counts.forEach(leave);
      counts.push(...pendingCounts);
      this.#bound(counts, this.#maxWords);
      counts.forEach(enter);
    }
    pendingCounts.length = 0;
  }

  /** Index of the oldest pane with pending counts; Infinity for none. */
  oldestPending(): number {
    this.#sortPending();
    return this.#pending.at(-1)?.index ?? Infinity;
  }

  /** Takes the oldest pane off the list of those with pending counts, and makes all its counts sparse. */
  takeOldestPending(): Pane {
    this.#sortPending();
    const pane = this.#pending.pop();
    if (pane === undefined) throw new RangeError("cannot take a pending pane: there is none");
    pane.isPending = false;
    if (pane.hot !== undefined) this.#cool(pane.hot);
    this.#bound(pane.pendingCounts, this.#maxWords);
    return pane;
  }

  /** All counts in the totals. */
  *enteredRuns(): Generator<SparseCounts> {
    for (const { counts } of this.#panes.values()) yield* counts;
  }

  /** Forgets a pane without pending counts. The caller drops or keeps the holders of its words. */
  delete(pane: Pane): void {
    this.#panes.delete(pane.index);
  }

  /** Forgets all panes and releases all their words. */
  clear(): void {
    for (const slot of this.#slots) {
      slot.counts.drain();
      slot.pane = undefined;
    }
    this.#panes.clear();
    this.#pending = [];
    this.#isSorted = true;
    this.kept.clear();
    this.holders.releaseAll();
  }

  /** Returns the pane, created if needed, and puts it on the list of those with pending counts. */
  #pendingPane(index: number): Pane {
    const pane = this.#panes.get(index) ?? this.#create(index);
    if (pane.isPending) return pane;
    pane.isPending = true;
    this.#isSorted &&= this.#pending.length === 0 || this.#pending[this.#pending.length - 1].index > index;
    this.#pending.push(pane);
    return pane;
  }

  #create(index: number): Pane {
    const pane = {
      index,
      counts: [],
      records: 0,
      pendingCounts: [],
      pendingRecords: 0,
      isPending: false,
      hot: undefined,
    };
    this.#panes.set(index, pane);
    return pane;
  }

  #sortPending(): void {
    if (this.#isSorted) return;
    this.#pending.sort((a, b) => b.index - a.index);
    this.#isSorted = true;
  }

  /** Gives the pane dense counts; if none are free, those of the pane with the oldest last addition. */
  #heat(pane: Pane): HotSlot {
    const slot = pane.hot ?? this.#freeSlot();
    slot.lastUse = ++this.#uses;
    slot.pane = pane;
    pane.hot = slot;
    return slot;
  }

  #freeSlot(): HotSlot {
    const free = this.#slots.find((slot) => slot.pane === undefined);
    if (free !== undefined) return free;
    if (this.#slots.length < HOT_PANES) {
      const options = { maxWords: this.#maxWords, holders: this.holders };
      const counts = this.#isWeighted ? new WeightedCounts(options) : new DenseCounts(options);
      const slot = { counts, pane: undefined, lastUse: 0 };
      this.#slots.push(slot);
      return slot;
    }
    const coldest = this.#slots.reduce((a, b) => a.lastUse < b.lastUse ? a : b);
    this.#cool(coldest);
    return coldest;
  }

  #cool(slot: HotSlot): void {
    const { pane, counts } = slot;
    if (pane === undefined) return;
    if (counts.words > 0) this.#appendPending(pane, counts.drain());
    pane.hot = undefined;
    slot.pane = undefined;
  }

  #appendPending({ pendingCounts }: Pane, run: SparseCounts): void {
    appendCounts(pendingCounts, run, this.holders.counts);
    this.#bound(pendingCounts, this.#maxWords * PENDING_ENTRIES_PER_WORD);
  }

  #halvePending(): void {
    this.kept.dropAll();
    this.holders.releaseIdle();
    if (this.#words.heldBytes <= this.#maxWordBytes) return;
    this.#isOver = true;
    for (let n = 0; n < MAX_HALVINGS && this.#words.heldBytes > this.#maxWordBytes; n++) {
      const pane = largestOf(this.#pending, pendingEntries);
      if (pane === undefined || pendingEntries(pane) <= MIN_WORDS) return;
      if (pane.hot !== undefined) this.#cool(pane.hot);
      this.#halve(pane.pendingCounts);
    }
  }

  /** Keeps the more frequent half of the words, and releases words that no other pane holds. */
  #halve(runs: SparseCounts[]): void {
    const maxWords = Math.max(MIN_WORDS, entryCount(runs) >> 1);
    boundRuns(runs, this.holders, { maxEntries: maxWords, maxWords });
    this.holders.releaseIdle();
  }

  #bound(runs: SparseCounts[], maxEntries: number): void {
    boundRuns(runs, this.holders, { maxEntries, maxWords: this.#maxWords });
  }
}

/** The number of pending entries. A word has one in each run that holds it. */
function pendingEntries({ pendingCounts, hot }: Pane): number {
  return entryCount(pendingCounts) + (hot?.counts.distinct ?? 0);
}

function largestOf(panes: Iterable<Pane>, sizeOf: (pane: Pane) => number): Pane | undefined {
  let largest: Pane | undefined;
  let size = -1;
  for (const pane of panes) {
    const own = sizeOf(pane);
    if (own > size) [largest, size] = [pane, own];
  }
  return largest;
}
