// Bytes written one value after another, as Kafka's protocol has them: big endian, varints zigzagged.

import { Buffer } from "node:buffer";

export class ByteWriter {
  #buffer = Buffer.alloc(1024);
  #length = 0;

  /** A view of what has been written; valid until more is. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  int8(value: number): this {
    this.#length = this.#room(1).writeInt8(value, this.#length);
    return this;
  }

  int16(value: number): this {
    this.#length = this.#room(2).writeInt16BE(value, this.#length);
    return this;
  }

  int32(value: number): this {
    this.#length = this.#room(4).writeInt32BE(value, this.#length);
    return this;
  }

  uint32(value: number): this {
    this.#length = this.#room(4).writeUInt32BE(value, this.#length);
    return this;
  }

  int64(value: number): this {
    this.#length = this.#room(8).writeBigInt64BE(BigInt(value), this.#length);
    return this;
  }

  /** Zigzag, 7 bits a byte; any whole number within 2^52. */
  varint(value: number): this {
    const buffer = this.#room(10);
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest > 127) {
      buffer[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    buffer[this.#length++] = rest;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length).set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** With its length before it, in 16 bits. */
  string(text: string): this {
    const bytes = Buffer.from(text);
    return this.int16(bytes.length).raw(bytes);
  }

  #room(bytes: number): Buffer {
    const wanted = this.#length + bytes;
    if (wanted > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(wanted, this.#buffer.length * 2));
      larger.set(this.bytes);
      this.#buffer = larger;
    }
    return this.#buffer;
  }
}
