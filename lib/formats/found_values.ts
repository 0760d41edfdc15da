// FoundValues holds what paths lead to in a block of records: one cell for each record and path. A cell has numbers, not
// an object, and a text or a number stays where it stands in the record if it can. The same cells serve every format.

import { MadeBytes } from "./made_bytes.ts";

/**
 * The kinds of a cell. `text` is UTF-8, `number` a number as JSON writes it. `composite` is an object, or an array whose
 * elements are not wanted; `list` has several values: the elements of an array, or what a path with several selectors
 * leads to.
 */
export const VALUE = {
  nothing: 0,
  text: 1,
  number: 2,
  true: 3,
  false: 4,
  null: 5,
  composite: 6,
  list: 7,
} as const;

export type ValueKind = typeof VALUE[keyof typeof VALUE];

const INITIAL_CELLS = 256;
const MAX_KEPT_CELLS = 1 << 16;

export class FoundValues {
  /** The number of paths. */
  readonly width: number;
  readonly #made = new MadeBytes();
  #bytes = new Uint8Array(0);
  #kinds = new Uint8Array(INITIAL_CELLS);
  /** Texts and numbers that are not in the records have a start from -1 on downwards: -1 - start in the made bytes. */
  #starts = new Int32Array(INITIAL_CELLS);
  #ends = new Int32Array(INITIAL_CELLS);
  readonly #lists = new Map<number, readonly unknown[]>();

  constructor(width: number) {
    this.width = width;
  }

  /** Forgets all values; the next ones are those of `rows` records in `bytes`. */
  reset(bytes: Uint8Array, rows: number): void {
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#made.clear();
    if (this.#lists.size > 0) this.#lists.clear();
    const cells = rows * this.width;
    const length = this.#kinds.length;
    if (cells > length || length > MAX_KEPT_CELLS) {
      const size = Math.max(cells, INITIAL_CELLS);
      this.#kinds = new Uint8Array(size);
      this.#starts = new Int32Array(size);
      this.#ends = new Int32Array(size);
    }
  }

  /** One of VALUE. */
  kind(row: number, path: number): number {
    return this.#kinds[row * this.width + path];
  }

  /** For a text or a number: whether it stands in the record. */
  isInPlace(row: number, path: number): boolean {
    return this.#starts[row * this.width + path] >= 0;
  }

  start(row: number, path: number): number {
    const start = this.#starts[row * this.width + path];
    return start < 0 ? -1 - start : start;
  }

  end(row: number, path: number): number {
    return this.#ends[row * this.width + path];
  }

  /** The array that `start` and `end` of a text or a number refer to. */
  bytes(row: number, path: number): Uint8Array {
    return this.#starts[row * this.width + path] < 0 ? this.#made.bytes : this.#bytes;
  }

  /** The values of a `list`: strings, numbers, true, false, null, and composites of no further use. */
  list(row: number, path: number): readonly unknown[] {
    return this.#lists.get(row * this.width + path) ?? [];
  }

  /** Sets a cell without text, number or list. */
  set(row: number, path: number, kind: ValueKind): void {
    this.#kinds[row * this.width + path] = kind;
  }

  /** Sets a text or a number that stands in the record. */
  setPlace(row: number, path: number, kind: ValueKind, start: number, end: number): void {
    const cell = row * this.width + path;
    this.#kinds[cell] = kind;
    this.#starts[cell] = start;
    this.#ends[cell] = end;
  }

  /** Sets a text or a number that does not stand in the record. */
  setMade(row: number, path: number, kind: ValueKind, text: string): void {
    const cell = row * this.width + path;
    this.#kinds[cell] = kind;
    this.#starts[cell] = -1 - this.#made.end;
    this.#made.addText(text);
    this.#ends[cell] = this.#made.end;
  }

  /** Sets a number that is a safe integer. */
  setInteger(row: number, path: number, integer: number): void {
    const cell = row * this.width + path;
    this.#kinds[cell] = VALUE.number;
    this.#starts[cell] = -1 - this.#made.end;
    this.#made.addInteger(integer);
    this.#ends[cell] = this.#made.end;
  }

  setList(row: number, path: number, values: readonly unknown[]): void {
    const cell = row * this.width + path;
    this.#kinds[cell] = VALUE.list;
    this.#lists.set(cell, values);
  }
}
