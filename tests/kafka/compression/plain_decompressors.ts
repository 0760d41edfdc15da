// Second implementations of snappy and lz4 to compare with. They work byte by byte, directly from the descriptions of the
// formats, and are slow.

/** The bytes are not a valid stream. */
export class DamagedError extends Error {}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    if (this.isAtEnd) throw new DamagedError("cut short");
    return this.#bytes[this.#at++];
  }

  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) throw new DamagedError("cut short");
    return this.#bytes.subarray(this.#at, this.#at += count);
  }

  littleEndian(count: number): number {
    return this.take(count).reduceRight((value, byte) => value * 256 + byte, 0);
  }

  bigEndian(count: number): number {
    return this.take(count).reduce((value, byte) => value * 256 + byte, 0);
  }
}

/** The output so far, up to a limit. */
class Output {
  readonly bytes: number[] = [];
  readonly #limitBytes: number;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  put(byte: number): void {
    if (this.bytes.length === this.#limitBytes) throw new DamagedError("more than the limit");
    this.bytes.push(byte);
  }

  copy(distance: number, length: number, from = 0): void {
    if (distance === 0 || distance > this.bytes.length - from) throw new DamagedError("a copy of nothing");
    for (let i = 0; i < length; i++) this.put(this.bytes[this.bytes.length - distance]);
  }
}

const SNAPPY_JAVA = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];

/** @throws DamagedError */
export function decompressSnappyPlainly(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const output = new Output(limitBytes);
  if (bytes.length < 16 || !SNAPPY_JAVA.every((byte, i) => bytes[i] === byte)) {
    putSnappyBlock(new Reader(bytes), output);
  } else {
    const blocks = new Reader(bytes.subarray(16));
    while (!blocks.isAtEnd) putSnappyBlock(new Reader(blocks.take(blocks.bigEndian(4))), output);
  }
  return Uint8Array.from(output.bytes);
}

function putSnappyBlock(block: Reader, output: Output): void {
  const start = output.bytes.length;
  const end = start + snappySize(block);
  while (!block.isAtEnd) {
    const tag = block.byte();
    const upper = tag >>> 2;
    if ((tag & 3) === 0) {
      const length = 1 + (upper < 60 ? upper : block.littleEndian(upper - 59));
      block.take(length).forEach((byte) => output.put(byte));
    } else if ((tag & 3) === 1) {
      output.copy((tag >>> 5) * 256 + block.byte(), (upper & 7) + 4, start);
    } else {
      output.copy(block.littleEndian((tag & 3) === 2 ? 2 : 4), upper + 1, start);
    }
    if (output.bytes.length > end) throw new DamagedError("more than the block says");
  }
  if (output.bytes.length !== end) throw new DamagedError("less than the block says");
}

/** A varint of 32 bits. */
function snappySize(block: Reader): number {
  let size = 0;
  for (let factor = 1; factor <= 128 ** 4; factor *= 128) {
    const byte = block.byte();
    size += (byte & 127) * factor;
    if (byte < 128) return size;
  }
  throw new DamagedError("a size without end");
}

const LZ4_FRAME = 0x184d2204;
const LZ4_SKIPPABLE = 0x184d2a50;

/** Ignores checksums. A match may reach into all earlier output. @throws DamagedError */
export function decompressLz4Plainly(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const frames = new Reader(bytes);
  const output = new Output(limitBytes);
  while (!frames.isAtEnd) {
    const magic = frames.littleEndian(4);
    if (magic === LZ4_FRAME) putLz4Frame(frames, output);
    else if (magic >= LZ4_SKIPPABLE && magic < LZ4_SKIPPABLE + 16) frames.take(frames.littleEndian(4));
    else throw new DamagedError("no frame");
  }
  return Uint8Array.from(output.bytes);
}

function putLz4Frame(frame: Reader, output: Output): void {
  const flags = frame.byte();
  if (flags >>> 6 !== 1) throw new DamagedError("another version");
  const has = (bit: number) => (flags >>> bit & 1) === 1;
  const sizeClass = frame.byte() >>> 4 & 7;
  const maxBlockBytes = sizeClass < 4 ? 0 : 4 ** (sizeClass + 4);
  // The content's size, the dictionary's id, and the header's checksum.
  frame.take((has(3) ? 8 : 0) + (has(0) ? 4 : 0) + 1);
  for (let header = frame.littleEndian(4); header !== 0; header = frame.littleEndian(4)) {
    const isCompressed = header < 2 ** 31;
    const size = header % 2 ** 31;
    if (size > maxBlockBytes) throw new DamagedError("a block larger than the frame says");
    const block = frame.take(size);
    const end = output.bytes.length + maxBlockBytes;
    if (isCompressed) putLz4Block(new Reader(block), output, end);
    else block.forEach((byte) => output.put(byte));
    frame.take(has(4) ? 4 : 0);
  }
  frame.take(has(2) ? 4 : 0);
}

function putLz4Block(block: Reader, output: Output, end: number): void {
  while (!block.isAtEnd) {
    const token = block.byte();
    block.take(lz4Length(token >>> 4, block)).forEach((byte) => output.put(byte));
    if (output.bytes.length > end) throw new DamagedError("a block of more than the frame says");
    if (block.isAtEnd) return;
    const distance = block.littleEndian(2);
    output.copy(distance, lz4Length(token & 15, block) + 4);
    if (output.bytes.length > end) throw new DamagedError("a block of more than the frame says");
  }
}

/** A value of 15 continues in the next byte, and a byte of 255 in another one. */
function lz4Length(nibble: number, block: Reader): number {
  if (nibble < 15) return nibble;
  let length = nibble;
  while (true) {
    const more = block.byte();
    length += more;
    if (more < 255) return length;
  }
}
