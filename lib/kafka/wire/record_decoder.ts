// Decodes the records of a decompressed batch (https://kafka.apache.org/documentation/#record). The loop runs for each
// counted record, so it allocates no objects.

import type { Records } from "../../records/records.ts";

/** Six fields of one byte, and the number of headers. */
export const MIN_RECORD_BYTES = 7;
/** The longest fields before a key: its length, the attributes, and those of the record. */
export const MAX_RECORD_HEAD_BYTES = 26;
const NO_TIMESTAMP = -1;

/** The batch's data about its records. */
export interface RecordsFrame {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly recordCount: number;
  readonly baseTimestampMs: number;
  /** The timestamp of all records with LogAppendTime. */
  readonly appendTimestampMs: number | undefined;
}

/** Decompressed bytes with records from `at` on. */
export interface RecordBytes {
  readonly bytes: Uint8Array;
  readonly at: number;
  /** No bytes follow, so that a record beyond the end is damaged. */
  readonly isEnd: boolean;
}

export interface DecodeOptions {
  /** Records below this offset are left out. */
  readonly fromOffset: number;
  readonly maxRecords: number;
}

/** The head of a record that is too large to be held. */
export interface LargeRecord {
  readonly offset: number;
  readonly timestampMs: number;
  /** Positions as in `Records`. */
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly end: number;
}

/** Reads the records of one batch, in one call or in several. */
export class RecordDecoder {
  /** Records that are decoded, those below the wanted offset included. */
  index = 0;
  /** Where the next record starts in the bytes of the last call. */
  at = 0;
  readonly #frame: RecordsFrame;
  #previousDelta = -1;

  constructor(frame: RecordsFrame) {
    this.#frame = frame;
  }

  get isDone(): boolean {
    return this.index === this.#frame.recordCount;
  }

  /**
   * Fills `records`, which then point into the bytes, up to a record that is not whole. Damaged bytes leave `records`
   * empty; the result is the reason.
   */
  decode(
    records: Records,
    { bytes: body, at, isEnd }: RecordBytes,
    options: DecodeOptions,
  ): string | undefined {
    const { baseOffset, recordCount, baseTimestampMs, appendTimestampMs } = this.#frame;
    const most = Math.min(recordCount - this.index, options.maxRecords);
    records.reset(body);
    records.reserve(Math.min(most, Math.floor((body.length - at) / MIN_RECORD_BYTES)));
    const { offsets, timestampsMs, keyStarts, keyEnds, valueStarts, valueEnds, keepsHeaders } = records;
    const fromDelta = options.fromOffset - baseOffset;
    const lastDelta = this.#frame.lastOffset - baseOffset;
    const cursor = new Cursor(body);
    cursor.at = at;
    let previousDelta = this.#previousDelta;
    let count = 0;
    let read = 0;
    let start = at;

    for (; read < most; read++) {
      const length = cursor.readVarint();
      const end = cursor.at + length;
      if (!(length > 0 && end <= body.length)) {
        if (!isEnd && isCut(body, start, length)) break;
        return damaged(this.index + read, recordCount);
      }
      cursor.at++; // attributes, not in use
      const timestampDelta = cursor.readVarlong();
      const delta = cursor.readVarint();
      if (!(delta > previousDelta && delta <= lastDelta)) return damaged(this.index + read, recordCount);
      previousDelta = delta;
      const keyLength = cursor.readVarint();
      const keyStart = keyLength < 0 ? -1 : cursor.at;
      const keyEnd = keyLength < 0 ? -1 : keyStart + keyLength;
      if (keyLength > 0) cursor.at = keyEnd;
      const valueLength = cursor.readVarint();
      const valueStart = valueLength < 0 ? -1 : cursor.at;
      const valueEnd = valueLength < 0 ? -1 : valueStart + valueLength;
      // The number of headers follows. A field that cannot be read makes one of these NaN.
      const headersStart = Math.max(cursor.at, keyEnd, valueEnd);
      if (!(headersStart < end) || Number.isNaN(timestampDelta)) {
        return damaged(this.index + read, recordCount);
      }
      cursor.at = end;
      start = end;
      if (delta < fromDelta) continue;

      const timestampMs = appendTimestampMs ?? baseTimestampMs + timestampDelta;
      offsets[count] = baseOffset + delta;
      timestampsMs[count] = timestampMs === NO_TIMESTAMP ? NaN : timestampMs;
      keyStarts[count] = keyStart;
      keyEnds[count] = keyEnd;
      valueStarts[count] = valueStart;
      valueEnds[count] = valueEnd;
      if (keepsHeaders) records.setHeaders(count, headersStart, end);
      count++;
    }
    this.index += read;
    this.at = start;
    this.#previousDelta = previousDelta;
    records.count = count;
    return undefined;
  }

  /**
   * Reads the head of the next record, of which the key and the value may lie beyond the bytes. NaN marks a field that the
   * bytes do not hold yet. Returns the reason of damage.
   */
  readLarge({ bytes: body, at }: Pick<RecordBytes, "bytes" | "at">): LargeRecord | string {
    const { baseOffset, lastOffset, recordCount, baseTimestampMs, appendTimestampMs } = this.#frame;
    const cursor = new Cursor(body);
    cursor.at = at;
    const length = cursor.readVarint();
    const end = cursor.at + length;
    cursor.at++;
    const timestampMs = appendTimestampMs ?? baseTimestampMs + cursor.readVarlong();
    const delta = cursor.readVarint();
    const keyLength = cursor.readVarint();
    const keyStart = keyLength < 0 ? -1 : cursor.at;
    const keyEnd = keyLength < 0 ? -1 : cursor.at + keyLength;
    const isSound = delta > this.#previousDelta && baseOffset + delta <= lastOffset &&
      Math.max(cursor.at, keyEnd) < end;
    if (!isSound || Number.isNaN(timestampMs)) return damaged(this.index, recordCount);
    if (keyLength > 0) cursor.at = keyEnd;
    const valueLength = cursor.readVarint();
    const valueStart = valueLength < 0 ? -1 : cursor.at;
    const valueEnd = valueLength < 0 ? -1 : cursor.at + valueLength;
    if (Math.max(cursor.at, valueEnd) >= end) return damaged(this.index, recordCount);
    const time = timestampMs === NO_TIMESTAMP ? NaN : timestampMs;
    return { offset: baseOffset + delta, timestampMs: time, keyStart, keyEnd, valueStart, valueEnd, end };
  }

  /** Counts the next record as read. */
  pass({ offset }: LargeRecord): void {
    this.#previousDelta = offset - this.#frame.baseOffset;
    this.index++;
  }

  /** The size of the next record with its length; NaN where the bytes do not hold the whole length. */
  sizeOfNext({ bytes, at }: Pick<RecordBytes, "bytes" | "at">): number {
    const cursor = new Cursor(bytes);
    cursor.at = at;
    return cursor.readVarint() + cursor.at - at;
  }
}

/** Whether the record at `start` continues beyond the bytes, where its length could be read or is cut itself. */
function isCut(body: Uint8Array, start: number, length: number): boolean {
  return length > 0 || (Number.isNaN(length) && body.length - start < MAX_VARINT_BYTES);
}

const MAX_VARINT_BYTES = 5;

function damaged(index: number, count: number): string {
  return `record ${index + 1} of ${count} is damaged`;
}

/** Reads zigzag varints. Beyond the end, or for one that is too long, it returns NaN, which fails all checks. */
class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  readVarint(): number {
    const byte = this.#bytes[this.at];
    if (byte < 128) {
      this.at++;
      return (byte >>> 1) ^ -(byte & 1);
    }
    return this.#readTwoBytes(5);
  }

  /** An approximation beyond 2^53. */
  readVarlong(): number {
    const byte = this.#bytes[this.at];
    if (byte < 128) {
      this.at++;
      return (byte >>> 1) ^ -(byte & 1);
    }
    return this.#readTwoBytes(10);
  }

  /** Most numbers above 63 take two bytes. */
  #readTwoBytes(maxBytes: number): number {
    const second = this.#bytes[this.at + 1];
    if (!(second < 128)) return this.#readLong(maxBytes);
    const value = (this.#bytes[this.at] & 127) | second << 7;
    this.at += 2;
    return (value >>> 1) ^ -(value & 1);
  }

  #readLong(maxBytes: number): number {
    const bytes = this.#bytes;
    // The lowest bit is the sign, which a large sum loses.
    const isNegative = (bytes[this.at] & 1) === 1;
    let value = 0;
    let factor = 1;
    for (let i = 0; i < maxBytes && this.at < bytes.length; i++) {
      const byte = bytes[this.at++];
      value += (byte & 127) * factor;
      if (byte < 128) return isNegative ? -(value + 1) / 2 : value / 2;
      factor *= 128;
    }
    return NaN;
  }
}
