// Writes numbers and texts as bytes, one after the other. ByteReader reads them.

const MAX_VARINT_BYTES = 8;

const encoder = new TextEncoder();

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  /** Grows beyond `capacity` where it has to. */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** The bytes written so far. */
  get length(): number {
    return this.#at;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  /** A whole number from 0 to 2^53 - 1: seven bits a byte, the lowest first. */
  varint(value: number): void {
    if (this.#at + MAX_VARINT_BYTES > this.#bytes.length) this.#reserve(MAX_VARINT_BYTES);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 128;
    this.#bytes[this.#at++] = rest;
  }

  /** As `varint`, for each of the numbers from index `from` on and below `end`. */
  varints(numbers: ArrayLike<number>, from: number, end: number): void {
    let bytes = this.#bytes;
    let at = this.#at;
    for (let i = from; i < end; i++) {
      if (at + MAX_VARINT_BYTES > bytes.length) {
        this.#at = at;
        this.#reserve(MAX_VARINT_BYTES);
        bytes = this.#bytes;
      }
      const number = numbers[i];
      // Most numbers take one byte; the division below would make all of them floating-point numbers.
      if (number < 128) {
        bytes[at++] = number;
        continue;
      }
      let rest = number;
      for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
      bytes[at++] = rest;
    }
    this.#at = at;
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(value: number): void {
    this.#reserve(4);
    this.#at += 4;
    this.replaceUint32(this.#at - 4, value);
  }

  float64(value: number): void {
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#at, value);
    this.#at += 8;
  }

  bytes(bytes: Uint8Array): void {
    this.room(bytes.length).set(bytes);
  }

  /** The length in bytes, then UTF-8. */
  text(text: string): void {
    const bytes = encoder.encode(text);
    this.varint(bytes.length);
    this.bytes(bytes);
  }

  /** Room for the next `length` bytes, which the caller fills before it writes more. */
  room(length: number): Uint8Array {
    this.#reserve(length);
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** Replaces the byte at `index`, which is written. */
  replaceUint8(index: number, value: number): void {
    this.#bytes[index] = value;
  }

  /** Replaces the four bytes from `index` on, which are written. */
  replaceUint32(index: number, value: number): void {
    new DataView(this.#bytes.buffer).setUint32(index, value);
  }

  /** Returns a copy of the bytes written, and begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const written = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return written;
  }

  #reserve(length: number): void {
    const needed = this.#at + length;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}

/** The bytes of a number that `varint` writes. */
export function varintBytes(value: number): number {
  if (value < 128) return 1;
  let bytes = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
