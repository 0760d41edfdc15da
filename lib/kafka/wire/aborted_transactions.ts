// Which batches of a fetch belong to transactions that were given up: what the Java client's CompletedFetch does.

import type { BatchHeader } from "./batch_header.ts";
import type { AbortedTransaction } from "./fetch_response.ts";

/** Goes along with the batches of one record set, in their order. */
export class AbortedTransactions {
  /** Those that the batches have not come to yet, by their first offset. */
  readonly #ahead: AbortedTransaction[];
  #next = 0;
  /** Producers that are, at the present batch, within a transaction given up. */
  readonly #producers = new Set<bigint>();

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#ahead = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Whether the next batch belongs to one of them. */
  includes(header: BatchHeader): boolean {
    if (this.#ahead.length === 0 || !header.isTransactional) return false;
    while (this.#next < this.#ahead.length && this.#ahead[this.#next].firstOffset <= header.lastOffset) {
      this.#producers.add(this.#ahead[this.#next++].producerId);
    }
    // A marker ends its producer's transaction. Only the marker of an abort can be the next of a producer that is
    // within one, so its key need not be read.
    if (header.isControl) {
      this.#producers.delete(header.producerId);
      return false;
    }
    return this.#producers.has(header.producerId);
  }
}
