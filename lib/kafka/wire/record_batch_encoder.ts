// Writes record batches (https://kafka.apache.org/documentation/#recordbatch), magic 2, not compressed: what is sent is
// little, and a topic's `compression.type` lets the broker do it.

import { HEADER_BYTES } from "./batch_header.ts";
import { crc32c } from "./crc32c.ts";

const MAGIC = 2;
const NO_EPOCH = -1;
/** What a record takes beside its key, its value and its headers, at most. */
const RECORD_OVERHEAD_BYTES = 40;
/** What a header takes beside its name and its value, at most. */
const HEADER_OVERHEAD_BYTES = 10;
const MAX_VARINT_BYTES = 10;

const encoder = new TextEncoder();

/** A record as a producer is given it. Its bytes are the producer's from then on. */
export interface ProducerRecord {
  /** Null: it belongs to no partition in particular. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly timestampMs: number;
}

/** Whose batch it is: a broker takes each sequence of a producer once. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** The number of the first record, by partition. */
  readonly baseSequence: number;
}

/** What a record takes in a batch, at most. */
export function recordSizeBytes({ key, value, headers }: ProducerRecord): number {
  // A character of text takes three bytes at most in UTF-8.
  const ofHeaders = headers.reduce(
    (sum, [name, text]) => sum + HEADER_OVERHEAD_BYTES + 3 * (name.length + text.length),
    0,
  );
  return RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders;
}

/** One batch of the records, of which there is at least one, in their order. */
export function encodeRecordBatch(records: readonly ProducerRecord[], identity: BatchIdentity): Uint8Array {
  const baseTimestampMs = records[0].timestampMs;
  const writer = new BatchWriter(
    records.reduce((sum, record) => sum + recordSizeBytes(record), HEADER_BYTES),
  );
  records.forEach((record, index) => writer.record(record, { index, baseTimestampMs }));
  const bytes = writer.written;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setInt32(8, bytes.length - 12);
  view.setInt32(12, NO_EPOCH);
  view.setInt8(16, MAGIC);
  view.setInt32(23, records.length - 1);
  view.setBigInt64(27, BigInt(baseTimestampMs));
  view.setBigInt64(35, BigInt(Math.max(...records.map(({ timestampMs }) => timestampMs))));
  view.setBigInt64(43, identity.producerId);
  view.setInt16(51, identity.producerEpoch);
  view.setInt32(53, identity.baseSequence);
  view.setInt32(57, records.length);
  view.setUint32(17, crc32c(bytes, 21, bytes.length));
  return bytes;
}

class BatchWriter {
  readonly #bytes: Uint8Array;
  #at = HEADER_BYTES;

  /** `mostBytes`: all that will be written, at most. */
  constructor(mostBytes: number) {
    this.#bytes = new Uint8Array(mostBytes);
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  record(
    { key, value, headers, timestampMs }: ProducerRecord,
    { index, baseTimestampMs }: { index: number; baseTimestampMs: number },
  ): void {
    // Its length comes first: it is written further on, and moved up to where it belongs.
    const start = this.#at;
    this.#at += MAX_VARINT_BYTES;
    const bodyStart = this.#at;
    this.#bytes[this.#at++] = 0; // attributes, not in use
    this.#varint(timestampMs - baseTimestampMs);
    this.#varint(index);
    this.#sized(key);
    this.#sized(value);
    this.#varint(headers.length);
    for (const [name, text] of headers) {
      this.#sized(encoder.encode(name));
      this.#sized(encoder.encode(text));
    }
    const bodyEnd = this.#at;
    this.#at = start;
    this.#varint(bodyEnd - bodyStart);
    this.#bytes.copyWithin(this.#at, bodyStart, bodyEnd);
    this.#at += bodyEnd - bodyStart;
  }

  /** Null has the length -1. */
  #sized(bytes: Uint8Array | null): void {
    this.#varint(bytes === null ? -1 : bytes.length);
    if (bytes === null) return;
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Zigzag, seven bits a byte, the lowest first; exact within 2^52. */
  #varint(value: number): void {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 128;
    this.#bytes[this.#at++] = rest;
  }
}
