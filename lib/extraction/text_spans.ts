// TextSpans is a group of texts in one buffer, in the form that the tokenizer takes.

import type { TextRange } from "../words/pieces.ts";

const INITIAL_TEXTS = 256;
/** Larger arrays are dropped when they are emptied. */
const MAX_KEPT_TEXTS = 1 << 17;

/** Text i is `bytes[starts[i]..ends[i])` for i below `count`, of the record in row `rows[i]`. */
export class TextSpans {
  bytes: Uint8Array = new Uint8Array(0);
  starts: Int32Array = new Int32Array(INITIAL_TEXTS);
  ends: Int32Array = new Int32Array(INITIAL_TEXTS);
  rows: Int32Array = new Int32Array(INITIAL_TEXTS);
  count = 0;

  get range(): TextRange {
    return { bytes: this.bytes, starts: this.starts, ends: this.ends, from: 0, to: this.count };
  }

  /** Removes all texts; the next ones stand in `bytes`. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.count = 0;
    if (this.starts.length > MAX_KEPT_TEXTS) this.#resize(INITIAL_TEXTS);
  }

  push(row: number, start: number, end: number): void {
    if (this.count === this.starts.length) this.#resize(this.count * 2);
    this.rows[this.count] = row;
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  #resize(length: number): void {
    const [starts, ends, rows] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)];
    if (this.count <= length) {
      starts.set(this.starts.subarray(0, this.count));
      ends.set(this.ends.subarray(0, this.count));
      rows.set(this.rows.subarray(0, this.count));
    }
    this.starts = starts;
    this.ends = ends;
    this.rows = rows;
  }
}
