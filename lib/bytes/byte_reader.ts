// Reads what ByteWriter has written. The bytes are untrusted: every read is checked, and no length is believed before as
// many bytes are there.

const MAX_SAFE_DIGITS = 8;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes are not what the reader expects. */
export class ByteFormatError extends Error {
  override readonly name = "ByteFormatError";
}

/** All methods throw a ByteFormatError where the bytes do not fit. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Index of the next byte. */
  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  uint8(): number {
    return this.#bytes[this.skip(1)];
  }

  /** A whole number from 0 to 2^53 - 1, at most eight bytes long. */
  varint(): number {
    // Most numbers take one byte. Beyond the end it is undefined, and the comparison fails.
    const first = this.#bytes[this.#at];
    if (first < 128) {
      this.#at++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let digits = 1; digits <= MAX_SAFE_DIGITS; digits++) {
      const byte = this.uint8();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw new ByteFormatError(`a number ends before byte ${this.#at}, wanted at most 2^53 - 1`);
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4));
  }

  float64(): number {
    return this.#view.getFloat64(this.skip(8));
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const start = this.skip(length);
    return this.#bytes.subarray(start, this.#at);
  }

  text(maxBytes: number): string {
    const length = this.varint();
    if (length > maxBytes) {
      throw new ByteFormatError(`a text has ${length} bytes, wanted at most ${maxBytes}`);
    }
    const bytes = this.bytes(length);
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new ByteFormatError(`the text before byte ${this.#at} is not UTF-8`, { cause });
    }
  }

  /** The number of elements that follow, each of at least `elementBytes`. */
  count(elementBytes: number): number {
    const count = this.varint();
    if (count * elementBytes > this.left) {
      throw new ByteFormatError(`${this.left} bytes are left, wanted ${count} elements`);
    }
    return count;
  }

  /** Passes over bytes; returns the index of the first of them. */
  skip(length: number): number {
    const start = this.#at;
    if (length > this.left) throw new ByteFormatError(`${this.left} bytes are left, wanted ${length}`);
    this.#at = start + length;
    return start;
  }
}
