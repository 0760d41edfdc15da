// Where in a record set a batch ends, and where in the log. Its CRC covers neither its offset nor its length, and is
// checked when it is decoded. So a header is believed where it agrees with what is around it, and looked at twice
// where it does not: reading must go on behind a damaged batch, neither standing still nor leaping over sound ones.

import { type BatchHeader, HEADER_BYTES, readBatchHeader } from "./batch_header.ts";
import { crc32c } from "./crc32c.ts";
import { readInt32, readInt64 } from "../integers.ts";

/** Base offset and length come before what the length counts; magic is the first that differs between formats. */
const LENGTH_END = 12;
const MAGIC_AT = 16;
const CRC_START = 21;
/** The smallest message of the formats before record batches. */
const MIN_MESSAGE_BYTES = 26;
/** Whatever a batch adds to it, offsets stay exact as doubles. */
const MAX_BASE_OFFSET = Number.MAX_SAFE_INTEGER - 2 ** 32;

export type BatchFrame =
  /** The record set ends before it does. */
  | { readonly kind: "partial" }
  /** Nothing in it can be read; how far it reaches is the best guess. */
  | {
    readonly kind: "unreadable";
    readonly bytes: Uint8Array;
    /** Not even its length can be told: `bytes` is all the rest. */
    readonly isEndless: boolean;
    readonly offset: number;
    readonly nextOffset: number;
    readonly records: number;
    readonly message: string;
  }
  | {
    readonly kind: "batch";
    readonly bytes: Uint8Array;
    readonly header: BatchHeader;
    readonly nextOffset: number;
    /** Its CRC has been found right. */
    readonly isVerified: boolean;
  };

export interface BatchSurroundings {
  /** No batch begins below it. */
  readonly lowestOffset: number;
  /** Where the batch begins, if no offsets are missing. */
  readonly expectedOffset: number;
  /** Below 0 if unknown. A broker takes it down before it reads, so the record set may reach beyond. */
  readonly highWatermark: number;
  readonly maxBatchBytes: number;
  readonly checkCrcs: boolean;
}

/** The batch that begins the rest of a record set. */
export function readBatchFrame(rest: Uint8Array, surroundings: BatchSurroundings): BatchFrame {
  const { lowestOffset, expectedOffset, highWatermark, maxBatchBytes } = surroundings;
  if (rest.length <= MAGIC_AT) return { kind: "partial" };
  const baseOffset = readInt64(rest, 0);
  const sizeBytes = LENGTH_END + readInt32(rest, 8);
  const magic = rest[MAGIC_AT];

  const highest = baseOffset > expectedOffset && highWatermark >= 0 ? highWatermark : MAX_BASE_OFFSET;
  if (baseOffset < lowestOffset || baseOffset > highest) {
    return endless(rest, expectedOffset, `a batch claims to begin at ${baseOffset}`);
  }
  const offset = Math.max(baseOffset, expectedOffset);
  if (magic > 2) return endless(rest, offset, `unknown message format v${magic}`);
  if (sizeBytes < (magic === 2 ? HEADER_BYTES : MIN_MESSAGE_BYTES) || sizeBytes > maxBatchBytes) {
    return endless(rest, offset, `a batch claims to be ${sizeBytes} bytes long`);
  }
  if (sizeBytes > rest.length) return { kind: "partial" };

  const bytes = rest.subarray(0, sizeBytes);
  if (magic < 2) {
    const message = "message format v0/v1 is not supported";
    return {
      kind: "unreadable",
      bytes,
      isEndless: false,
      offset,
      nextOffset: offset + 1,
      records: 1,
      message,
    };
  }
  const followingOffset = rest.length >= sizeBytes + 8 ? readInt64(rest, sizeBytes) : Infinity;
  return judgeHeader(bytes, { ...surroundings, followingOffset });
}

function endless(rest: Uint8Array, offset: number, message: string): BatchFrame {
  return {
    kind: "unreadable",
    bytes: rest,
    isEndless: true,
    offset,
    nextOffset: offset + 1,
    records: 1,
    message,
  };
}

function judgeHeader(
  bytes: Uint8Array,
  surroundings: BatchSurroundings & { followingOffset: number },
): BatchFrame {
  const { expectedOffset, highWatermark, followingOffset, checkCrcs } = surroundings;
  const header = readBatchHeader(bytes);
  const { baseOffset, recordCount } = header;
  const nextOffset = header.lastOffset + 1;
  const offsetCount = nextOffset - baseOffset;
  const knownEnd = highWatermark < 0 ? Infinity : highWatermark;

  const agrees = offsetCount > 0 && nextOffset <= Math.min(followingOffset, knownEnd);
  // Fewer records than offsets are what compaction leaves, or damage: the CRC tells.
  if (agrees && (recordCount === offsetCount || (recordCount < offsetCount && !checkCrcs))) {
    return { kind: "batch", bytes, header, nextOffset, isVerified: false };
  }
  if (offsetCount > 0 && crcMatches(bytes, header)) {
    return { kind: "batch", bytes, header, nextOffset, isVerified: true };
  }
  const offset = Math.max(baseOffset, expectedOffset);
  // The batch that follows is the better witness.
  const likelyNextOffset = followingOffset > offset && followingOffset <= Math.min(knownEnd, MAX_BASE_OFFSET)
    ? followingOffset
    : offset + 1;
  const records = Math.max(1, Math.min(recordCount, likelyNextOffset - offset));
  const message = "its header and its CRC do not match";
  return {
    kind: "unreadable",
    bytes,
    isEndless: false,
    offset,
    nextOffset: likelyNextOffset,
    records,
    message,
  };
}

/** Whether the batch is as it was written, from its attributes to its end. */
export function crcMatches(bytes: Uint8Array, header: BatchHeader): boolean {
  return crc32c(bytes, CRC_START, bytes.length) === header.crc;
}
