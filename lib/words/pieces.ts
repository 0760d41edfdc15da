// Pieces of texts on their way to the word table, a few hundred at a time: what one loop does to all of them before the
// next loop begins keeps several memory accesses under way at once. The texts are copied to where WebAssembly, made of
// pieces.as, cuts them and makes the keys and hashes by which words are found.

import { piecesWasm } from "./pieces_wasm.ts";

/** No word has more; its hash is of all its bytes, and they are copied first. */
export const MAX_WORD_BYTES = 65_536;

/** Texts are copied together as long as there are no more bytes than that, so that they stay in a near cache. */
const MAX_RUN_BYTES = 65_536;
/** Texts that lie further apart are copied one by one. */
const MAX_GAP_BYTES = 64;
/** Below so many bytes a loop is faster than a call. */
const LOOP_BYTES = 32;
/** Sixteen bytes are read at a time, the last of them perhaps beyond what there is. */
const SLACK_BYTES = 16;
const PAGE_BYTES = 65_536;
/** A UTF-16 unit becomes at most so many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

const KEY_NUMBERS = 4;

const encoder = new TextEncoder();

/** Addresses, but for the first two: as pieces.as exports them. Read once: a look at an exported number takes 100 ns. */
const NUMBERS = [
  "CAPACITY",
  "MAX_TEXTS",
  "HASH_KEY",
  "SEPARATOR",
  "STARTS",
  "ENDS",
  "HASHES",
  "KEYS",
  "TEXT_STARTS",
  "TEXT_ENDS",
  "WORD",
  "TEXTS",
] as const;

type Numbers = Readonly<Record<typeof NUMBERS[number], number>>;

interface Exports extends Readonly<Record<keyof Numbers, { readonly value: number }>> {
  readonly memory: WebAssembly.Memory;
  rewind(): void;
  split(texts: number, separatorBytes: number): number;
  done(texts: number): number;
  prepare(count: number, trim: number): number;
  prepareWord(length: number): void;
}

/** Texts, some of them in one buffer: the bytes `[starts[i], ends[i])`, a start of -1 standing for none. */
export interface TextPlaces {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Up to `capacity` pieces: `bytes[starts[i]..ends[i])` for i below `count`. */
export class Pieces {
  readonly capacity: number;
  count = 0;
  /** What the pieces lie in. This and all that follows are other arrays once there are larger texts. */
  bytes!: Uint8Array;
  /** Of `bytes`. */
  view!: DataView;
  starts!: Int32Array;
  ends!: Int32Array;
  /** Four numbers each, WordSlots says which: those of the pieces, then that of the word last prepared. */
  keys!: Int32Array;
  /** Beside the keys. The hash is keyed with random numbers; its upper bits are the good ones. */
  hashes!: Int32Array;
  /** Where the texts last loaded lie, less than 0 for those that are none. */
  textStarts!: Int32Array;
  textEnds!: Int32Array;
  readonly #exports: Exports;
  readonly #numbers: Numbers;
  /** How many texts are being split. */
  #texts = 0;

  constructor() {
    const exports = instantiate();
    this.#exports = exports;
    this.#numbers = Object.fromEntries(NUMBERS.map((name) => [name, exports[name].value])) as Numbers;
    this.capacity = this.#numbers.CAPACITY;
    crypto.getRandomValues(new BigInt64Array(exports.memory.buffer, this.#numbers.HASH_KEY, 3));
    this.#attach();
  }

  /** Takes texts from `from` on, at least one and none from `to` on; returns the first that was not taken. */
  load({ bytes, starts, ends }: TextPlaces, from: number, to: number): number {
    const { TEXTS, MAX_TEXTS } = this.#numbers;
    const limit = Math.min(to, from + MAX_TEXTS);
    let start = -1;
    let end = -1;
    let index = from;
    for (; index < limit; index++) {
      const textStart = starts[index];
      if (textStart < 0) {
        this.textStarts[index - from] = -1;
        continue;
      }
      if (start < 0) start = textStart;
      else if (textStart < end || textStart > end + MAX_GAP_BYTES || ends[index] > start + MAX_RUN_BYTES) {
        break;
      }
      end = ends[index];
      this.textStarts[index - from] = TEXTS + textStart - start;
      this.textEnds[index - from] = TEXTS + end - start;
    }
    this.#reserve(end - start);
    if (end > start) this.bytes.set(bytes.subarray(start, end), TEXTS);
    this.count = 0;
    this.#texts = index - from;
    this.#exports.rewind();
    return index;
  }

  /** Makes the next pieces of the texts, cut at the separator, these pieces; false when there are no more. */
  split(separator: Uint8Array): boolean {
    if (this.#exports.done(this.#texts) !== 0) return false;
    this.bytes.set(separator, this.#numbers.SEPARATOR);
    this.count = this.#exports.split(this.#texts, separator.length);
    return true;
  }

  /** Takes a text of which pieces are to be added by `add`; returns where in `bytes` it begins, as UTF-8. */
  loadText(text: string): number {
    const { TEXTS } = this.#numbers;
    this.#reserve(text.length * MAX_BYTES_PER_UNIT);
    encoder.encodeInto(text, this.bytes.subarray(TEXTS));
    this.count = 0;
    return TEXTS;
  }

  /** Adds a piece; there must be room. */
  add(start: number, end: number): void {
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  /**
   * Makes the keys and hashes of the pieces, and drops the empty ones; with `trim` white space around a piece is not part
   * of it, as far as it is ASCII.
   */
  prepare(trim: boolean): void {
    this.count = this.#exports.prepare(this.count, trim ? 1 : 0);
  }

  /**
   * Makes the key and the hash of the word `bytes[start..end)`, at most MAX_WORD_BYTES, at index `capacity`; returns
   * where in `bytes` its copy lies.
   */
  prepareWord(bytes: Uint8Array, start: number, end: number): number {
    const to = this.#numbers.WORD;
    const length = end - start;
    if (length > LOOP_BYTES) this.bytes.set(bytes.subarray(start, end), to);
    else for (let i = 0; i < length; i++) this.bytes[to + i] = bytes[start + i];
    this.#exports.prepareWord(length);
    return to;
  }

  /** Makes room for texts of so many bytes. It stays: the largest text is bounded by whoever takes records. */
  #reserve(textBytes: number): void {
    const { memory } = this.#exports;
    const missing = this.#numbers.TEXTS + textBytes + SLACK_BYTES - memory.buffer.byteLength;
    if (missing <= 0) return;
    memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#attach();
  }

  #attach(): void {
    const { buffer } = this.#exports.memory;
    const { STARTS, ENDS, KEYS, HASHES, TEXT_STARTS, TEXT_ENDS, MAX_TEXTS } = this.#numbers;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.starts = new Int32Array(buffer, STARTS, this.capacity);
    this.ends = new Int32Array(buffer, ENDS, this.capacity);
    this.keys = new Int32Array(buffer, KEYS, (this.capacity + 1) * KEY_NUMBERS);
    this.hashes = new Int32Array(buffer, HASHES, this.capacity + 1);
    this.textStarts = new Int32Array(buffer, TEXT_STARTS, MAX_TEXTS);
    this.textEnds = new Int32Array(buffer, TEXT_ENDS, MAX_TEXTS);
  }
}

let shared: Pieces | undefined;

/** The pieces of whoever works: there is one for all, as nothing in it outlives a call. */
export function sharedPieces(): Pieces {
  return shared ??= new Pieces();
}

let module: WebAssembly.Module | undefined;

function instantiate(): Exports {
  module ??= new WebAssembly.Module(
    Uint8Array.from(atob(piecesWasm), (character) => character.charCodeAt(0)),
  );
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}
