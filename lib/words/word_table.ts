// Words by their bytes and by small ids: a store of what they are, and slots to find them by.

import type { Spans } from "./spans.ts";
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
  readonly #slots = new WordSlots(this.#store);
  /** The buffer last looked up in, and its view. */
  #bytes: Uint8Array | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));

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
    return this.#slots.find(this.#viewOf(bytes), start, end - start);
  }

  /**
   * Id of the word `bytes[start..end)`, which from now on is there; the bytes are copied.
   * @throws {RangeError} when there are too many.
   */
  intern(bytes: Uint8Array, start: number, end: number): number {
    const known = this.find(bytes, start, end);
    if (known >= 0) return known;
    if (this.size === MAX_WORDS) {
      throw new RangeError(`${this.size} distinct words are held, wanted: no more`);
    }
    const id = this.#store.add(bytes, start, end);
    this.#slots.add(id);
    return id;
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
   * For each of the spans, none of them empty, the id of the word that it is, -1 when there is none or it is not
   * settled; they are put into `ids` from `at` on. Returns how many were found.
   */
  findSettled(spans: Spans, ids: Int32Array, at: number): number {
    return this.#slots.findSettled(spans, ids, at);
  }

  /** All words that there are. O(their bytes). */
  copy(): WordsCopy {
    return this.#store.copy();
  }

  #viewOf(bytes: Uint8Array): DataView {
    if (this.#bytes !== bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }
}
