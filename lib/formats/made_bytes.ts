// MadeBytes is a buffer of texts that a record does not hold in the form that is needed: decoded strings, printed numbers,
// and texts after a replacement.

/** Below this many bytes a loop is faster than a call. */
const LOOP_BYTES = 64;
const INITIAL_BYTES = 4096;
/** A larger buffer is dropped when it is emptied. */
const MAX_KEPT_BYTES = 1 << 20;
/** The longest safe integer with its sign. */
const MAX_INTEGER_BYTES = 17;
const ZERO = 0x30;
const MINUS = 0x2d;
/** The most bytes of UTF-8 that one UTF-16 unit takes. */
const MAX_BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

export class MadeBytes {
  /** Adding may replace the array by a larger one. */
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  /** The end of what has been added. */
  end = 0;

  clear(): void {
    this.end = 0;
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = new Uint8Array(INITIAL_BYTES);
  }

  addText(text: string): void {
    this.reserve(text.length * MAX_BYTES_PER_UNIT);
    this.end += encoder.encodeInto(text, this.bytes.subarray(this.end)).written;
  }

  /** Adds the digits of a safe integer. */
  addInteger(integer: number): void {
    this.reserve(MAX_INTEGER_BYTES);
    const { bytes } = this;
    let rest = Math.abs(integer);
    if (integer < 0) bytes[this.end++] = MINUS;
    let length = 1;
    for (let power = 10; rest >= power; power *= 10) length++;
    this.end += length;
    for (let at = this.end - 1; length > 0; at--, length--) {
      const quotient = Math.floor(rest / 10);
      bytes[at] = ZERO + (rest - quotient * 10);
      rest = quotient;
    }
  }

  /** Adds `bytes[start..end)`, which may be its own bytes. */
  addBytes(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const to = this.end;
    if (length > LOOP_BYTES) this.bytes.set(bytes.subarray(start, end), to);
    else for (let i = 0; i < length; i++) this.bytes[to + i] = bytes[start + i];
    this.end += length;
  }

  /** Makes room for more bytes after the end. */
  reserve(more: number): void {
    const needed = this.end + more;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(needed * 2);
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
  }
}
