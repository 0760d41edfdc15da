// FirstOffsets holds the lowest offset of a counted record, by the start of its pane: a replay that lacks the pane begins
// there.

/** From this number of panes on, those that are no longer needed are deleted; again at twice the number that is left. */
const MIN_PRUNED_PANES = 64;

export class FirstOffsets {
  readonly #byPane: Map<number, number>;
  /** Panes before it are forgotten, though they may still be in the map. */
  #neededFromMs = -Infinity;
  #pruneAt = MIN_PRUNED_PANES;

  /** `known`: of records that are counted already. */
  constructor(known: Iterable<readonly [paneStartMs: number, offset: number]> = []) {
    this.#byPane = new Map(known);
  }

  has(paneStartMs: number): boolean {
    return paneStartMs >= this.#neededFromMs && this.#byPane.has(paneStartMs);
  }

  /** A pane that has been forgotten may come back: the counts of a late record are not reported yet. */
  set(paneStartMs: number, offset: number): void {
    if (paneStartMs < this.#neededFromMs) this.forgetBefore(paneStartMs);
    this.#byPane.set(paneStartMs, offset);
    if (this.#byPane.size >= this.#pruneAt) this.#prune();
  }

  /** Panes in no order. */
  entries(): readonly (readonly [paneStartMs: number, offset: number])[] {
    this.#prune();
    return [...this.#byPane];
  }

  /** The lowest offset of all panes, at most `position`. */
  lowest(position: number): number {
    this.#prune();
    return Math.min(position, ...this.#byPane.values());
  }

  /** Costs nothing yet: in a catch-up, panes end often in very many partitions. */
  forgetBefore(paneStartMs: number): void {
    if (paneStartMs < this.#neededFromMs) this.#prune();
    this.#neededFromMs = paneStartMs;
  }

  #prune(): void {
    for (const startMs of this.#byPane.keys()) if (startMs < this.#neededFromMs) this.#byPane.delete(startMs);
    this.#pruneAt = Math.max(MIN_PRUNED_PANES, 2 * this.#byPane.size);
  }
}
