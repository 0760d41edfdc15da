// Maps words to small ids and back: a store holds the words by id, slots find the id of a word.

import type { LastPlaces } from "./last_places.ts";
import { MAX_WORD_BYTES, type Pieces, sharedPieces } from "./pieces.ts";
import type { WordHash } from "./word_hash.ts";
import { WordSlots } from "./word_slots.ts";
import { type WordsCopy, WordStore } from "./word_store.ts";

/** The most ids that fit into a slot; this many words would take some 5 GB. */
const MAX_WORDS = 1 << 26;

/** Words exist from `intern` to `release` and have at least one byte. The caller asks only for ids that exist. */
export class WordTable {
  /** @internal Records in which the words occur; undefined where nobody asks for them. */
  readonly places: LastPlaces | undefined;
  readonly #store: WordStore;
  readonly #slots: WordSlots;

  /** Makes a table without words. */
  constructor({ places }: { readonly places?: LastPlaces | undefined } = {}) {
    this.places = places;
    this.#store = new WordStore(places);
    this.#slots = new WordSlots(this.#store, sharedPieces());
  }

  /** The number of words. */
  get size(): number {
    return this.#store.size;
  }

  /** One more than the largest id so far. */
  get idLimit(): number {
    return this.#store.idLimit;
  }

  /** The bytes of all words, and 16 more for each. */
  get heldBytes(): number {
    return this.#store.heldBytes;
  }

  /** Memory in bytes: 50 to 200 a word, and one to four times its length. */
  get memoryBytes(): number {
    return this.#store.memoryBytes + this.#slots.memoryBytes;
  }

  /** The text of the word. */
  text(id: number): string {
    return this.#store.text(id);
  }

  /** The length of the word in UTF-8 bytes. */
  byteLength(id: number): number {
    return this.#store.byteLength(id);
  }

  /** Writes the bytes of the word to `to` from `at` on; returns the index after them. */
  copyWord(id: number, to: Uint8Array, at: number): number {
    return this.#store.copyWord(id, to, at);
  }

  /** @internal The length of each word in UTF-8 bytes. */
  byteLengths(ids: Int32Array): Int32Array {
    return this.#store.byteLengths(ids);
  }

  /** @internal Writes the bytes of the words to `to`, one word after the other without a gap. `to` has room for all. */
  copyWords(ids: Int32Array, to: Uint8Array): void {
    this.#store.copyWords(ids, to);
  }

  /** Orders words by their UTF-8 bytes: negative, 0 or positive. */
  compare(a: number, b: number): number {
    return this.#store.compare(a, b);
  }

  /** @internal Hashes the bytes of the word. */
  hashBy(hash: WordHash, id: number): void {
    this.#store.hashBy(hash, id);
  }

  /** @internal All words have lower serials; those that are added later do not. */
  get nextSerial(): number {
    return this.#store.nextSerial;
  }

  /** A number that no other word gets, not even under the same id; -1 for a free id. */
  serial(id: number): number {
    return this.#store.serial(id);
  }

  /** Id of the word `bytes[start..end)`, -1 if it is not in the table. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return end - start > MAX_WORD_BYTES ? -1 : this.#slots.find(bytes, start, end);
  }

  /**
   * Id of the word `bytes[start..end)`; a new word is added, and its bytes are copied.
   * @throws {RangeError} if the word is too long or the table is full
   */
  intern(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > MAX_WORD_BYTES) {
      throw new RangeError(`a word has ${end - start} bytes, wanted: at most ${MAX_WORD_BYTES}`);
    }
    const known = this.#slots.find(bytes, start, end);
    if (known >= 0) return known;
    if (this.size === MAX_WORDS) {
      throw new RangeError(`${this.size} distinct words are in the table, wanted: no more`);
    }
    return this.#slots.addMissing(bytes, start, end);
  }

  /** Removes the word. Its id is assigned again later. */
  release(id: number): void {
    this.#slots.remove(id);
    this.#store.remove(id);
  }

  /** Marks the word as standing for itself, so that `findSettled` finds it. */
  settle(id: number): void {
    this.#slots.settle(id);
  }

  /** Unmarks all words, so that `findSettled` finds none of them. O(slots). */
  unsettleAll(): void {
    this.#slots.unsettleAll();
  }

  /**
   * @internal For each prepared piece writes the id of its word, or -1 if the word is unknown or not settled, to `ids`
   * from `at` on. Returns how many were found.
   */
  findSettled(pieces: Pieces, ids: Int32Array, at: number): number {
    return this.#slots.findSettled(pieces, ids, at);
  }

  /** @internal Copies all words. O(their bytes). */
  copy(): WordsCopy {
    return this.#store.copy();
  }
}
