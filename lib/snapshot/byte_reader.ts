// Reads the format of ByteWriter.

const NUMBER_BYTES = 8;
/** The place value of the last byte of the longest varint: eight bytes hold more than 53 bits. */
const LAST_UNIT = 128 ** 7;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws {RangeError} if the number is longer than a ByteWriter writes it */
  varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let unit = 1;; unit *= 128) {
      if (unit > LAST_UNIT) throw new RangeError("a number does not end, wanted a whole one below 2^53");
      if (this.#at >= bytes.length) this.#need(1);
      const byte = bytes[this.#at++];
      value += (byte & 127) * unit;
      if (byte < 128) break;
    }
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new RangeError(`number ${value}, wanted a whole one below 2^53`);
    }
    return value;
  }

  /** Reads the number of following items of at least `leastBytes` each. @throws {RangeError} if they cannot fit */
  count(leastBytes: number): number {
    const count = this.varint();
    this.#need(count * leastBytes);
    return count;
  }

  number(): number {
    this.#need(NUMBER_BYTES);
    this.#at += NUMBER_BYTES;
    return this.#view.getFloat64(this.#at - NUMBER_BYTES, true);
  }

  text(): string {
    return decoder.decode(this.bytes(this.count(1)));
  }

  /** A view of the next bytes, not a copy. */
  bytes(length: number): Uint8Array {
    this.#need(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #need(bytes: number): void {
    if (bytes > this.left) throw new RangeError(`${this.left} bytes are left, wanted ${bytes}`);
  }
}
