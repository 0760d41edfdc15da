// Finds words by their bytes: open addressing in one typed array with sixteen bytes a slot. A look-up touches one cache
// line, and words of up to twelve bytes, which most words are, are compared without touching another. The inner loops'
// constants are declared in this file because V8 does not fold imported ones (15 % of the counting kernel).

import type { Pieces } from "./pieces.ts";
import type { WordStore } from "./word_store.ts";

// A slot is four numbers. For a word of at most twelve bytes the first three hold the word, followed by zeros; for a longer
// one they hold its hash, its length and its last four bytes. The fourth, the tag, holds the id, whether the word is
// settled, and the length, where 13 stands for all longer ones; a tag of 0 marks an empty slot. A word that is looked for
// has the same form, its key (pieces.as), without an id and not settled.
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

/** At least two slots a word: then few words collide, and searches rarely go beyond the first slot. */
const SLOTS_PER_WORD = 2;
const SHRINK_SLOTS_PER_WORD = 8;
const INITIAL_SLOTS_LOG2 = 9;

/** The slots of the words in a store. Words have at least one byte, ids at most 26 bits. */
export class WordSlots {
  readonly #store: WordStore;
  readonly #pieces: Pieces;
  #slots = new Int32Array(SLOT << INITIAL_SLOTS_LOG2);
  #slotsLog2 = INITIAL_SLOTS_LOG2;
  #used = 0;
  /** The slot at which the last `find` ended. */
  #slot = 0;
  /** Keeps the compiler from removing the loop that only touches memory. */
  readonly #touched = new Int32Array(1);

  /** `pieces` computes the keys of all words. */
  constructor(store: WordStore, pieces: Pieces) {
    this.#store = store;
    this.#pieces = pieces;
  }

  get memoryBytes(): number {
    return this.#slots.byteLength;
  }

  /** Id of the word `bytes[start..end)`, -1 if it is not in the table. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const pieces = this.#pieces;
    const wordAt = pieces.prepareWord(bytes, start, end);
    const { keys, capacity } = pieces;
    const key = capacity << SLOT_LOG2;
    const slots = this.#slots;
    const wrap = slots.length - 1;
    let slot = this.#home(pieces.hashes[capacity]);
    while (true) {
      const tag = slots[slot + TAG];
      if (tag === 0) break;
      const isSameKey = slots[slot + LOW] === keys[key + LOW] &&
        slots[slot + MIDDLE] === keys[key + MIDDLE] &&
        slots[slot + HIGH] === keys[key + HIGH] && (tag & LENGTH_MASK) === keys[key + TAG];
      if (isSameKey) {
        const id = tag >>> ID_SHIFT;
        const isInline = keys[key + TAG] !== LONG;
        if (isInline || this.#store.equals(id, pieces.view, wordAt, end - start)) return id;
      }
      slot = (slot + SLOT) & wrap;
    }
    this.#slot = slot;
    return -1;
  }

  /** Adds the word that the last `find` did not find, also to the store; returns its id. */
  addMissing(bytes: Uint8Array, start: number, end: number): number {
    const { keys, hashes, capacity } = this.#pieces;
    const id = this.#store.add(bytes, start, end, hashes[capacity]);
    const key = capacity << SLOT_LOG2;
    const slot = this.#slot;
    this.#slots[slot + LOW] = keys[key + LOW];
    this.#slots[slot + MIDDLE] = keys[key + MIDDLE];
    this.#slots[slot + HIGH] = keys[key + HIGH];
    this.#slots[slot + TAG] = keys[key + TAG] | id << ID_SHIFT;
    this.#used++;
    if (this.#used * SLOTS_PER_WORD > 1 << this.#slotsLog2) this.#resize(this.#slotsLog2 + 1);
    return id;
  }

  /** Removes a word that is in the slots and still in the store. */
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

  /** Writes the id of each piece that is a settled word, else -1, to `ids` from `at` on; returns how many were found. */
  findSettled({ keys, hashes, starts, view, count }: Pieces, ids: Int32Array, at: number): number {
    const store = this.#store;
    const slots = this.#slots;
    const wrap = slots.length - 1;
    const shift = 32 - this.#slotsLog2;
    // A processor overlaps memory accesses only where none depends on another, so touch all slots first.
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

  /** The slot at which the search for a hash begins. */
  #home(hash: number): number {
    return (hash >>> (32 - this.#slotsLog2)) << SLOT_LOG2;
  }

  #slotOf(id: number): number {
    const slots = this.#slots;
    const wrap = slots.length - 1;
    let slot = this.#home(this.#store.hash(id));
    while (slots[slot + TAG] >>> ID_SHIFT !== id) slot = (slot + SLOT) & wrap;
    return slot;
  }

  /** Empties a slot and moves up words that were displaced past it, so that no search ends at the gap. */
  #vacate(vacant: number): void {
    const slots = this.#slots;
    const wrap = slots.length - 1;
    let gap = vacant;
    let slot = vacant;
    while (true) {
      slot = (slot + SLOT) & wrap;
      if (slots[slot + TAG] === 0) break;
      const home = this.#home(this.#store.hash(slots[slot + TAG] >>> ID_SHIFT));
      if (((slot - home) & wrap) < ((slot - gap) & wrap)) continue;
      slots.copyWithin(gap, slot, slot + SLOT);
      gap = slot;
    }
    slots.fill(0, gap, gap + SLOT);
  }

  /**
   * Moves all words to a table of another size, in the order of their slots. Their order there is nearly the same, so the
   * pass through memory is sequential. Early words, which are frequent ones, keep the slots near their home.
   */
  #resize(slotsLog2: number): void {
    const from = this.#slots;
    const to = new Int32Array(SLOT << slotsLog2);
    const wrap = to.length - 1;
    this.#slots = to;
    this.#slotsLog2 = slotsLog2;
    for (let old = 0; old < from.length; old += SLOT) {
      if (from[old + TAG] === 0) continue;
      let slot = this.#home(this.#store.hash(from[old + TAG] >>> ID_SHIFT));
      while (to[slot + TAG] !== 0) slot = (slot + SLOT) & wrap;
      for (let i = 0; i < SLOT; i++) to[slot + i] = from[old + i];
    }
  }
}
