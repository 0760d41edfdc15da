// Finds words by their bytes: open addressing in one typed array, sixteen bytes a slot, so that a look-up touches one
// cache line, and words of up to twelve bytes, the most, are compared without touching another. The numbers that the
// inner loops go by are declared here, as V8 does not fold imported ones (15 % of the counting kernel).

import { type HashKey, mixed, randomHashKey } from "./byte_hash.ts";
import type { Spans } from "./spans.ts";
import type { WordStore } from "./word_store.ts";

// A slot is four numbers. The first three are the word itself when it has at most twelve bytes (zeros behind it); of a
// longer one they are the hash, the length and the last four bytes. The fourth, the tag, is the id, whether the word is
// settled, and the length, thirteen standing for all that are longer; 0 says that the slot is empty. A word that is
// looked for is brought into the same form, its key: without an id, and not settled.
const SLOT_LOG2 = 2;
const SLOT = 1 << SLOT_LOG2;
const LOW = 0;
const MIDDLE = 1;
const HIGH = 2;
const TAG = 3;

const INLINE_BYTES = 12;
const LONG = INLINE_BYTES + 1;
const LENGTH_MASK = 15;
const SETTLED = 16;
const ID_SHIFT = 5;

/** At least two slots a word: where few words collide, the loop over a collision's slots is rarely entered. */
const SLOTS_PER_WORD = 2;
const SHRINK_SLOTS_PER_WORD = 8;
const INITIAL_SLOTS_LOG2 = 9;

/** What is left of the first, the second and the third four bytes, by a word's length up to twelve. */
const LOW_MASKS = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1, -1, -1, -1, -1, -1);
const MIDDLE_MASKS = Int32Array.of(0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1, -1);
const HIGH_MASKS = Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff, -1);

/** The slots of the words in a store; words have at least one byte, and ids at most 26 bits. */
export class WordSlots {
  readonly #store: WordStore;
  readonly #hashKey: HashKey = randomHashKey();
  #slots = new Int32Array(SLOT << INITIAL_SLOTS_LOG2);
  #slotsLog2 = INITIAL_SLOTS_LOG2;
  #used = 0;
  /** Keys of a batch, or, first of all, of the word that is looked for alone. */
  #keys = new Int32Array(SLOT);
  #hashes = new Int32Array(1);
  /** Keeps the loop that only touches memory from being optimized away. */
  readonly #touched = new Int32Array(1);

  constructor(store: WordStore) {
    this.#store = store;
  }

  get memoryBytes(): number {
    return this.#slots.byteLength;
  }

  /** Id of the word `view[start..start + length)`, -1 when there is none. */
  find(view: DataView, start: number, length: number): number {
    const tag = this.#slots[this.#locate(view, start, length) + TAG];
    return tag === 0 ? -1 : tag >>> ID_SHIFT;
  }

  /** Adds a word that is in the store and not here. */
  add(id: number): void {
    const slot = this.#slotOf(id);
    this.#slots.set(this.#keys.subarray(0, SLOT), slot);
    this.#slots[slot + TAG] |= id << ID_SHIFT;
    this.#used++;
    if (this.#used * SLOTS_PER_WORD > 1 << this.#slotsLog2) this.#resize(this.#slotsLog2 + 1);
  }

  /** Removes a word that is here, and still in the store. */
  remove(id: number): void {
    this.#vacate(this.#slotOf(id));
    this.#used--;
    const isLarge = this.#used * SHRINK_SLOTS_PER_WORD < 1 << this.#slotsLog2;
    if (isLarge && this.#slotsLog2 > INITIAL_SLOTS_LOG2) this.#resize(this.#slotsLog2 - 1);
  }

  settle(id: number): void {
    this.#slots[this.#slotOf(id) + TAG] |= SETTLED;
  }

  unsettleAll(): void {
    for (let slot = 0; slot < this.#slots.length; slot += SLOT) this.#slots[slot + TAG] &= ~SETTLED;
  }

  /** Puts the id of the settled word that each span is, else -1, into `ids` from `at` on; returns how many were found. */
  findSettled(spans: Spans, ids: Int32Array, at: number): number {
    this.#computeKeys(spans);
    const keys = this.#keys;
    const hashes = this.#hashes;
    const store = this.#store;
    const slots = this.#slots;
    const wrap = slots.length - 1;
    const shift = 32 - this.#slotsLog2;
    const { view, starts, count } = spans;
    // A processor has several memory accesses under way at once only where none decides over the next.
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= slots[(hashes[i] >>> shift) << SLOT_LOG2];
    this.#touched[0] = touched;
    let found = 0;
    for (let i = 0; i < count; i++) {
      const key = i << SLOT_LOG2;
      const low = keys[key + LOW];
      const middle = keys[key + MIDDLE];
      const high = keys[key + HIGH];
      const length = keys[key + TAG];
      let slot = (hashes[i] >>> shift) << SLOT_LOG2;
      let id = -1;
      while (true) {
        const tag = slots[slot + TAG];
        const difference = (slots[slot + LOW] ^ low) | (slots[slot + MIDDLE] ^ middle) |
          (slots[slot + HIGH] ^ high) | ((tag & (SETTLED | LENGTH_MASK)) ^ (SETTLED | length));
        if (
          difference === 0 && (length !== LONG || store.equals(tag >>> ID_SHIFT, view, starts[i], middle))
        ) {
          id = tag >>> ID_SHIFT;
          found++;
          break;
        }
        if (tag === 0) break;
        slot = (slot + SLOT) & wrap;
      }
      ids[at + i] = id;
    }
    return found;
  }

  #computeKeys({ view, starts, ends, count, capacity }: Spans): void {
    if (this.#hashes.length < capacity) {
      this.#hashes = new Int32Array(capacity);
      this.#keys = new Int32Array(capacity << SLOT_LOG2);
    }
    const keys = this.#keys;
    const hashes = this.#hashes;
    const { seed, multiplier1, multiplier2 } = this.#hashKey;
    // From there on twelve bytes can be read, whatever of them belongs to the word.
    const lastReadable = view.byteLength - INLINE_BYTES;
    for (let i = 0; i < count; i++) {
      const start = starts[i];
      const length = ends[i] - start;
      if (length > INLINE_BYTES || start > lastReadable) {
        this.#computeKey(i, view, start, length);
        continue;
      }
      const low = view.getInt32(start, true) & LOW_MASKS[length];
      const middle = view.getInt32(start + 4, true) & MIDDLE_MASKS[length];
      const high = view.getInt32(start + 8, true) & HIGH_MASKS[length];
      const hash = mixed(seed ^ length, low, multiplier1, multiplier2);
      hashes[i] = mixed(mixed(hash, middle, multiplier1, multiplier2), high, multiplier1, multiplier2);
      const key = i << SLOT_LOG2;
      keys[key + LOW] = low;
      keys[key + MIDDLE] = middle;
      keys[key + HIGH] = high;
      keys[key + TAG] = length;
    }
  }

  #computeKey(i: number, view: DataView, start: number, length: number): void {
    const keys = this.#keys;
    const key = i << SLOT_LOG2;
    if (length > INLINE_BYTES) {
      keys[key + LOW] = this.#hashLong(view, start, length);
      keys[key + MIDDLE] = length;
      keys[key + HIGH] = view.getInt32(start + length - 4, true);
      keys[key + TAG] = LONG;
    } else {
      keys[key + LOW] = packed(view, start, length);
      keys[key + MIDDLE] = packed(view, start + 4, length - 4);
      keys[key + HIGH] = packed(view, start + 8, length - 8);
      keys[key + TAG] = length;
    }
    this.#hashes[i] = this.#hashOf(keys, key);
  }

  #hashLong(view: DataView, start: number, length: number): number {
    const { seed, multiplier1, multiplier2 } = this.#hashKey;
    const last = start + length - 4;
    let hash = seed ^ length;
    for (let position = start; position < last; position += 4) {
      hash = mixed(hash, view.getInt32(position, true), multiplier1, multiplier2);
    }
    return mixed(hash, view.getInt32(last, true), multiplier1, multiplier2);
  }

  /** The hash of the key or slot at `numbers[at]`. */
  #hashOf(numbers: Int32Array, at: number): number {
    const length = numbers[at + TAG] & LENGTH_MASK;
    if (length === LONG) return numbers[at + LOW];
    const { seed, multiplier1, multiplier2 } = this.#hashKey;
    let hash = mixed(seed ^ length, numbers[at + LOW], multiplier1, multiplier2);
    hash = mixed(hash, numbers[at + MIDDLE], multiplier1, multiplier2);
    return mixed(hash, numbers[at + HIGH], multiplier1, multiplier2);
  }

  /** Where the search for a word with that hash begins. */
  #home(hash: number): number {
    return (hash >>> (32 - this.#slotsLog2)) << SLOT_LOG2;
  }

  /** The slot of a word, or the empty one where it would go; its key is the first of #keys. */
  #locate(view: DataView, start: number, length: number): number {
    this.#computeKey(0, view, start, length);
    const keys = this.#keys;
    const slots = this.#slots;
    const wrap = slots.length - 1;
    let slot = this.#home(this.#hashes[0]);
    while (true) {
      const tag = slots[slot + TAG];
      if (tag === 0) return slot;
      const sameKey = slots[slot + LOW] === keys[LOW] && slots[slot + MIDDLE] === keys[MIDDLE] &&
        slots[slot + HIGH] === keys[HIGH] && (tag & LENGTH_MASK) === keys[TAG];
      if (sameKey && (length <= INLINE_BYTES || this.#store.equals(tag >>> ID_SHIFT, view, start, length))) {
        return slot;
      }
      slot = (slot + SLOT) & wrap;
    }
  }

  #slotOf(id: number): number {
    return this.#locate(this.#store.view, this.#store.offset(id), this.#store.byteLength(id));
  }

  /** Empties a slot, and moves up what had to give way to it, so that no search ends at the gap. */
  #vacate(vacant: number): void {
    const slots = this.#slots;
    const wrap = slots.length - 1;
    let gap = vacant;
    let slot = vacant;
    while (true) {
      slot = (slot + SLOT) & wrap;
      if (slots[slot + TAG] === 0) break;
      const home = this.#home(this.#hashOf(slots, slot));
      if (((slot - home) & wrap) < ((slot - gap) & wrap)) continue;
      slots.copyWithin(gap, slot, slot + SLOT);
      gap = slot;
    }
    slots.fill(0, gap, gap + SLOT);
  }

  /**
   * Moves all words to a table of another size, in the order of their slots. That is nearly their order there too, so
   * memory is passed through once; and a word that another had to give way to, as an early and frequent one, goes first.
   */
  #resize(slotsLog2: number): void {
    const from = this.#slots;
    const to = new Int32Array(SLOT << slotsLog2);
    const wrap = to.length - 1;
    this.#slots = to;
    this.#slotsLog2 = slotsLog2;
    for (let old = 0; old < from.length; old += SLOT) {
      if (from[old + TAG] === 0) continue;
      let slot = this.#home(this.#hashOf(from, old));
      while (to[slot + TAG] !== 0) slot = (slot + SLOT) & wrap;
      for (let i = 0; i < SLOT; i++) to[slot + i] = from[old + i];
    }
  }
}

/** The first four of `length` bytes as a number, the first one lowest; fewer where there are fewer. */
function packed(view: DataView, start: number, length: number): number {
  let word = 0;
  for (let i = Math.min(length, 4) - 1; i >= 0; i--) word = (word << 8) | view.getUint8(start + i);
  return word;
}
