// Decompresses Snappy (https://github.com/google/snappy/blob/main/format_description.txt): raw, as librdkafka and Go clients
// write it, and in the blocks of snappy-java, as the Java client writes it.

import { copyMatch } from "./copy_match.ts";
import { readInt32 } from "../integers.ts";
import { OutputLimitError } from "./output_limit_error.ts";

const JAVA_MAGIC = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
/** The magic, a version, and the oldest version that can read it. */
const JAVA_HEADER_BYTES = 16;
/** The largest element makes 64 bytes of 3. */
const MAX_EXPANSION = 22;

/** @throws OutputLimitError beyond the limit; another RangeError for damaged bytes. */
export function decompressSnappy(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const blocks = isJavaStream(bytes) ? splitJavaBlocks(bytes) : [openBlock(bytes)];
  let size = 0;
  for (const block of blocks) size += block.size;
  if (size > limitBytes) throw new OutputLimitError(limitBytes);
  const output = new Uint8Array(size);
  let at = 0;
  for (const block of blocks) {
    decompressBlock(block, output, at);
    at += block.size;
  }
  return output;
}

interface Block {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly size: number;
}

function isJavaStream(bytes: Uint8Array): boolean {
  return bytes.length >= JAVA_HEADER_BYTES && JAVA_MAGIC.every((byte, i) => bytes[i] === byte);
}

function splitJavaBlocks(bytes: Uint8Array): Block[] {
  const blocks: Block[] = [];
  let at = JAVA_HEADER_BYTES;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? readInt32(bytes, at) : -1;
    const end = at + 4 + length;
    if (length < 0 || end > bytes.length) throw new RangeError(`the snappy block at byte ${at} is cut short`);
    blocks.push(openBlock(bytes.subarray(at + 4, end)));
    at = end;
  }
  return blocks;
}

function openBlock(bytes: Uint8Array): Block {
  let size = 0;
  let start = 0;
  for (let factor = 1; start < 5 && start < bytes.length; factor *= 128) {
    const byte = bytes[start++];
    size += (byte & 127) * factor;
    if (byte < 128) {
      if (size > bytes.length * MAX_EXPANSION) throw new RangeError(`a snappy block claims ${size} bytes`);
      return { bytes, start, size };
    }
  }
  throw new RangeError("the size of a snappy block is damaged");
}

function decompressBlock({ bytes, start, size }: Block, output: Uint8Array, outputStart: number): void {
  const outputEnd = outputStart + size;
  let out = outputStart;
  let at = start;
  while (at < bytes.length) {
    const tag = bytes[at++];
    const kind = tag & 3;
    let length = (tag >>> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const lengthBytes = length - 60;
        length = readLittleEndian(bytes, at, lengthBytes) + 1;
        at += lengthBytes;
      }
      if (length > bytes.length - at || length > outputEnd - out) throw damaged();
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
      if (offset === 0 || offset > out - outputStart || length > outputEnd - out) throw damaged();
      copyMatch(output, out, offset, length);
    }
    out += length;
  }
  if (out !== outputEnd) throw damaged();
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
