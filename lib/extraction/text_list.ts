// TextList holds the texts of a run of records, in the order of the records, each with the row of its record. A text stands
// in the record or, if it had to be made, in the made bytes.

import { MadeBytes } from "../formats/made_bytes.ts";
import { TextSpans } from "./text_spans.ts";

/** A made text has a start from -1 on downwards: -1 - start in the made bytes. */
export class TextList {
  readonly made: MadeBytes = new MadeBytes();
  readonly #spans = new TextSpans();
  #hasMade = false;

  get count(): number {
    return this.#spans.count;
  }

  /** The texts as they are, where all of them stand in the records; otherwise undefined. */
  get inPlace(): TextSpans | undefined {
    return this.#hasMade ? undefined : this.#spans;
  }

  /** Removes all texts; the next ones are those of records in `bytes`. */
  reset(bytes: Uint8Array): void {
    this.#spans.reset(bytes);
    this.made.clear();
    this.#hasMade = false;
  }

  row(index: number): number {
    return this.#spans.rows[index];
  }

  isMade(index: number): boolean {
    return this.#spans.starts[index] < 0;
  }

  /** The array that `start` and `end` refer to. */
  bytes(index: number): Uint8Array {
    return this.isMade(index) ? this.made.bytes : this.#spans.bytes;
  }

  start(index: number): number {
    const start = this.#spans.starts[index];
    return start < 0 ? -1 - start : start;
  }

  end(index: number): number {
    return this.#spans.ends[index];
  }

  /** Appends a text that stands in its record. */
  push(row: number, start: number, end: number): void {
    this.#spans.push(row, start, end);
  }

  /** Appends the text that ends at the end of the made bytes. */
  pushMade(row: number, start: number): void {
    this.#spans.push(row, -1 - start, this.made.end);
    this.#hasMade = true;
  }

  /** Replaces a text by the one that ends at the end of the made bytes. */
  replace(index: number, start: number): void {
    this.#spans.starts[index] = -1 - start;
    this.#spans.ends[index] = this.made.end;
    this.#hasMade = true;
  }
}
