// FirstOffsets holds the lowest offset of a counted record, by the start of its pane: a replay that lacks the pane begins
// there. Each of very many partitions has one, and most of its panes come in order. So it is a pair of sorted arrays, which
// take a few cache lines, and not a Map.

/** From this number of panes on, those that are no longer needed are deleted; again at twice the number that is left. */
const MIN_PRUNED_PANES = 64;

export class FirstOffsets {
  /** The starts of the panes, ascending, and an offset for each. */
  readonly #panes: number[] = [];
  readonly #offsets: number[] = [];
  /** Panes before it are forgotten, though they may still be in the arrays. */
  #neededFromMs = -Infinity;
  #pruneAt = MIN_PRUNED_PANES;

  /** `known`: of records that are counted already. */
  constructor(known: Iterable<readonly [paneStartMs: number, offset: number]> = []) {
    for (const [paneStartMs, offset] of known) this.set(paneStartMs, offset);
  }

  has(paneStartMs: number): boolean {
    return paneStartMs >= this.#neededFromMs && this.#panes[this.#indexOf(paneStartMs)] === paneStartMs;
  }

  /** Sets the offset of a pane that has none. */
  note(paneStartMs: number, offset: number): void {
    if (!this.has(paneStartMs)) this.set(paneStartMs, offset);
  }

  /** A pane that has been forgotten may come back: the counts of a late record are not reported yet. */
  set(paneStartMs: number, offset: number): void {
    if (paneStartMs < this.#neededFromMs) this.forgetBefore(paneStartMs);
    const index = this.#indexOf(paneStartMs);
    if (this.#panes[index] === paneStartMs) this.#offsets[index] = offset;
    else if (index === this.#panes.length) {
      this.#panes.push(paneStartMs);
      this.#offsets.push(offset);
    } else {
      this.#panes.splice(index, 0, paneStartMs);
      this.#offsets.splice(index, 0, offset);
    }
    if (this.#panes.length >= this.#pruneAt) this.#prune();
  }

  /** Panes in ascending order. */
  entries(): readonly (readonly [paneStartMs: number, offset: number])[] {
    this.#prune();
    return this.#panes.map((paneStartMs, index) => [paneStartMs, this.#offsets[index]] as const);
  }

  /** The lowest offset of all panes, at most `position`. */
  lowest(position: number): number {
    let lowest = position;
    for (let i = this.#indexOf(this.#neededFromMs); i < this.#offsets.length; i++) {
      lowest = Math.min(lowest, this.#offsets[i]);
    }
    return lowest;
  }

  /** Costs nothing yet: in a catch-up, panes end often in very many partitions. */
  forgetBefore(paneStartMs: number): void {
    if (paneStartMs < this.#neededFromMs) this.#prune();
    this.#neededFromMs = paneStartMs;
  }

  /** The index of the first pane that is not before this one. Most are the last one, or after it. */
  #indexOf(paneStartMs: number): number {
    const panes = this.#panes;
    let high = panes.length;
    if (high === 0 || panes[high - 1] < paneStartMs) return high;
    let low = 0;
    high--;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (panes[middle] < paneStartMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #prune(): void {
    const index = this.#indexOf(this.#neededFromMs);
    this.#panes.splice(0, index);
    this.#offsets.splice(0, index);
    this.#pruneAt = Math.max(MIN_PRUNED_PANES, 2 * this.#panes.length);
  }
}
