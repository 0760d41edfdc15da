// Finds where a batch of a record set ends, in bytes and in offsets. The CRC of a batch covers neither its offset nor its
// length, and is checked when the batch is decoded. So a header is trusted where it agrees with its surroundings, and its
// CRC is checked at once where it does not: reading must continue behind a damaged batch, without skipping sound ones.

import { type BatchHeader, HEADER_BYTES, readBatchHeader } from "./batch_header.ts";
import { crc32c } from "./crc32c.ts";
import { readInt32, readInt64 } from "../integers.ts";
import type { UnreadablePart } from "./unreadable_batch.ts";

/** The length counts the bytes behind base offset and length. */
const LENGTH_END = 12;
const MAGIC_AT = 16;
const CRC_START = 21;
/** The smallest message of the formats before record batches. */
const MIN_MESSAGE_BYTES = 26;
/** Below it, all offsets of a batch are exact as doubles. */
const MAX_BASE_OFFSET = Number.MAX_SAFE_INTEGER - 2 ** 32;

export type BatchFrame =
  /** The record set ends before the batch does. */
  | { readonly kind: "partial" }
  /** `isEndless`: the length is unknown too, so that `bytes` is all the rest. `nextOffset` is the best guess. */
  | UnreadablePart & { readonly kind: "unreadable"; readonly isEndless: boolean }
  | {
    readonly kind: "batch";
    readonly bytes: Uint8Array;
    readonly header: BatchHeader;
    readonly nextOffset: number;
    /** Its CRC matches. */
    readonly isVerified: boolean;
  };

export interface BatchSurroundings {
  /** No batch starts below it. */
  readonly lowestOffset: number;
  /** The offset of the batch if none is missing. */
  readonly expectedOffset: number;
  /** Below 0 if unknown. The record set may reach beyond it, as a broker reads it before the records. */
  readonly highWatermark: number;
  readonly maxBatchBytes: number;
  readonly checkCrcs: boolean;
}

/** The first batch of `rest`. */
export function readBatchFrame(rest: Uint8Array, surroundings: BatchSurroundings): BatchFrame {
  const { lowestOffset, expectedOffset, highWatermark, maxBatchBytes } = surroundings;
  if (rest.length <= MAGIC_AT) return { kind: "partial" };
  const baseOffset = readInt64(rest, 0);
  const sizeBytes = LENGTH_END + readInt32(rest, 8);
  const magic = rest[MAGIC_AT];

  const highest = baseOffset > expectedOffset && highWatermark >= 0 ? highWatermark : MAX_BASE_OFFSET;
  if (baseOffset < lowestOffset || baseOffset > highest) {
    return unreadable(rest, expectedOffset, `a batch claims to start at ${baseOffset}`, true);
  }
  const offset = Math.max(baseOffset, expectedOffset);
  if (magic > 2) return unreadable(rest, offset, `unknown message format v${magic}`, true);
  if (sizeBytes < (magic === 2 ? HEADER_BYTES : MIN_MESSAGE_BYTES) || sizeBytes > maxBatchBytes) {
    return unreadable(rest, offset, `a batch claims to be ${sizeBytes} bytes long`, true);
  }
  if (sizeBytes > rest.length) return { kind: "partial" };

  const bytes = rest.subarray(0, sizeBytes);
  if (magic < 2) return unreadable(bytes, offset, "message format v0/v1 is not supported", false);
  const followingOffset = rest.length >= sizeBytes + 8 ? readInt64(rest, sizeBytes) : Infinity;
  return checkHeader(bytes, { ...surroundings, followingOffset });
}

function unreadable(bytes: Uint8Array, offset: number, message: string, isEndless: boolean): BatchFrame {
  return { kind: "unreadable", bytes, isEndless, offset, nextOffset: offset + 1, records: 1, message };
}

function checkHeader(
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
  // Fewer records than offsets are the result of compaction or of damage: the CRC tells.
  if (agrees && (recordCount === offsetCount || (recordCount < offsetCount && !checkCrcs))) {
    return { kind: "batch", bytes, header, nextOffset, isVerified: false };
  }
  if (offsetCount > 0 && crcMatches(bytes, header)) {
    return { kind: "batch", bytes, header, nextOffset, isVerified: true };
  }
  const offset = Math.max(baseOffset, expectedOffset);
  // The header of the next batch is more reliable.
  const nextOffsetGuess = followingOffset > offset && followingOffset <= Math.min(knownEnd, MAX_BASE_OFFSET)
    ? followingOffset
    : offset + 1;
  const records = Math.max(1, Math.min(recordCount, nextOffsetGuess - offset));
  const message = "its header and its CRC do not match";
  return {
    kind: "unreadable",
    bytes,
    isEndless: false,
    offset,
    nextOffset: nextOffsetGuess,
    records,
    message,
  };
}

/** Whether the batch is intact from its attributes to its end. */
export function crcMatches(bytes: Uint8Array, header: BatchHeader): boolean {
  return crc32c(bytes, CRC_START, bytes.length) === header.crc;
}
