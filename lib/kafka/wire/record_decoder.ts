// Decodes the records of a decompressed batch (https://kafka.apache.org/documentation/#record). The loop runs for each
// counted record, so it allocates no objects.

import type { Records } from "../../records/records.ts";

/** Six fields of one byte, and the number of headers. */
const MIN_RECORD_BYTES = 7;
const NO_TIMESTAMP = -1;

/** The batch's data about its records. */
export interface RecordsFrame {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly recordCount: number;
  readonly baseTimestampMs: number;
  /** The timestamp of all records with LogAppendTime. */
  readonly appendTimestampMs: number | undefined;
  /** Records below this offset are left out. */
  readonly fromOffset: number;
}

/** Fills `records`, which then point into `body`. Damaged bytes leave `records` empty; the result is the reason. */
export function decodeRecords(body: Uint8Array, records: Records, frame: RecordsFrame): string | undefined {
  const { baseOffset, recordCount, baseTimestampMs, appendTimestampMs } = frame;
  records.reset(body);
  if (recordCount * MIN_RECORD_BYTES > body.length) return `${recordCount} records in ${body.length} bytes`;
  records.reserve(recordCount);
  const { offsets, timestampsMs, keyStarts, keyEnds, valueStarts, valueEnds } = records;
  const fromDelta = frame.fromOffset - baseOffset;
  const lastDelta = frame.lastOffset - baseOffset;
  const cursor = new Cursor(body);
  let previousDelta = -1;
  let count = 0;

  for (let i = 0; i < recordCount; i++) {
    const length = cursor.readVarint();
    const end = cursor.at + length;
    if (!(length > 0 && end <= body.length)) return damaged(i, recordCount);
    cursor.at++; // attributes, not in use
    const timestampDelta = cursor.readVarlong();
    const delta = cursor.readVarint();
    if (!(delta > previousDelta && delta <= lastDelta)) return damaged(i, recordCount);
    previousDelta = delta;
    const keyLength = cursor.readVarint();
    const keyStart = keyLength < 0 ? -1 : cursor.at;
    const keyEnd = keyLength < 0 ? -1 : keyStart + keyLength;
    if (keyLength > 0) cursor.at = keyEnd;
    const valueLength = cursor.readVarint();
    const valueStart = valueLength < 0 ? -1 : cursor.at;
    const valueEnd = valueLength < 0 ? -1 : valueStart + valueLength;
    // The number of headers follows. A field that cannot be read makes one of these NaN.
    if (!(Math.max(cursor.at, keyEnd, valueEnd) < end) || Number.isNaN(timestampDelta)) {
      return damaged(i, recordCount);
    }
    cursor.at = end;
    if (delta < fromDelta) continue;

    const timestampMs = appendTimestampMs ?? baseTimestampMs + timestampDelta;
    offsets[count] = baseOffset + delta;
    timestampsMs[count] = timestampMs === NO_TIMESTAMP ? NaN : timestampMs;
    keyStarts[count] = keyStart;
    keyEnds[count] = keyEnd;
    valueStarts[count] = valueStart;
    valueEnds[count] = valueEnd;
    count++;
  }
  if (cursor.at !== body.length) {
    return `${body.length - cursor.at} bytes after the last of ${recordCount} records`;
  }
  records.count = count;
  return undefined;
}

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
    return this.#readLong(5);
  }

  /** An approximation beyond 2^53. */
  readVarlong(): number {
    const byte = this.#bytes[this.at];
    if (byte < 128) {
      this.at++;
      return (byte >>> 1) ^ -(byte & 1);
    }
    return this.#readLong(10);
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
