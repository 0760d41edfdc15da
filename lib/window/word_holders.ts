// WordHolders counts for each word id the runs of counts, dense or sparse, that hold the word (its holders), over all
// panes. A word without a holder is returned to its table, but not at once: its id may occur again among the ids that
// are being added, and must not name another word then.

import { grownLength } from "./grown_length.ts";

/** The table of words as the panes use it. */
export interface HeldWords {
  /** All ids are below this number. */
  readonly idLimit: number;
  /** The bytes of all words, with a fixed cost for each. */
  readonly heldBytes: number;
  /** Takes back a word that no pane holds any more. */
  release(id: number): void;
}

export class WordHolders {
  readonly #words: { release(id: number): void };
  #counts = new Uint32Array(0);
  /** Ids without a holder. Some have gained one since, and some are in the list twice. */
  #idle: number[] = [];

  /** `words` gets back the words that have no holder any more. */
  constructor(words: { release(id: number): void }) {
    this.#words = words;
  }

  /** Holders by word id. A new holder of a word raises its number here. Valid up to the next `reserve`. */
  get counts(): Uint32Array {
    return this.#counts;
  }

  /** Makes room for all ids below `idLimit`. */
  reserve(idLimit: number): void {
    if (this.#counts.length >= idLimit) return;
    const counts = new Uint32Array(grownLength(this.#counts.length, idLimit));
    counts.set(this.#counts);
    this.#counts = counts;
  }

  /** Adds one holder to each word. */
  addAll(ids: Int32Array): void {
    const counts = this.#counts;
    for (let i = 0; i < ids.length; i++) counts[ids[i]]++;
  }

  /** Removes one holder from the word. */
  drop(id: number): void {
    if (--this.#counts[id] === 0) this.#idle.push(id);
  }

  /** Removes one holder from each word. */
  dropAll(ids: Int32Array): void {
    const counts = this.#counts;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      if (--counts[id] === 0) this.#idle.push(id);
    }
  }

  /** Notes a word that was offered and not added: without a holder, it is released with the others. */
  releaseUnheld(id: number): void {
    if (this.#counts[id] === 0) this.#idle.push(id);
  }

  /** Releases the words without a holder. None of their ids may still wait to be added. */
  releaseIdle(): void {
    if (this.#idle.length === 0) return;
    const counts = this.#counts;
    // A temporary holder marks each id in the new list, so that every word is released once.
    const idle = this.#idle.filter((id) => counts[id] === 0 && (counts[id] = 1));
    this.#idle = [];
    for (const id of idle) {
      counts[id] = 0;
      this.#words.release(id);
    }
  }

  /** Removes all holders and releases all words. O(word ids). */
  releaseAll(): void {
    const counts = this.#counts;
    for (let id = 0; id < counts.length; id++) if (counts[id] > 0) this.#words.release(id);
    counts.fill(0);
    this.#idle = [];
  }
}
