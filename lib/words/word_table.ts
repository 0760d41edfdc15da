// Words by their bytes and by small ids: a store of what they are, and slots to find them by.

import { MAX_WORD_BYTES, type Pieces, sharedPieces } from "./pieces.ts";
import { WordSlots } from "./word_slots.ts";
import { type WordsCopy, WordStore } from "./word_store.ts";

/** What an id has room for in a slot; their memory would be some 5 GB. */
const MAX_WORDS = 1 << 26;

/**
 * The words that are there, from `intern` to `release`; they have at least one byte. Ids of words that are not there
 * must not be asked for.
 */
export class WordTable {
  readonly #store = new WordStore();
  readonly #slots = new WordSlots(this.#store, sharedPieces());

  /** How many words there are. */
  get size(): number {
    return this.#store.size;
  }

  /** All ids are below it. */
  get idLimit(): number {
    return this.#store.idLimit;
  }

  /** What it holds in memory: 50 to 200 bytes a word, and one to four times its bytes. */
  get memoryBytes(): number {
    return this.#store.memoryBytes + this.#slots.memoryBytes;
  }

  text(id: number): string {
    return this.#store.text(id);
  }

  byteLength(id: number): number {
    return this.#store.byteLength(id);
  }

  /** Orders words by their UTF-8 bytes: negative, 0 or positive. */
  compare(a: number, b: number): number {
    return this.#store.compare(a, b);
  }

  /** A number that no other word had or will have, not even under the same id; -1 for an id that is free. */
  birth(id: number): number {
    return this.#store.birth(id);
  }

  /** Id of the word `bytes[start..end)`, -1 when it is not there. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return end - start > MAX_WORD_BYTES ? -1 : this.#slots.find(bytes, start, end);
  }

  /**
   * Id of the word `bytes[start..end)`, which from now on is there; the bytes are copied.
   * @throws {RangeError} when there are too many words, or bytes.
   */
  intern(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > MAX_WORD_BYTES) {
      throw new RangeError(`a word has ${end - start} bytes, wanted: at most ${MAX_WORD_BYTES}`);
    }
    const known = this.#slots.find(bytes, start, end);
    if (known >= 0) return known;
    if (this.size === MAX_WORDS) {
      throw new RangeError(`${this.size} distinct words are held, wanted: no more`);
    }
    return this.#slots.addMissing(bytes, start, end);
  }

  /** Forgets the word; its id will be another's. */
  release(id: number): void {
    this.#slots.remove(id);
    this.#store.remove(id);
  }

  /** Lets `findSettled` find the word. */
  settle(id: number): void {
    this.#slots.settle(id);
  }

  /** Lets `findSettled` find none of the words that are there. O(slots). */
  unsettleAll(): void {
    this.#slots.unsettleAll();
  }

  /**
   * For each of the pieces, which are prepared, the id of the word that it is, -1 when there is none or it is not
   * settled; they are put into `ids` from `at` on. Returns how many were found.
   */
  findSettled(pieces: Pieces, ids: Int32Array, at: number): number {
    return this.#slots.findSettled(pieces, ids, at);
  }

  /** All words that there are. O(their bytes). */
  copy(): WordsCopy {
    return this.#store.copy();
  }
}
