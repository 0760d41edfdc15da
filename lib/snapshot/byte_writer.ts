// Writes numbers, texts and bytes into one buffer. The caller takes the buffer when it is full, and it is used again.

/** The longest varint: numbers stay below 2^53. */
const MAX_VARINT_BYTES = 8;
const NUMBER_BYTES = 8;

const encoder = new TextEncoder();

export class ByteWriter {
  readonly #chunkBytes: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #used = 0;

  /** `chunkBytes`: a chunk of at least this size counts as full. */
  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
    this.#bytes = new Uint8Array(chunkBytes * 2);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get isFull(): boolean {
    return this.#used >= this.#chunkBytes;
  }

  /** The bytes written since the last call; valid up to the next write. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#used = 0;
    return taken;
  }

  /** Writes a whole number from 0 to 2^53 - 1 with seven bits a byte, the lowest bits first. */
  varint(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    const bytes = this.#bytes;
    let rest = value;
    let used = this.#used;
    // Bit operators work on 32 bits only.
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) bytes[used++] = (rest % 128) | 128;
    for (; rest > 127; rest >>>= 7) bytes[used++] = rest | 128;
    bytes[used++] = rest;
    this.#used = used;
  }

  /** Writes any number, infinities included. */
  number(value: number): void {
    this.#reserve(NUMBER_BYTES);
    this.#view.setFloat64(this.#used, value, true);
    this.#used += NUMBER_BYTES;
  }

  text(text: string): void {
    const bytes = encoder.encode(text);
    this.varint(bytes.length);
    this.bytes(bytes, 0, bytes.length);
  }

  /** Writes `from[start..start + length)` without its length. */
  bytes(from: Uint8Array, start: number, length: number): void {
    this.#reserve(length);
    const bytes = this.#bytes;
    const used = this.#used;
    // Words are short: a loop is faster than a call of `set`.
    for (let i = 0; i < length; i++) bytes[used + i] = from[start + i];
    this.#used = used + length;
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#bytes.length) return;
    const bytes = new Uint8Array((this.#used + length) * 2);
    bytes.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
