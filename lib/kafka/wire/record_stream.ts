// Decodes the records of a batch while it is decompressed, part by part, so that memory does not grow with the batch.

import type { Decompressor } from "../compression/decompressor.ts";
import type { Records } from "../../records/records.ts";
import { type LargeRecord, MAX_RECORD_HEAD_BYTES, type RecordDecoder } from "./record_decoder.ts";

/** The usual size of a part, and the most that one call decompresses. */
export const PART_BYTES = 4 * 1024 * 1024;
/** The arrays of `Records` take 32 bytes per record. */
export const MAX_RECORDS_PER_PART = 64 * 1024;
const MAX_VARINT_BYTES = 5;
/** Room for what is passed over, behind a key and a value that are kept. */
const SCRATCH_BYTES = 64 * 1024;

export interface RecordStreamOptions {
  readonly recordCount: number;
  /** Key and value of a larger record are passed over, and not kept in memory. */
  readonly maxRecordBytes: number;
  readonly partBytes: number;
}

export class RecordStream {
  readonly #decompressor: Decompressor;
  readonly #decoder: RecordDecoder;
  readonly #options: RecordStreamOptions;
  /** A record of this size is kept whole, with its headers. */
  readonly #wholeBytes: number;
  #buffer: Uint8Array;
  /** buffer[at..end) is decompressed and not decoded. */
  #at = 0;
  #end = 0;
  /** A record that is not kept whole, at the start of the buffer. */
  #large: LargeRecord | undefined;
  #largeIsKept = false;
  isDone = false;
  /** Bytes that the last call decompressed. */
  workBytes = 0;

  constructor(decompressor: Decompressor, decoder: RecordDecoder, options: RecordStreamOptions) {
    this.#decompressor = decompressor;
    this.#decoder = decoder;
    this.#options = options;
    const headBytes = MAX_RECORD_HEAD_BYTES + MAX_VARINT_BYTES;
    this.#wholeBytes = Math.max(options.maxRecordBytes + headBytes, options.partBytes);
    this.#buffer = new Uint8Array(Math.max(options.partBytes, headBytes));
  }

  /** Memory that it takes. */
  get stateBytes(): number {
    return this.#buffer.length + this.#decompressor.stateBytes;
  }

  /**
   * Fills `records` with those of the next part. A record that is passed over is absent in it. There may be none before the stream is done. Damage leaves `records`
   * empty and ends the stream; the result is the reason. @throws RangeError for data that cannot be decompressed
   */
  next(records: Records, fromOffset: number): string | undefined {
    const before = this.#decoder.index;
    this.workBytes = 0;
    let damage = this.#large === undefined ? this.#decode(records, fromOffset) : undefined;
    if (damage === undefined && this.#decoder.index === before) {
      damage = this.#decoder.isDone ? this.#checkEnd() : this.#readOn(records, fromOffset);
    }
    if (damage !== undefined) this.#finish();
    return damage;
  }

  close(): void {
    this.#decompressor.close();
  }

  #finish(): void {
    this.isDone = true;
    this.close();
  }

  /** Decodes the whole records of the buffer. */
  #decode(records: Records, fromOffset: number): string | undefined {
    const decoder = this.#decoder;
    const body = {
      bytes: this.#buffer.subarray(0, this.#end),
      at: this.#at,
      isEnd: this.#decompressor.isDone,
    };
    const damage = decoder.decode(records, body, { fromOffset, maxRecords: MAX_RECORDS_PER_PART });
    this.#at = decoder.at;
    if (decoder.isDone && this.#at === this.#end && this.#decompressor.isDone) this.#finish();
    return damage;
  }

  /** All records are decoded: nothing may follow. */
  #checkEnd(): string | undefined {
    this.#compact();
    if (this.#end === 0) this.#fill(1);
    if (this.#end > 0) return `bytes after the last of ${this.#options.recordCount} records`;
    if (this.#decompressor.isDone) this.#finish();
    return undefined;
  }

  #readOn(records: Records, fromOffset: number): string | undefined {
    if (this.#large !== undefined) return this.#passOver(this.#large, records, fromOffset);
    this.#compact();
    this.#fill(this.#buffer.length);
    const before = this.#decoder.index;
    const damage = this.#decode(records, fromOffset);
    if (damage !== undefined || this.#decoder.index > before) return damage;
    const size = this.#decoder.sizeOfNext({ bytes: this.#buffer.subarray(0, this.#end), at: 0 });
    if (!(size > this.#buffer.length)) return undefined;
    if (size > this.#wholeBytes) return this.#readLarge(records, fromOffset);
    this.#grow(size);
    return undefined;
  }

  /** Reads the head of a large record, and its key and value if they are not too large themselves. */
  #readLarge(records: Records, fromOffset: number): string | undefined {
    const { maxRecordBytes } = this.#options;
    if (this.#end < MAX_RECORD_HEAD_BYTES) return undefined;
    const large = this.#decoder.readLarge({ bytes: this.#buffer.subarray(0, this.#end), at: 0 });
    if (typeof large === "string") return large;
    const { keyStart, keyEnd, valueStart, valueEnd } = large;
    const keyBytes = keyEnd - keyStart;
    const neededBytes = Number.isNaN(valueEnd)
      ? Math.max(keyEnd, MAX_RECORD_HEAD_BYTES) + MAX_VARINT_BYTES
      : Math.max(keyEnd, valueEnd);
    const isKept = keyBytes <= maxRecordBytes && !(keyBytes + valueEnd - valueStart > maxRecordBytes);
    if (isKept && this.#end < neededBytes) {
      this.#grow(neededBytes);
      return undefined;
    }
    if (isKept && Number.isNaN(valueEnd)) return `the value of record ${this.#decoder.index + 1} is damaged`;
    this.#large = large;
    this.#largeIsKept = isKept;
    return this.#passOver(large, records, fromOffset);
  }

  /** Decompresses up to the end of the large record, and then makes a part of it alone. */
  #passOver(large: LargeRecord, records: Records, fromOffset: number): string | undefined {
    const isLast = this.#decoder.index === this.#options.recordCount - 1;
    const keptBytes = this.#largeIsKept ? Math.max(large.keyEnd, large.valueEnd, 0) : 0;
    // `end` counts all bytes of the record so far; the buffer holds only those that are kept.
    let room = this.#options.partBytes - this.workBytes;
    while (!isLast && this.#end < large.end && room > 0) {
      const scratch = this.#buffer.subarray(
        0,
        Math.min(this.#buffer.length, keptBytes + large.end - this.#end),
      );
      if (scratch.length === keptBytes) {
        this.#grow(keptBytes + SCRATCH_BYTES);
        continue;
      }
      const bytes = this.#decompressor.read(scratch, keptBytes) - keptBytes;
      this.workBytes += bytes;
      this.#end += bytes;
      room -= bytes;
      if (bytes > 0) continue;
      if (this.#decompressor.isDone) return `record ${this.#decoder.index + 1} ends early`;
      return undefined;
    }
    if (!isLast && this.#end < large.end) return undefined;
    records.reset(this.#buffer.subarray(0, keptBytes));
    if (large.offset >= fromOffset) this.#put(records, large);
    this.#decoder.pass(large);
    this.#large = undefined;
    this.#at = this.#end = 0;
    // The rest of a record that is the last one need not be decompressed.
    if (isLast) this.#finish();
    return undefined;
  }

  #put(records: Records, large: LargeRecord): void {
    const { offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd, end } = large;
    // Its headers are not kept, so a record of which they are needed is absent, too.
    if (records.keepsHeaders) records.pushAbsent(offset, timestampMs, end);
    else if (this.#largeIsKept) records.push(offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd);
    else {records.pushAbsent(
        offset,
        timestampMs,
        Number.isNaN(valueEnd) ? end : keyEnd - keyStart + valueEnd - valueStart,
      );}
  }

  /** Moves what is not decoded to the start of the buffer. */
  #compact(): void {
    if (this.#at === 0) return;
    this.#buffer.copyWithin(0, this.#at, this.#end);
    this.#end -= this.#at;
    this.#at = 0;
  }

  /** Decompresses into the buffer up to `end`, as far as one call may. */
  #fill(end: number): void {
    const until = Math.min(end, this.#end + this.#options.partBytes - this.workBytes);
    const target = this.#buffer.subarray(0, until);
    while (this.#end < until && !this.#decompressor.isDone) {
      const read = this.#decompressor.read(target, this.#end);
      const bytes = read - this.#end;
      this.#end = read;
      this.workBytes += bytes;
      if (bytes === 0) return;
    }
  }

  #grow(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(bytes);
    larger.set(this.#buffer.subarray(0, Math.min(this.#end, this.#buffer.length)));
    this.#buffer = larger;
  }
}
