// The bytes of each word, by id. All words lie in one buffer; a number before each word names its id, so that the words
// can be compacted in place. The lowest free id is assigned first: arrays indexed by id stay short, and frequent words,
// which come early, lie close together.

import { FreeIds } from "./free_ids.ts";
import type { LastPlaces } from "./last_places.ts";
import type { WordHash } from "./word_hash.ts";

const INITIAL_IDS = 256;
const INITIAL_BYTES = 4096;
/** Before a word stands its id or, once it is removed, its length with all bits flipped. */
const HEAD_BYTES = 4;
const FREE = -1;
/** A word counts as its bytes and this many more, so that a bound on bytes also bounds the number of short words. */
const WORD_COST_BYTES = 16;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A copy of all words. The word of an id is `bytes[offsets[id]..offsets[id] + lengths[id])`. */
export interface WordsCopy {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  /** By id; 0 or negative for an id without a word. */
  readonly lengths: Int32Array;
}

/** Ids and bytes of words. A word exists from `add` to `remove`; the caller asks only for ids that exist. */
export class WordStore {
  #size = 0;
  #idLimit = 0;
  /** The free ids below #idLimit. */
  readonly #freeIds = new FreeIds();
  #offsets = new Uint32Array(INITIAL_IDS);
  #lengths = new Int32Array(INITIAL_IDS).fill(FREE);
  #hashes = new Int32Array(INITIAL_IDS);
  /** A running number per `add`. */
  #serials = new Float64Array(INITIAL_IDS);
  #added = 0;
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #bytesUsed = 0;
  #bytesLive = 0;
  readonly #places: LastPlaces | undefined;

  /** `places` are by the ids of this store. */
  constructor(places?: LastPlaces) {
    this.#places = places;
    places?.resize(INITIAL_IDS, 0);
  }

  get size(): number {
    return this.#size;
  }

  get idLimit(): number {
    return this.#idLimit;
  }

  /** The bytes of all words, and WORD_COST_BYTES more for each. */
  get heldBytes(): number {
    return this.#bytesLive + this.#size * (WORD_COST_BYTES - HEAD_BYTES);
  }

  /** All words have lower serials; those that are added later do not. */
  get nextSerial(): number {
    return this.#added;
  }

  get memoryBytes(): number {
    const arrays = [this.#offsets, this.#lengths, this.#hashes, this.#serials, this.#bytes];
    return arrays.reduce((sum, array) => sum + array.byteLength, this.#places?.memoryBytes ?? 0);
  }

  hash(id: number): number {
    return this.#hashes[id];
  }

  /** Hashes the bytes of the word. */
  hashBy(hash: WordHash, id: number): void {
    hash.hash(this.#bytes, this.#offsets[id], this.#offsets[id] + this.#lengths[id]);
  }

  /** A number that no other word gets, not even under the same id; -1 for a free id. */
  serial(id: number): number {
    return id < this.#idLimit && this.#lengths[id] !== FREE ? this.#serials[id] : -1;
  }

  text(id: number): string {
    const offset = this.#offsets[id];
    return decoder.decode(this.#bytes.subarray(offset, offset + this.#lengths[id]));
  }

  byteLength(id: number): number {
    return this.#lengths[id];
  }

  byteLengths(ids: Int32Array): Int32Array {
    const all = this.#lengths;
    const lengths = new Int32Array(ids.length);
    for (let i = 0; i < ids.length; i++) lengths[i] = all[ids[i]];
    return lengths;
  }

  /** Writes the bytes of the word to `to` from `at` on; returns the index after them. */
  copyWord(id: number, to: Uint8Array, at: number): number {
    const start = this.#offsets[id];
    const end = start + this.#lengths[id];
    to.set(this.#bytes.subarray(start, end), at);
    return at + end - start;
  }

  /** Writes the bytes of the words to `to`, one word after the other without a gap. */
  copyWords(ids: Int32Array, to: Uint8Array): void {
    const [bytes, view, offsets, lengths] = [this.#bytes, this.#view, this.#offsets, this.#lengths];
    const toView = new DataView(to.buffer, to.byteOffset, to.byteLength);
    let at = 0;
    for (let i = 0; i < ids.length; i++) {
      const start = offsets[ids[i]];
      const length = lengths[ids[i]];
      const rounded = length + 3 & ~3;
      if (start + rounded <= bytes.length && at + rounded <= to.length) {
        // Up to three bytes too many are written, where the next word will be.
        for (let n = 0; n < length; n += 4) toView.setInt32(at + n, view.getInt32(start + n, true), true);
      } else {
        for (let n = 0; n < length; n++) to[at + n] = bytes[start + n];
      }
      at += length;
    }
  }

  /** Orders by UTF-8 bytes: negative, 0 or positive. */
  compare(a: number, b: number): number {
    const startA = this.#offsets[a];
    const startB = this.#offsets[b];
    const common = Math.min(this.#lengths[a], this.#lengths[b]);
    for (let i = 0; i < common; i++) {
      const difference = this.#bytes[startA + i] - this.#bytes[startB + i];
      if (difference !== 0) return difference;
    }
    return this.#lengths[a] - this.#lengths[b];
  }

  /** Whether the word is `view[start..start + length)`. Both have the same length, at least 4 bytes. */
  equals(id: number, view: DataView, start: number, length: number): boolean {
    const own = this.#view;
    const offset = this.#offsets[id];
    const last = length - 4;
    for (let i = 0; i < last; i += 4) {
      if (own.getInt32(offset + i, true) !== view.getInt32(start + i, true)) return false;
    }
    return own.getInt32(offset + last, true) === view.getInt32(start + last, true);
  }

  /** Copies `bytes[start..end)` under the lowest free id and returns it. */
  add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    let id = this.#freeIds.takeLowest();
    if (id < 0) {
      id = this.#idLimit++;
      if (id === this.#lengths.length) this.#resizeIds(Math.ceil(id * 1.5));
    }
    const length = end - start;
    const size = HEAD_BYTES + length;
    if (this.#bytesUsed + size > this.#bytes.length) this.#makeRoom(size);
    const offset = this.#bytesUsed + HEAD_BYTES;
    this.#view.setInt32(this.#bytesUsed, id);
    for (let i = 0; i < length; i++) this.#bytes[offset + i] = bytes[start + i];
    this.#offsets[id] = offset;
    this.#lengths[id] = length;
    this.#hashes[id] = hash;
    this.#serials[id] = this.#added++;
    this.#places?.forget(id);
    this.#bytesUsed += size;
    this.#bytesLive += size;
    this.#size++;
    return id;
  }

  remove(id: number): void {
    const length = this.#lengths[id];
    this.#view.setInt32(this.#offsets[id] - HEAD_BYTES, ~length);
    this.#bytesLive -= HEAD_BYTES + length;
    this.#lengths[id] = FREE;
    this.#size--;
    this.#freeIds.add(id);
    while (this.#idLimit > 0 && this.#lengths[this.#idLimit - 1] === FREE) {
      this.#freeIds.delete(--this.#idLimit);
    }
    if (this.#lengths.length > INITIAL_IDS && this.#idLimit * 4 < this.#lengths.length) {
      this.#resizeIds(Math.max(INITIAL_IDS, this.#idLimit * 2));
    }
    if (this.#bytes.length > INITIAL_BYTES && this.#bytesLive * 4 < this.#bytes.length) {
      this.#moveTogether(new Uint8Array(Math.max(INITIAL_BYTES, this.#bytesLive * 2)));
    }
  }

  /** Copies all words. O(their bytes). */
  copy(): WordsCopy {
    return {
      bytes: this.#bytes.slice(0, this.#bytesUsed),
      offsets: this.#offsets.slice(0, this.#idLimit),
      lengths: this.#lengths.slice(0, this.#idLimit),
    };
  }

  #resizeIds(capacity: number): void {
    const kept = this.#idLimit;
    const offsets = new Uint32Array(capacity);
    const lengths = new Int32Array(capacity).fill(FREE);
    const hashes = new Int32Array(capacity);
    const serials = new Float64Array(capacity);
    offsets.set(this.#offsets.subarray(0, kept));
    lengths.set(this.#lengths.subarray(0, kept));
    hashes.set(this.#hashes.subarray(0, kept));
    serials.set(this.#serials.subarray(0, kept));
    this.#offsets = offsets;
    this.#lengths = lengths;
    this.#hashes = hashes;
    this.#serials = serials;
    this.#places?.resize(capacity, kept);
  }

  /** Makes room for `extra` bytes. The buffer grows if compaction would leave less than a third of it free. */
  #makeRoom(extra: number): void {
    const needed = this.#bytesLive + extra;
    const isEnough = needed * 1.5 <= this.#bytes.length;
    this.#moveTogether(isEnough ? this.#bytes : new Uint8Array(needed * 2));
  }

  /** Compacts the words, in place or into another buffer. O(bytes). */
  #moveTogether(to: Uint8Array<ArrayBuffer>): void {
    const from = this.#bytes;
    const view = this.#view;
    let used = 0;
    for (let at = 0; at < this.#bytesUsed;) {
      const head = view.getInt32(at);
      const size = HEAD_BYTES + (head < 0 ? ~head : this.#lengths[head]);
      if (head >= 0) {
        for (let i = 0; i < size; i++) to[used + i] = from[at + i];
        this.#offsets[head] = used + HEAD_BYTES;
        used += size;
      }
      at += size;
    }
    this.#bytes = to;
    this.#view = new DataView(to.buffer);
    this.#bytesUsed = used;
  }
}
