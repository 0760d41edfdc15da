// Decompresses Snappy (https://github.com/google/snappy/blob/main/format_description.txt): raw, as librdkafka and Go clients
// write it, and in the blocks of snappy-java, as the Java client writes it.

import { copyMatch } from "./copy_match.ts";
import type { Decompressor } from "./decompressor.ts";
import { readInt32 } from "../integers.ts";
import { OutputLimitError } from "./output_limit_error.ts";
import { type BlockReader, SlidingDecompressor } from "./sliding_decompressor.ts";

const JAVA_MAGIC = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
/** The magic, a version, and the oldest version that can read it. */
const JAVA_HEADER_BYTES = 16;
/** The largest element makes 64 bytes of 3. */
const MAX_EXPANSION = 22;
/** The output of one step: whole elements, so that the last one may exceed it by 64 bytes. */
const STEP_BYTES = 1024 * 1024;
const MAX_COPY_BYTES = 64;
/** One step opens at most this many blocks: they may be empty. */
const MAX_BLOCKS_PER_STEP = 4096;
/**
 * The output that is kept of a block. In a larger block a copy may repeat only the last half of this many bytes. The usual
 * compressors go back 64 KiB; some go back further, and the format sets no limit.
 */
const MAX_BUFFER_BYTES = 32 * 1024 * 1024;

/** @throws OutputLimitError beyond the limit; another RangeError for damaged bytes. */
export function decompressSnappy(bytes: Uint8Array, limitBytes: number): Uint8Array {
  let size = 0;
  for (const block of splitBlocks(bytes)) size += block.size;
  if (size > limitBytes) throw new OutputLimitError(limitBytes);
  const output = new Uint8Array(size);
  let end = 0;
  for (const block of splitBlocks(bytes)) {
    block.start = end;
    end += block.size;
    if (decompressBlock(block, output, block.start, end) !== end || block.at < block.bytes.length) {
      throw damaged();
    }
  }
  return output;
}

/** Decompresses in steps. @throws RangeError for damaged blocks */
export function openSnappy(bytes: Uint8Array): Decompressor {
  let size = 0;
  let largest = 0;
  for (const block of splitBlocks(bytes)) {
    size += block.size;
    largest = Math.max(largest, block.size);
  }
  const bufferBytes = Math.min(size, 2 * largest, MAX_BUFFER_BYTES) + STEP_BYTES + MAX_COPY_BYTES;
  const historyBytes = Math.min(largest, MAX_BUFFER_BYTES / 2);
  return new SlidingDecompressor(new SnappyReader(bytes), { bufferBytes, historyBytes });
}

/** A block of which bytes[..at) is decompressed. */
interface Block {
  readonly bytes: Uint8Array;
  readonly size: number;
  at: number;
  /** Bytes of a literal at `at` that is begun. */
  literalBytes: number;
  /** Where its output starts in the buffer; copies do not reach back beyond it. */
  start: number;
}

class SnappyReader implements BlockReader {
  readonly maxStepBytes = STEP_BYTES + MAX_COPY_BYTES;
  readonly #blocks: Iterator<Block, void>;
  #block: Block | undefined;
  /** Where the output of the block ends; it may lie beyond the buffer. */
  #blockEnd = 0;
  isDone = false;

  constructor(bytes: Uint8Array) {
    this.#blocks = splitBlocks(bytes);
    this.#open(0);
  }

  step(output: Uint8Array, start: number): number {
    for (let blocks = 0; blocks < MAX_BLOCKS_PER_STEP && this.#block !== undefined; blocks++) {
      const end = Math.min(start + STEP_BYTES, this.#blockEnd);
      const out = decompressBlock(this.#block, output, start, end);
      if (out > this.#blockEnd) throw damaged();
      const isRead = this.#block.at === this.#block.bytes.length;
      if (isRead !== (out === this.#blockEnd)) throw damaged();
      if (isRead) this.#open(out);
      if (out > start) return out;
    }
    return start;
  }

  moved(bytes: number): void {
    this.#blockEnd -= bytes;
    if (this.#block !== undefined) this.#block.start = Math.max(0, this.#block.start - bytes);
  }

  #open(start: number): void {
    const next = this.#blocks.next();
    this.isDone = next.done === true;
    this.#block = next.done === true ? undefined : next.value;
    if (this.#block === undefined) return;
    this.#block.start = start;
    this.#blockEnd = start + this.#block.size;
  }
}

function* splitBlocks(bytes: Uint8Array): Generator<Block, void> {
  if (isJavaStream(bytes)) yield* splitJavaBlocks(bytes);
  else yield openBlock(bytes);
}

function isJavaStream(bytes: Uint8Array): boolean {
  return bytes.length >= JAVA_HEADER_BYTES && JAVA_MAGIC.every((byte, i) => bytes[i] === byte);
}

function* splitJavaBlocks(bytes: Uint8Array): Generator<Block, void> {
  let at = JAVA_HEADER_BYTES;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? readInt32(bytes, at) : -1;
    const end = at + 4 + length;
    if (length < 0 || end > bytes.length) throw new RangeError(`the snappy block at byte ${at} is cut short`);
    yield openBlock(bytes.subarray(at + 4, end));
    at = end;
  }
}

function openBlock(bytes: Uint8Array): Block {
  let size = 0;
  let at = 0;
  for (let factor = 1; at < 5 && at < bytes.length; factor *= 128) {
    const byte = bytes[at++];
    size += (byte & 127) * factor;
    if (byte < 128) {
      if (size > bytes.length * MAX_EXPANSION) throw new RangeError(`a snappy block claims ${size} bytes`);
      return { bytes, size, at, literalBytes: 0, start: 0 };
    }
  }
  throw new RangeError("the size of a snappy block is damaged");
}

/** Decompresses to `output` from `start` on until `end` is reached, or the block is read; returns the end of the output. */
function decompressBlock(block: Block, output: Uint8Array, start: number, end: number): number {
  const { bytes, start: historyStart } = block;
  const room = output.length;
  let { at } = block;
  let out = start;
  if (block.literalBytes > 0) {
    const length = Math.min(block.literalBytes, end - out);
    output.set(bytes.subarray(at, at + length), out);
    at += length;
    out += length;
    block.literalBytes -= length;
  }
  // A block that is cut ends with a literal that is not there: its tag reads as undefined, which is 0.
  while (out < end) {
    const tag = bytes[at++];
    const kind = tag & 3;
    let length = (tag >>> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const lengthBytes = length - 60;
        length = readLittleEndian(bytes, at, lengthBytes) + 1;
        at += lengthBytes;
      }
      if (length > bytes.length - at) throw damaged();
      const left = end - out;
      if (length > left) {
        block.literalBytes = length - left;
        length = left;
      }
      if (length <= 16) { for (let i = 0; i < length; i++) output[out + i] = bytes[at + i]; }
      else output.set(bytes.subarray(at, at + length), out);
      at += length;
    } else {
      const offsetBytes = kind === 3 ? 4 : kind;
      if (offsetBytes > bytes.length - at) throw damaged();
      let offset = bytes[at];
      if (kind === 1) {
        length = (tag >>> 2 & 7) + 4;
        offset |= (tag >>> 5) << 8;
      } else if (kind === 2) {
        offset |= bytes[at + 1] << 8;
      } else {
        offset = readLittleEndian(bytes, at, 4);
      }
      at += offsetBytes;
      if (offset === 0 || offset > out - historyStart || length > room - out) throw damaged();
      copyMatch(output, out, offset, length);
    }
    out += length;
  }
  block.at = at;
  return out;
}

function readLittleEndian(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw damaged();
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[at + i];
  return value;
}

function damaged(): RangeError {
  return new RangeError("the snappy data is damaged");
}
