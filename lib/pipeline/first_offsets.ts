// FirstOffsets holds the lowest offset of a counted record, by the start of its pane: a replay that lacks the pane begins
// there.

export class FirstOffsets {
  readonly #byPane: Map<number, number>;

  /** `known`: of records that are counted already. */
  constructor(known: Iterable<readonly [paneStartMs: number, offset: number]> = []) {
    this.#byPane = new Map(known);
  }

  has(paneStartMs: number): boolean {
    return this.#byPane.has(paneStartMs);
  }

  set(paneStartMs: number, offset: number): void {
    this.#byPane.set(paneStartMs, offset);
  }

  /** Panes in no order. */
  entries(): readonly (readonly [paneStartMs: number, offset: number])[] {
    return [...this.#byPane];
  }

  /** The lowest offset of all panes, at most `position`. */
  lowest(position: number): number {
    return Math.min(position, ...this.#byPane.values());
  }

  forgetBefore(paneStartMs: number): void {
    for (const startMs of this.#byPane.keys()) if (startMs < paneStartMs) this.#byPane.delete(startMs);
  }
}
