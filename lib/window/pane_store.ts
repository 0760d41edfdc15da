// All panes that have records, wherever the partitions stand: a few hot ones with dense counts, the others sparse.
// What was added to a pane since it last entered the window is kept apart as pending, because a late record must not
// alter a window that has closed.

import { DenseCounts } from "./dense_counts.ts";
import { appendCounts, MAX_WORDS, type SparseCounts } from "./sparse_counts.ts";
import { WordHolders } from "./word_holders.ts";

/** Panes with dense counts at a time; each costs 8 bytes per word id. */
const HOT_PANES = 4;

/** One slide of time that has records. */
export interface Pane {
  /** It starts at index * slide. */
  readonly index: number;
  /** In the window's totals. */
  readonly counts: SparseCounts[];
  records: number;
  /** Not in the totals yet. */
  readonly pendingCounts: SparseCounts[];
  pendingRecords: number;
  isPending: boolean;
  hot: HotSlot | undefined;
}

interface HotSlot {
  readonly counts: DenseCounts;
  pane: Pane | undefined;
  lastUse: number;
}

export class PaneStore {
  readonly holders: WordHolders;
  #panes = new Map<number, Pane>();
  /** Panes with pending counts; when sorted, the oldest is the last. */
  #pending: Pane[] = [];
  #isSorted = true;
  #slots: HotSlot[] = [];
  #uses = 0;

  /** `words` gets back the words that no pane holds any more. */
  constructor(words: { release(id: number): void }) {
    this.holders = new WordHolders(words);
  }

  get(index: number): Pane | undefined {
    return this.#panes.get(index);
  }

  /** Adds words and records to the pane, which begins with its first. `idLimit`: all ids are below it. */
  add(
    index: number,
    added: { readonly ids: Int32Array; readonly idCount: number; readonly records: number; idLimit: number },
  ): void {
    const pane = this.#panes.get(index) ?? this.#create(index);
    if (!pane.isPending) {
      pane.isPending = true;
      this.#isSorted &&= this.#pending.length === 0 || this.#pending[this.#pending.length - 1].index > index;
      this.#pending.push(pane);
    }
    pane.pendingRecords += added.records;
    if (added.idCount === 0) return;
    this.holders.reserve(added.idLimit);
    const slot = this.#heat(pane);
    if (slot.counts.words + added.idCount > MAX_WORDS) {
      appendCounts(pane.pendingCounts, slot.counts.drain(), this.holders.counts);
    }
    slot.counts.add(added.ids, added.idCount, this.holders.counts);
  }

  /** Index of the oldest pane with something pending; Infinity for none. */
  oldestPending(): number {
    this.#sortPending();
    return this.#pending.at(-1)?.index ?? Infinity;
  }

  /** Takes the oldest pane with something pending off the list; its pending counts are all sparse then. */
  takeOldestPending(): Pane {
    this.#sortPending();
    const pane = this.#pending.pop();
    if (pane === undefined) throw new RangeError("cannot take a pending pane: there is none");
    pane.isPending = false;
    if (pane.hot !== undefined) this.#cool(pane.hot);
    return pane;
  }

  /** Forgets the pane, which has nothing pending. The holders of its words are the caller's to lower. */
  delete(pane: Pane): void {
    this.#panes.delete(pane.index);
  }

  /** Forgets all panes, and gives all their words back. */
  clear(): void {
    for (const slot of this.#slots) {
      slot.counts.drain();
      slot.pane = undefined;
    }
    this.#panes.clear();
    this.#pending = [];
    this.#isSorted = true;
    this.holders.releaseAll();
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

  /** Gives the pane dense counts, those of the pane that has gone longest without any addition if need be. */
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
      const slot = { counts: new DenseCounts(), pane: undefined, lastUse: 0 };
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
    if (counts.words > 0) appendCounts(pane.pendingCounts, counts.drain(), this.holders.counts);
    pane.hot = undefined;
    slot.pane = undefined;
  }
}
