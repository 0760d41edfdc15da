// KeptWords keeps the words of panes whose counts have been taken. Most of them occur again soon. Otherwise each pane would
// add its words to the table anew and release them again, which takes longer than to count them.

import type { WordHolders } from "./word_holders.ts";

/** The most runs that are kept, so that many small ones of late records take little memory. */
const MAX_RUNS = 1_000;

export class KeptWords {
  readonly #holders: WordHolders;
  /** In the order in which they came. */
  #runs: { readonly index: number; readonly ids: Int32Array }[] = [];

  constructor(holders: WordHolders) {
    this.#holders = holders;
  }

  /** Takes over one holder of each word of the pane with this index. */
  keep(index: number, ids: Int32Array): void {
    this.#runs.push({ index, ids });
  }

  /** Gives up the words of panes before this index. */
  dropBefore(index: number): void {
    const tooMany = this.#runs.length - MAX_RUNS;
    this.#runs = this.#runs.filter((run, i) => {
      if (run.index >= index && i >= tooMany) return true;
      this.#holders.dropAll(run.ids);
      return false;
    });
  }

  /** Gives up all words. */
  dropAll(): void {
    this.dropBefore(Infinity);
  }

  /** Forgets all words; nothing holds them any more. */
  clear(): void {
    this.#runs = [];
  }
}
