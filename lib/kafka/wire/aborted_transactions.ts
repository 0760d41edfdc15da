// AbortedTransactions finds the batches of a record set that belong to aborted transactions, so that read_committed
// skips them. It works as the Java client's CompletedFetch does.

import type { BatchHeader } from "./batch_header.ts";
import type { AbortedTransaction } from "./fetch_response.ts";

/** Takes the batches of one record set in their order. */
export class AbortedTransactions {
  /** Sorted by their first offset. */
  readonly #ahead: AbortedTransaction[];
  #next = 0;
  /** The producers with an aborted transaction at the present batch. */
  readonly #producers = new Set<bigint>();

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#ahead = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Whether the next batch belongs to an aborted transaction. */
  includes(header: BatchHeader): boolean {
    if (this.#ahead.length === 0 || !header.isTransactional) return false;
    while (this.#next < this.#ahead.length && this.#ahead[this.#next].firstOffset <= header.lastOffset) {
      this.#producers.add(this.#ahead[this.#next++].producerId);
    }
    // A marker ends its producer's transaction. In an aborted transaction it is the marker of the abort, so its key need
    // not be read.
    if (header.isControl) {
      this.#producers.delete(header.producerId);
      return false;
    }
    return this.#producers.has(header.producerId);
  }
}
