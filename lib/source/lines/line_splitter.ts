// Splits chunks of bytes into lines, which may span several chunks.

import type { Texts } from "../../records/text_batch.ts";

const LINE_FEED = 0x0a;
const INITIAL_LINES = 256;

/** Lines without their `\n`; a start of -1 stands for a line that was too long. */
export interface Lines extends Texts {
  readonly tooLong: number;
}

const NO_LINES: Lines = {
  bytes: new Uint8Array(0),
  starts: new Int32Array(0),
  ends: new Int32Array(0),
  count: 0,
  tooLong: 0,
};

/** `\n` ends a line; a `\r` before it belongs to the line. A line of more than `maxLineBytes` is not kept in memory. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  /** The start of a line whose end is not here yet. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that end in `chunk`. The result may point into it. */
  split(chunk: Uint8Array): Lines {
    if (!chunk.includes(LINE_FEED)) {
      this.#keep(chunk.slice());
      return NO_LINES;
    }
    const { bytes, isTooLong } = this.#join(chunk);
    const { lines, restStart } = splitWhole(bytes, { isTooLong, maxLineBytes: this.#maxLineBytes });
    this.drop();
    this.#keep(bytes.slice(restStart));
    return lines;
  }

  /** The last line, if it has no `\n`. */
  finish(): Lines {
    return this.#partBytes === 0 ? NO_LINES : this.split(Uint8Array.of(LINE_FEED));
  }

  /** Drops the unfinished line, and returns its length in bytes. */
  drop(): number {
    const bytes = this.#partBytes;
    this.#parts = [];
    this.#partBytes = 0;
    return bytes;
  }

  #keep(part: Uint8Array): void {
    this.#partBytes += part.length;
    if (this.#partBytes > this.#maxLineBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  /** The unfinished line and the chunk. `isTooLong`: the first line is too long, and its start is gone. */
  #join(chunk: Uint8Array): { bytes: Uint8Array; isTooLong: boolean } {
    const isTooLong = this.#partBytes > this.#maxLineBytes;
    if (this.#parts.length === 0) return { bytes: chunk, isTooLong };
    const bytes = new Uint8Array(this.#partBytes + chunk.length);
    let end = 0;
    for (const part of [...this.#parts, chunk]) {
      bytes.set(part, end);
      end += part.length;
    }
    return { bytes, isTooLong };
  }
}

/** `restStart`: the start of the unfinished line. */
function splitWhole(
  bytes: Uint8Array,
  { isTooLong, maxLineBytes }: { isTooLong: boolean; maxLineBytes: number },
): { lines: Lines; restStart: number } {
  const initialLines = Math.min(INITIAL_LINES, bytes.length);
  let starts = new Int32Array(initialLines);
  let ends = new Int32Array(initialLines);
  let count = 0;
  let tooLong = 0;
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    if (count === starts.length) {
      starts = doubled(starts);
      ends = doubled(ends);
    }
    const isKept = end - start <= maxLineBytes && !(isTooLong && count === 0);
    if (!isKept) tooLong++;
    starts[count] = isKept ? start : -1;
    ends[count++] = isKept ? end : -1;
    start = end + 1;
  }
  return { lines: { bytes, starts, ends, count, tooLong }, restStart: start };
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
