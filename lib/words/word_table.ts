// Words by their bytes. One open-addressing table in one typed array, sixteen bytes a slot, so that a look-up touches
// one cache line, and words of up to eight bytes, the most, are compared without touching another.

import { finished, type HashKey, mixed, randomHashKey } from "./byte_hash.ts";
import type { Spans } from "./spans.ts";
import { WordStore } from "./word_store.ts";

// A slot is four numbers. LOW and HIGH are the word itself when it has at most eight bytes (zeros behind it); of a
// longer one LOW is the hash and HIGH its last four bytes. META is the length and the flags; 0 says empty.
const SLOT_NUMBERS_LOG2 = 2;
const SLOT_NUMBERS = 1 << SLOT_NUMBERS_LOG2;
const LOW = 0;
const HIGH = 1;
const META = 2;
const ID = 3;

const META_USED = 1;
const META_SETTLED = 2;
const META_LENGTH_SHIFT = 2;

const INLINE_BYTES = 8;
/** At least two slots a word: where few words collide, the loop over a collision's slots is rarely entered. */
const SLOTS_PER_WORD = 2;
const SHRINK_SLOTS_PER_WORD = 8;
const INITIAL_SLOTS_LOG2 = 9;

/** What is left of the first and the second four bytes, by a word's length up to eight. */
const LOW_MASKS = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1, -1);
const HIGH_MASKS = Int32Array.of(0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff, -1);

/**
 * Words by their bytes, each with a small id. A word is there from `intern` to `release`; ids of words not there must
 * not be asked for.
 */
export class WordTable {
  readonly #store = new WordStore();
  readonly #key: HashKey = randomHashKey();
  #slots = new Int32Array(SLOT_NUMBERS << INITIAL_SLOTS_LOG2);
  #slotsLog2 = INITIAL_SLOTS_LOG2;
  /** The key of the last single look-up, as a slot holds it, and its hash. */
  #low = 0;
  #high = 0;
  #hash = 0;
  /** The same for each span of a batch. */
  #lows = new Int32Array(0);
  #highs = new Int32Array(0);
  #hashes = new Int32Array(0);
  /** Where the last batch's slots went: it keeps the loop that touches them from being optimized away. */
  readonly #touched = new Int32Array(1);
  #viewed: Uint8Array | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** How many words there are. */
  get size(): number {
    return this.#store.size;
  }

  /** All ids are below it. */
  get idLimit(): number {
    return this.#store.idLimit;
  }

  /** What it holds in memory: some 60 bytes a word, and the word. */
  get memoryBytes(): number {
    return this.#store.memoryBytes + this.#slots.byteLength;
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
    const slot = this.#locate(this.#viewOf(bytes), start, end - start);
    return this.#slots[slot + META] === 0 ? -1 : this.#slots[slot + ID];
  }

  /** Id of the word `bytes[start..end)`, which from now on is there; the bytes are copied. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    const slot = this.#locate(this.#viewOf(bytes), start, end - start);
    if (this.#slots[slot + META] !== 0) return this.#slots[slot + ID];
    const id = this.#store.add(bytes, start, end);
    this.#slots[slot + LOW] = this.#low;
    this.#slots[slot + HIGH] = this.#high;
    this.#slots[slot + META] = ((end - start) << META_LENGTH_SHIFT) | META_USED;
    this.#slots[slot + ID] = id;
    if (this.#store.size * SLOTS_PER_WORD > 1 << this.#slotsLog2) this.#rehash(this.#slotsLog2 + 1);
    return id;
  }

  /** Forgets the word; its id will be another's. */
  release(id: number): void {
    this.#vacate(this.#slotOf(id));
    this.#store.remove(id);
    if (
      this.#slotsLog2 > INITIAL_SLOTS_LOG2 && this.#store.size * SHRINK_SLOTS_PER_WORD < 1 << this.#slotsLog2
    ) {
      this.#rehash(this.#slotsLog2 - 1);
    }
  }

  /** Lets `findSettled` find the word. */
  settle(id: number): void {
    this.#slots[this.#slotOf(id) + META] |= META_SETTLED;
  }

  /** Lets `findSettled` find none of the words that are there. O(slots). */
  unsettleAll(): void {
    for (let slot = 0; slot < this.#slots.length; slot += SLOT_NUMBERS) {
      this.#slots[slot + META] &= ~META_SETTLED;
    }
  }

  /** For each span of `bytes` the id of the word that it is, -1 when there is no such word or it is not settled. */
  findSettled(bytes: Uint8Array, spans: Spans, ids: Int32Array): void {
    const view = this.#viewOf(bytes);
    this.#hashAll(view, spans);
    const hashes = this.#hashes;
    const lows = this.#lows;
    const highs = this.#highs;
    const store = this.#store;
    const slots = this.#slots;
    const shift = 32 - this.#slotsLog2;
    const end = slots.length - SLOT_NUMBERS;
    const { starts, ends, count } = spans;
    // The processor waits for one slot after the other if each is looked at before the next is asked for.
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= slots[(hashes[i] >>> shift) << SLOT_NUMBERS_LOG2];
    this.#touched[0] = touched;
    for (let i = 0; i < count; i++) {
      const low = lows[i];
      const high = highs[i];
      const length = ends[i] - starts[i];
      const meta = (length << META_LENGTH_SHIFT) | META_SETTLED | META_USED;
      let slot = (hashes[i] >>> shift) << SLOT_NUMBERS_LOG2;
      let id = -1;
      while (slots[slot + META] !== 0) {
        if (slots[slot + LOW] === low && slots[slot + HIGH] === high && slots[slot + META] === meta) {
          const candidate = slots[slot + ID];
          if (length <= INLINE_BYTES || store.equals(candidate, view, starts[i], length)) {
            id = candidate;
            break;
          }
        }
        slot = slot === end ? 0 : slot + SLOT_NUMBERS;
      }
      ids[i] = id;
    }
  }

  #hashAll(view: DataView, spans: Spans): void {
    if (this.#hashes.length < spans.capacity) {
      this.#hashes = new Int32Array(spans.capacity);
      this.#lows = new Int32Array(spans.capacity);
      this.#highs = new Int32Array(spans.capacity);
    }
    const key = this.#key;
    const { starts, ends, count } = spans;
    const readable = view.byteLength - INLINE_BYTES;
    for (let i = 0; i < count; i++) {
      const start = starts[i];
      const length = ends[i] - start;
      if (length <= INLINE_BYTES && start <= readable) {
        const low = view.getInt32(start, true) & LOW_MASKS[length];
        const high = view.getInt32(start + 4, true) & HIGH_MASKS[length];
        this.#lows[i] = low;
        this.#highs[i] = high;
        this.#hashes[i] = finished(mixed(key.seed ^ length, low, key), high, key);
      } else {
        this.#hashOne(view, start, length);
        this.#lows[i] = this.#low;
        this.#highs[i] = this.#high;
        this.#hashes[i] = this.#hash;
      }
    }
  }

  /** Sets #low, #high and #hash to those of the word `view[start..start + length)`. */
  #hashOne(view: DataView, start: number, length: number): void {
    const key = this.#key;
    let hash = key.seed ^ length;
    if (length <= INLINE_BYTES) {
      this.#low = packed(view, start, Math.min(length, 4));
      this.#high = packed(view, start + 4, Math.max(length - 4, 0));
      this.#hash = finished(mixed(hash, this.#low, key), this.#high, key);
      return;
    }
    const last = start + length - 4;
    for (let position = start; position < last; position += 4) {
      hash = mixed(hash, view.getInt32(position, true), key);
    }
    this.#high = view.getInt32(last, true);
    this.#hash = finished(hash, this.#high, key);
    this.#low = this.#hash;
  }

  /** The slot of that word, or the empty one where it would go; #low, #high and #hash are those of the word. */
  #locate(view: DataView, start: number, length: number): number {
    this.#hashOne(view, start, length);
    const slots = this.#slots;
    const end = slots.length - SLOT_NUMBERS;
    let slot = this.#home(this.#hash);
    while (slots[slot + META] !== 0) {
      if (
        slots[slot + LOW] === this.#low && slots[slot + HIGH] === this.#high &&
        slots[slot + META] >> META_LENGTH_SHIFT === length &&
        (length <= INLINE_BYTES || this.#store.equals(slots[slot + ID], view, start, length))
      ) {
        break;
      }
      slot = slot === end ? 0 : slot + SLOT_NUMBERS;
    }
    return slot;
  }

  #slotOf(id: number): number {
    return this.#locate(this.#store.view, this.#store.offset(id), this.#store.byteLength(id));
  }

  #home(hash: number): number {
    return (hash >>> (32 - this.#slotsLog2)) << SLOT_NUMBERS_LOG2;
  }

  #homeOfSlot(slots: Int32Array, slot: number): number {
    const length = slots[slot + META] >> META_LENGTH_SHIFT;
    const low = slots[slot + LOW];
    if (length > INLINE_BYTES) return this.#home(low);
    return this.#home(
      finished(mixed(this.#key.seed ^ length, low, this.#key), slots[slot + HIGH], this.#key),
    );
  }

  /** Empties a slot, and moves up what had to give way to it, so that no look-up meets a gap. */
  #vacate(vacant: number): void {
    const slots = this.#slots;
    const wrap = slots.length - 1;
    let gap = vacant;
    let slot = vacant;
    while (true) {
      slot = (slot + SLOT_NUMBERS) & wrap;
      if (slots[slot + META] === 0) break;
      const home = this.#homeOfSlot(slots, slot);
      if (((slot - home) & wrap) < ((slot - gap) & wrap)) continue;
      slots.copyWithin(gap, slot, slot + SLOT_NUMBERS);
      gap = slot;
    }
    slots.fill(0, gap, gap + SLOT_NUMBERS);
  }

  /** Moves all words to a table of another size, in the order of their ids: the frequent ones get the best places. */
  #rehash(slotsLog2: number): void {
    const from = this.#slots;
    const slotOf = new Int32Array(this.#store.idLimit).fill(-1);
    for (let slot = 0; slot < from.length; slot += SLOT_NUMBERS) {
      if (from[slot + META] !== 0) slotOf[from[slot + ID]] = slot;
    }
    const to = new Int32Array(SLOT_NUMBERS << slotsLog2);
    const wrap = to.length - 1;
    this.#slots = to;
    this.#slotsLog2 = slotsLog2;
    for (const old of slotOf) {
      if (old < 0) continue;
      let slot = this.#homeOfSlot(from, old);
      while (to[slot + META] !== 0) slot = (slot + SLOT_NUMBERS) & wrap;
      for (let i = 0; i < SLOT_NUMBERS; i++) to[slot + i] = from[old + i];
    }
  }

  #viewOf(bytes: Uint8Array): DataView {
    if (this.#viewed !== bytes) {
      this.#viewed = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }
}

/** `length` bytes, at most four, as a number, the first one lowest. */
function packed(view: DataView, start: number, length: number): number {
  let word = 0;
  for (let i = length - 1; i >= 0; i--) word = (word << 8) | view.getUint8(start + i);
  return word;
}
