// Encodes record batches (https://kafka.apache.org/documentation/#recordbatch), magic 2, without compression: they are
// small, and a topic's `compression.type` makes the broker compress them.

import { HEADER_BYTES } from "./batch_header.ts";
import { crc32c } from "./crc32c.ts";

const MAGIC = 2;
const NO_EPOCH = -1;
/** The maximum size of a record without key, value and headers. */
const RECORD_OVERHEAD_BYTES = 40;
/** The maximum size of a header without name and value. */
const HEADER_OVERHEAD_BYTES = 10;
const MAX_VARINT_BYTES = 10;

const encoder = new TextEncoder();

/** A record to send. Its bytes belong to the producer. */
export interface ProducerRecord {
  /** Null: any partition. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly timestampMs: number;
}

/** A broker accepts each sequence number of a producer once. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** The partition's sequence number of the first record. */
  readonly baseSequence: number;
}

export function recordSizeBytes({ key, value, headers }: ProducerRecord): number {
  // A character of text takes three bytes at most in UTF-8.
  const ofHeaders = headers.reduce(
    (sum, [name, text]) => sum + HEADER_OVERHEAD_BYTES + 3 * (name.length + text.length),
    0,
  );
  return RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders;
}

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

  constructor(maxBytes: number) {
    this.#bytes = new Uint8Array(maxBytes);
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  record(
    { key, value, headers, timestampMs }: ProducerRecord,
    { index, baseTimestampMs }: { index: number; baseTimestampMs: number },
  ): void {
    // The length comes first, so the body is written behind room for it, and moved up afterwards.
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
