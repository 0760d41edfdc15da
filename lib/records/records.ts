// Records as every source delivers them: the pipeline does not know where they come from.

/** The arrays of a record, and those that only some configurations need. */
const RECORD_BYTES = 32;
const HEADER_BYTES = 8;
const TIME_BYTES = 8;
/** Arrays of more records are given back when they are not needed. */
const RETAINED_RECORDS = 1024;
const NOTHING = new Uint8Array(0);
const NO_DOUBLES = new Float64Array(0);
const NO_INTEGERS = new Int32Array(0);
const MAX_INT32 = 2 ** 31 - 1;

/**
 * A run of records of one partition, in the order of their offsets: one buffer, and arrays with the position of each key
 * and value in it. So no record costs an object or a string. The owner fills it again and again, and a reader keeps
 * nothing of it.
 */
export class Records {
  /** The buffer that the positions below refer to. */
  bytes: Uint8Array = NOTHING;
  count = 0;
  offsets: Float64Array = NO_DOUBLES;
  /** Milliseconds since the epoch; NaN for a record without a timestamp. */
  timestampsMs: Float64Array = NO_DOUBLES;
  /** A null key starts and ends at -1. */
  keyStarts: Int32Array = NO_INTEGERS;
  keyEnds: Int32Array = NO_INTEGERS;
  /** A null value starts and ends at -1. */
  valueStarts: Int32Array = NO_INTEGERS;
  valueEnds: Int32Array = NO_INTEGERS;
  /** Where the headers are, see record_headers.ts; -1 for none. Filled only where `keepsHeaders` is set. */
  headerStarts: Int32Array = NO_INTEGERS;
  headerEnds: Int32Array = NO_INTEGERS;
  /** Whether the owner fills in the headers; set before the first records. */
  keepsHeaders = false;
  #ownTimes: Float64Array | undefined;

  /** The event times: the timestamps, or times of their own after `useOwnTimes`. */
  get timesMs(): Float64Array {
    return this.#ownTimes ?? this.timestampsMs;
  }

  /** Gives the records event times that are not their timestamps. Call it before the first records. */
  useOwnTimes(): void {
    this.#ownTimes ??= new Float64Array(this.offsets.length);
  }

  /** Removes all records; `bytes` is the buffer of the records to come. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.count = 0;
  }

  /** Memory of the arrays. */
  get arrayBytes(): number {
    return this.offsets.length * (RECORD_BYTES + this.#moreBytes);
  }

  get #moreBytes(): number {
    return (this.keepsHeaders ? HEADER_BYTES : 0) + (this.#ownTimes === undefined ? 0 : TIME_BYTES);
  }

  /** Removes all records, and gives back what takes much memory. */
  release(): void {
    this.reset(NOTHING);
    if (this.offsets.length <= RETAINED_RECORDS) return;
    this.offsets = this.timestampsMs = NO_DOUBLES;
    this.keyStarts =
      this.keyEnds =
      this.valueStarts =
      this.valueEnds =
        NO_INTEGERS;
    this.headerStarts = this.headerEnds = NO_INTEGERS;
    if (this.#ownTimes !== undefined) this.#ownTimes = NO_DOUBLES;
  }

  /** Makes room for `capacity` records in total and keeps the present ones. */
  reserve(capacity: number): void {
    if (capacity <= this.offsets.length) return;
    const size = Math.max(capacity, this.offsets.length * 2);
    // One buffer for all: each one costs as much as some records.
    const columns = new Columns(size, RECORD_BYTES + this.#moreBytes);
    this.offsets = columns.doubles(this.offsets);
    this.timestampsMs = columns.doubles(this.timestampsMs);
    if (this.#ownTimes !== undefined) this.#ownTimes = columns.doubles(this.#ownTimes);
    this.keyStarts = columns.integers(this.keyStarts);
    this.keyEnds = columns.integers(this.keyEnds);
    this.valueStarts = columns.integers(this.valueStarts);
    this.valueEnds = columns.integers(this.valueEnds);
    if (!this.keepsHeaders) return;
    this.headerStarts = columns.integers(this.headerStarts);
    this.headerEnds = columns.integers(this.headerEnds);
  }

  /** Appends a record; a null key or value starts and ends at -1. */
  push(
    offset: number,
    timestampMs: number,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const i = this.count;
    if (i === this.offsets.length) this.reserve(i + 1);
    this.offsets[i] = offset;
    this.timestampsMs[i] = timestampMs;
    this.keyStarts[i] = keyStart;
    this.keyEnds[i] = keyEnd;
    this.valueStarts[i] = valueStart;
    this.valueEnds[i] = valueEnd;
    if (this.keepsHeaders) this.setHeaders(i, -1, -1);
    this.count = i + 1;
  }

  /** Sets where the headers of a record are. */
  setHeaders(index: number, start: number, end: number): void {
    this.headerStarts[index] = start;
    this.headerEnds[index] = end;
  }

  /** Appends a record of which only the size is known: its key and value are not in `bytes`. */
  pushAbsent(offset: number, timestampMs: number, sizeBytes: number): void {
    const start = this.bytes.length;
    this.push(offset, timestampMs, -1, -1, start, Math.min(MAX_INT32, start + sizeBytes));
  }

  /** Whether the key and value of a record are not in `bytes`. */
  isAbsent(index: number): boolean {
    return this.valueEnds[index] > this.bytes.length;
  }

  /** Size of a record's key and value. A null one starts and ends at -1, so it adds 0. */
  sizeBytes(index: number): number {
    return this.keyEnds[index] - this.keyStarts[index] + this.valueEnds[index] - this.valueStarts[index];
  }
}

/** Arrays of one length in one buffer; those of doubles come first. Each begins with what it replaces. */
class Columns {
  readonly #size: number;
  readonly #buffer: ArrayBuffer;
  #at = 0;

  constructor(size: number, bytesPerRecord: number) {
    this.#size = size;
    this.#buffer = new ArrayBuffer(size * bytesPerRecord);
  }

  doubles(former: Float64Array): Float64Array {
    const column = new Float64Array(this.#buffer, this.#at, this.#size);
    this.#at += column.byteLength;
    column.set(former);
    return column;
  }

  integers(former: Int32Array): Int32Array {
    const column = new Int32Array(this.#buffer, this.#at, this.#size);
    this.#at += column.byteLength;
    column.set(former);
    return column;
  }
}
