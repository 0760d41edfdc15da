// WindowPanes keeps the totals of the panes that are in the last closed window: a pane enters when its window closes,
// and leaves after the last window that covers it.

import type { Pane, PaneStore } from "./pane_store.ts";
import type { WindowObserver } from "./window_options.ts";
import { WindowTotals } from "./window_totals.ts";

export class WindowPanes {
  readonly totals: WindowTotals = new WindowTotals();
  readonly #panes: PaneStore;
  readonly #observers: readonly WindowObserver[];
  #records = 0;
  #count = 0;

  /** `observers` learn which panes leave. */
  constructor(panes: PaneStore, observers: readonly WindowObserver[]) {
    this.#panes = panes;
    this.#observers = observers;
  }

  /** The records of all panes in the totals. */
  get records(): number {
    return this.#records;
  }

  /** The number of panes in the totals. */
  get count(): number {
    return this.#count;
  }

  /** Forgets the totals. The store forgets its panes by itself. */
  clear(): void {
    this.totals.clear();
    this.#records = 0;
    this.#count = 0;
  }

  /** Adds all pending counts of panes that start before `end` to the totals. `oldest` is the oldest of these panes. */
  enterUntil(end: number, oldest: number): void {
    for (let index = oldest; index < end; index = this.#panes.oldestPending()) {
      this.#enter(this.#panes.takeOldestPending());
    }
    this.#panes.holders.releaseIdle();
    this.#panes.makeRoom((run) => this.totals.gain(run), (run) => this.totals.lose(run));
    this.#sumUpRounded();
  }

  /** Takes the pane out of the totals and releases the words that no other pane holds. */
  evict(index: number): void {
    const pane = this.#panes.get(index);
    if (pane === undefined) return;
    this.#panes.delete(pane);
    this.#count--;
    this.#records -= pane.records;
    for (const observer of this.#observers) observer.paneLeaves(index, pane.counts);
    for (const run of pane.counts) {
      this.totals.lose(run);
      this.#panes.holders.dropAll(run.ids);
    }
    this.#panes.holders.releaseIdle();
    this.#sumUpRounded();
  }

  /** Adds the pending counts of the pane to the totals. */
  #enter(pane: Pane): void {
    if (pane.records === 0) this.#count++;
    pane.records += pane.pendingRecords;
    this.#records += pane.pendingRecords;
    pane.pendingRecords = 0;
    this.#panes.enterPending(pane, (run) => this.totals.gain(run), (run) => this.totals.lose(run));
  }

  /** Rounded sums do not return to 0 by subtraction: then the totals are added up anew. */
  #sumUpRounded(): void {
    if (this.totals.isExact) return;
    this.totals.clear();
    for (const run of this.#panes.enteredRuns()) this.totals.gain(run);
  }
}
