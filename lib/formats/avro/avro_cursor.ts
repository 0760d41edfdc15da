// Reads the primitives of Avro's binary encoding from a place in a buffer that holds other records, too: nothing is read
// at or after the end of the value.

/** Thrown where bytes are no value of their schema. One object serves for all, since a stack trace for each record is expensive. */
export const MALFORMED = new SyntaxError("the bytes are no value of the schema");

/** Records, arrays, maps and unions within each other. */
const MAX_DEPTH = 256;
/** Values without any byte, such as nulls: the items of all arrays, and the fields of records that are made as a whole. */
const MAX_EMPTY_VALUES = 65_536;
const INT_BYTES = 5;
const LONG_BYTES = 10;
/** The last byte of the longest int has four bits of the number, and that of the longest long has one bit. */
const LAST_OF_INT = 0x0f;
const LAST_OF_LONG = 0x01;
const CONTINUES = 0x80;
const UNKNOWN = -1;
const LOW_BYTES = 4;
const HALF_OF_LOW = 2 ** 27;

export class AvroCursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** The values without any byte so far. A value that is read again begins with the number before it. */
  emptyValues = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the block read last must end; -1 if its size is unknown. */
  blockEnd: number = UNKNOWN;
  #depth = 0;

  /** Begins a value in `bytes[start..end)`. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.at = start;
    this.end = end;
    this.#depth = 0;
    this.emptyValues = 0;
  }

  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw MALFORMED;
  }

  leave(): void {
    this.#depth--;
  }

  skip(size: number): void {
    if (size > this.end - this.at) throw MALFORMED;
    this.at += size;
  }

  skipInt(): void {
    this.#skipNumber(INT_BYTES, LAST_OF_INT);
  }

  skipLong(): void {
    this.#skipNumber(LONG_BYTES, LAST_OF_LONG);
  }

  /** A string, or bytes. */
  skipPrefixed(): void {
    this.skip(this.readLength());
  }

  readInt(): number {
    const start = this.at;
    const value = this.readLong();
    if (
      this.at - start >= INT_BYTES && (this.at - start > INT_BYTES || this.bytes[this.at - 1] > LAST_OF_INT)
    ) {
      throw MALFORMED;
    }
    return value;
  }

  /** Exact if it is a safe integer; otherwise `readBigLong` reads it. */
  readLong(): number {
    const { bytes, end } = this;
    let at = this.at;
    if (at >= end) throw MALFORMED;
    let byte = bytes[at++];
    if (byte < CONTINUES) {
      this.at = at;
      return byte >>> 1 ^ -(byte & 1);
    }
    let low = byte & ~CONTINUES;
    let high = 0;
    let count = 1;
    let factor = 1;
    do {
      if (at >= end) throw MALFORMED;
      byte = bytes[at++];
      if (count < LOW_BYTES) low |= (byte & ~CONTINUES) << 7 * count;
      else {
        high += (byte & ~CONTINUES) * factor;
        factor *= CONTINUES;
      }
      count++;
      if (count === LONG_BYTES && byte > LAST_OF_LONG) throw MALFORMED;
    } while (byte >= CONTINUES);
    this.at = at;
    const value = high * HALF_OF_LOW + (low >>> 1);
    return (low & 1) === 0 ? value : -value - 1;
  }

  /** Reads the long that begins at `start`, and ends where the cursor is. */
  bigLongFrom(start: number): bigint {
    let value = 0n;
    for (let i = this.at - 1; i >= start; i--) value = value << 7n | BigInt(this.bytes[i] & ~CONTINUES);
    return value >> 1n ^ -(value & 1n);
  }

  /** The length of what follows: at most up to the end of the value. */
  readLength(): number {
    const length = this.readLong();
    if (!(length >= 0 && length <= this.end - this.at)) throw MALFORMED;
    return length;
  }

  /** The number of a symbol or a branch, below `count`. */
  readIndex(count: number): number {
    const index = this.readLong();
    if (!(index >= 0 && index < count)) throw MALFORMED;
    return index;
  }

  readFloat(): number {
    this.skip(4);
    return this.#view.getFloat32(this.at - 4, true);
  }

  readDouble(): number {
    this.skip(8);
    return this.#view.getFloat64(this.at - 8, true);
  }

  /**
   * The number of items in the next block of an array or a map; 0 after the last block. An item has at least `minSize`
   * bytes. `endBlock` follows the items.
   */
  readBlock(minSize: number): number {
    let count = this.readLong();
    this.blockEnd = UNKNOWN;
    if (count === 0) return 0;
    // A negative count stands before the number of bytes of the block.
    if (count < 0) {
      count = -count;
      const length = this.readLength();
      this.blockEnd = this.at + length;
    }
    if (minSize > 0) {
      if (count > (this.end - this.at) / minSize) throw MALFORMED;
    } else this.countEmpty(count);
    return count;
  }

  /** Counts more values that take no byte. Without a limit, a few bytes could take a time without end. */
  countEmpty(count: number): void {
    this.emptyValues += count;
    if (this.emptyValues > MAX_EMPTY_VALUES) throw MALFORMED;
  }

  /** Checks that the items of a block end where its size says: at `blockEnd`. */
  endBlock(blockEnd: number): void {
    if (blockEnd !== UNKNOWN && this.at !== blockEnd) throw MALFORMED;
  }

  #skipNumber(maxBytes: number, last: number): void {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    let byte;
    do {
      if (at >= end) throw MALFORMED;
      byte = bytes[at++];
      if (at - start === maxBytes && byte > last) throw MALFORMED;
    } while (byte >= CONTINUES);
    this.at = at;
  }
}
