// The smallest of many numbers, kept while single numbers change: the watermark asks for the smallest of a thousand
// partitions with every run of records.

/** A tournament over `length` numbers. `set` costs O(log n), `smallest` O(1), memory 16 bytes a number. */
export class MinimumTree {
  /** Node i is the smaller of its children 2i and 2i + 1; the numbers themselves are the last `#leaves` nodes. */
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
      // What is above has seen this number already.
      if (nodes[node] === smaller) return;
      nodes[node] = smaller;
    }
  }
}
