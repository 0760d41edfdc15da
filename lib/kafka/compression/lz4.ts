// Decompresses LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md). It ignores
// their checksums: the batch's CRC covers everything, and old Kafka clients computed the header's checksum wrongly.

import { copyMatch } from "./copy_match.ts";
import type { Decompressor } from "./decompressor.ts";
import { OutputLimitError } from "./output_limit_error.ts";
import { type BlockReader, SlidingDecompressor } from "./sliding_decompressor.ts";

const FRAME_MAGIC = 0x184d2204;
/** The first of sixteen consecutive values. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const MIN_MATCH = 4;
const MAX_EXPANSION = 255;
/** The distance of a match has two bytes. */
const HISTORY_BYTES = 64 * 1024;
/** By the number in the frame's header; 0 to 3 are unused. */
const MAX_BLOCK_BYTES = [0, 0, 0, 0, 1 << 16, 1 << 18, 1 << 20, 1 << 22];

/** One step reads at most this many blocks: they may be empty. */
const MAX_BLOCKS_PER_STEP = 4096;

interface Block {
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
  readonly maxSize: number;
}

/** @throws OutputLimitError beyond the limit; another RangeError for damaged bytes. */
export function decompressLz4(bytes: Uint8Array, limitBytes: number): Uint8Array {
  let bound = 0;
  for (const { maxSize } of splitFrames(bytes)) bound += maxSize;
  // A frame may omit its size or state a false one. Memory that is never written to is not used.
  const output = new Uint8Array(Math.min(bound, limitBytes));
  let out = 0;
  for (const block of splitFrames(bytes)) out = putBlock(block, output, out);
  return output.subarray(0, out);
}

/** Decompresses in steps of a block. @throws RangeError for damaged frames */
export function openLz4(bytes: Uint8Array): Decompressor {
  let maxStepBytes = 0;
  for (const { maxSize } of splitFrames(bytes)) maxStepBytes = Math.max(maxStepBytes, maxSize);
  const bufferBytes = 2 * HISTORY_BYTES + maxStepBytes;
  return new SlidingDecompressor(new Lz4Reader(bytes, maxStepBytes), {
    bufferBytes,
    historyBytes: HISTORY_BYTES,
  });
}

class Lz4Reader implements BlockReader {
  readonly maxStepBytes: number;
  readonly #blocks: Iterator<Block, unknown>;
  #next: IteratorResult<Block, unknown>;

  constructor(bytes: Uint8Array, maxStepBytes: number) {
    this.maxStepBytes = maxStepBytes;
    this.#blocks = splitFrames(bytes);
    this.#next = this.#blocks.next();
  }

  get isDone(): boolean {
    return this.#next.done === true;
  }

  step(output: Uint8Array, start: number): number {
    let out = start;
    for (let blocks = 0; blocks < MAX_BLOCKS_PER_STEP && out === start && !this.#next.done; blocks++) {
      out = putBlock(this.#next.value, output, out);
      this.#next = this.#blocks.next();
    }
    return out;
  }

  moved(): void {}
}

function* splitFrames(bytes: Uint8Array): Generator<Block, void> {
  let at = 0;
  while (at < bytes.length) {
    const magic = readUint32(bytes, at);
    if (magic === FRAME_MAGIC) {
      at = yield* splitFrame(bytes, at);
    } else if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) {
      at += 8 + readUint32(bytes, at + 4);
    } else {
      throw new RangeError(`no lz4 frame starts at byte ${at}`);
    }
  }
  if (at > bytes.length) throw damaged();
}

/** The blocks of the frame at `start`; returns its end. */
function* splitFrame(bytes: Uint8Array, start: number): Generator<Block, number> {
  if (start + 6 > bytes.length) throw damaged();
  const flags = bytes[start + 4];
  if (flags >>> 6 !== 1) throw new RangeError(`lz4 frame of unknown version ${flags >>> 6}`);
  const blockChecksumBytes = (flags & 0x10) === 0 ? 0 : 4;
  const contentSizeBytes = (flags & 0x08) === 0 ? 0 : 8;
  const contentChecksumBytes = (flags & 0x04) === 0 ? 0 : 4;
  const dictionaryIdBytes = (flags & 0x01) === 0 ? 0 : 4;
  const maxBlockBytes = MAX_BLOCK_BYTES[bytes[start + 5] >>> 4 & 7];
  let at = start + 6 + contentSizeBytes + dictionaryIdBytes + 1;
  while (true) {
    const header = readUint32(bytes, at);
    at += 4;
    if (header === 0) return at + contentChecksumBytes;
    const size = header & 0x7fff_ffff;
    if (size > maxBlockBytes || size > bytes.length - at) throw damaged();
    const compressed = header >>> 31 === 0;
    const maxSize = compressed ? Math.min(maxBlockBytes, size * MAX_EXPANSION) : size;
    yield { bytes: bytes.subarray(at, at + size), compressed, maxSize };
    at += size + blockChecksumBytes;
  }
}

/** Puts the block at `start`, and returns the end. */
function putBlock(block: Block, output: Uint8Array, start: number): number {
  const { bytes, compressed } = block;
  if (compressed) return decompressBlock(block, output, start);
  if (bytes.length > output.length - start) throw new OutputLimitError(output.length);
  output.set(bytes, start);
  return start + bytes.length;
}

/** Decompresses the block to `start`, and returns the end. Matches may reach into former blocks. */
function decompressBlock({ bytes, maxSize }: Block, output: Uint8Array, start: number): number {
  const blockEnd = start + maxSize;
  let out = start;
  let at = 0;
  while (at < bytes.length) {
    const token = bytes[at++];
    let literals = token >>> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (at >= bytes.length) throw damaged();
        more = bytes[at++];
        literals += more;
      } while (more === 255);
    }
    if (literals > bytes.length - at || literals > blockEnd - out) throw damaged();
    if (literals > output.length - out) throw new OutputLimitError(output.length);
    if (literals <= 16) { for (let i = 0; i < literals; i++) output[out + i] = bytes[at + i]; }
    else output.set(bytes.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    // The last sequence has no match.
    if (at === bytes.length) return out;

    if (at + 2 > bytes.length) throw damaged();
    const distance = bytes[at] | bytes[at + 1] << 8;
    at += 2;
    let length = MIN_MATCH + (token & 15);
    if ((token & 15) === 15) {
      let more: number;
      do {
        if (at >= bytes.length) throw damaged();
        more = bytes[at++];
        length += more;
      } while (more === 255);
    }
    if (distance === 0 || distance > out || length > blockEnd - out) throw damaged();
    if (length > output.length - out) throw new OutputLimitError(output.length);
    copyMatch(output, out, distance, length);
    out += length;
  }
  return out;
}

function readUint32(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw damaged();
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0;
}

function damaged(): RangeError {
  return new RangeError("the lz4 data is damaged");
}
