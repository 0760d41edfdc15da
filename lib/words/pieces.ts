// Pieces holds a batch of a few hundred pieces: the parts of texts that are looked up in the WordTable. Each step runs
// over the whole batch before the next step begins, so that several memory accesses are under way at once. The texts
// are copied into the memory of pieces.as, which cuts them and computes the keys and hashes that find words.

import { piecesWasm } from "./pieces_wasm.ts";

/** The longest word. Its hash covers all its bytes, which are copied first. */
export const MAX_WORD_BYTES = 65_536;

/** Texts are copied together up to this many bytes, so that they stay in a near cache. */
const MAX_RUN_BYTES = 65_536;
/** Texts with a larger gap between them are copied separately. */
const MAX_GAP_BYTES = 64;
/** Below this many bytes a loop is faster than a call. */
const LOOP_BYTES = 32;
/** WebAssembly reads sixteen bytes at a time and may read beyond the end. */
const SLACK_BYTES = 16;
const PAGE_BYTES = 65_536;
/** The most bytes of UTF-8 that one UTF-16 unit takes. */
const MAX_BYTES_PER_UNIT = 3;

const KEY_NUMBERS = 4;

const encoder = new TextEncoder();

/** Addresses that pieces.as exports; the first two are counts. They are read once: reading an export takes 100 ns. */
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

/** Text i is `bytes[starts[i]..ends[i])`; a start of -1 stands for null. */
export interface TextPlaces {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** The texts from index `from` on and below `to`. */
export interface TextRange extends TextPlaces {
  readonly from: number;
  readonly to: number;
}

/** Up to `capacity` pieces. Piece i is `bytes[starts[i]..ends[i])` for i below `count`. */
export class Pieces {
  readonly capacity: number;
  count = 0;
  /** The memory that holds the pieces. Larger texts replace this array and all arrays below. */
  bytes!: Uint8Array;
  /** A view of `bytes`. */
  view!: DataView;
  starts!: Int32Array;
  ends!: Int32Array;
  /** Four numbers per piece, in the format of WordSlots; then those of the word last prepared. */
  keys!: Int32Array;
  /** One hash per key. Random numbers key the hash; its upper bits are the good ones. */
  hashes!: Int32Array;
  /** Where the texts last loaded begin, negative for null texts. */
  textStarts!: Int32Array;
  textEnds!: Int32Array;
  readonly #exports: Exports;
  readonly #numbers: Numbers;
  #texts = 0;

  constructor() {
    const exports = instantiate();
    this.#exports = exports;
    this.#numbers = Object.fromEntries(NUMBERS.map((name) => [name, exports[name].value])) as Numbers;
    this.capacity = this.#numbers.CAPACITY;
    crypto.getRandomValues(new BigInt64Array(exports.memory.buffer, this.#numbers.HASH_KEY, 3));
    this.#attach();
  }

  /** Loads texts from index `from` on, at least one and none from `to` on; returns the first index not loaded. */
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

  /** Cuts the loaded texts at the separator and makes the next batch; false when no pieces are left. */
  split(separator: Uint8Array): boolean {
    if (this.#exports.done(this.#texts) !== 0) return false;
    this.bytes.set(separator, this.#numbers.SEPARATOR);
    this.count = this.#exports.split(this.#texts, separator.length);
    return true;
  }

  /** Loads one text as UTF-8, whose pieces the caller adds by `add`; returns where in `bytes` it begins. */
  loadText(text: string): number {
    const { TEXTS } = this.#numbers;
    this.#reserve(text.length * MAX_BYTES_PER_UNIT);
    const { written } = encoder.encodeInto(text, this.bytes.subarray(TEXTS));
    this.textStarts[0] = TEXTS;
    this.textEnds[0] = TEXTS + written;
    this.count = 0;
    return TEXTS;
  }

  /** Adds a piece. The caller checks that there is room. */
  add(start: number, end: number): void {
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  /** Computes keys and hashes and drops empty pieces. With `trim` it first removes ASCII white space around each piece. */
  prepare(trim: boolean): void {
    this.count = this.#exports.prepare(this.count, trim ? 1 : 0);
  }

  /**
   * Computes the key and the hash of the word `bytes[start..end)`, at most MAX_WORD_BYTES long, at index `capacity`;
   * returns where in `bytes` its copy lies.
   */
  prepareWord(bytes: Uint8Array, start: number, end: number): number {
    const to = this.#numbers.WORD;
    const length = end - start;
    if (length > LOOP_BYTES) this.bytes.set(bytes.subarray(start, end), to);
    else for (let i = 0; i < length; i++) this.bytes[to + i] = bytes[start + i];
    this.#exports.prepareWord(length);
    return to;
  }

  /** Makes room for `textBytes` of text. The room is kept: the source bounds the size of a record. */
  #reserve(textBytes: number): void {
    const missing = this.#numbers.TEXTS + textBytes + SLACK_BYTES - this.bytes.length;
    if (missing <= 0) return;
    this.#exports.memory.grow(Math.ceil(missing / PAGE_BYTES));
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

/** The one instance that all tables share: nothing in it outlives a call. */
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
