// Keeps the smallest of many numbers current while single numbers change. The watermark needs the smallest of a thousand
// partitions with every run of records.

/** A tournament tree over `length` numbers. `set` costs O(log n), `smallest` O(1), and memory 16 bytes per number. */
export class MinimumTree {
  /** Node i is the smaller of its children 2i and 2i + 1. The numbers themselves are the last `#leaves` nodes. */
  readonly #nodes: Float64Array;
  readonly #leaves: number;

  /** All numbers begin as Infinity. */
  constructor(length: number) {
    this.#leaves = Math.max(1, length);
    this.#nodes = new Float64Array(2 * this.#leaves).fill(Infinity);
  }

  /** Infinity for no numbers. */
  get smallest(): number {
    // With a single leaf there is no inner node: the leaf is node 1.
    return this.#nodes[1];
  }

  get(index: number): number {
    return this.#nodes[this.#leaves + index];
  }

  /** `value` is not NaN. */
  set(index: number, value: number): void {
    const nodes = this.#nodes;
    let node = this.#leaves + index;
    nodes[node] = value;
    while (node > 1) {
      node >>= 1;
      const smaller = Math.min(nodes[2 * node], nodes[2 * node + 1]);
      // An unchanged node leaves all nodes above unchanged.
      if (nodes[node] === smaller) return;
      nodes[node] = smaller;
    }
  }
}
