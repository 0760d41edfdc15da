// Record batches of the test's own make (magic 2): https://kafka.apache.org/documentation/#recordbatch

import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { crc32c } from "../../lib/kafka/crc32c.ts";
import { ByteWriter } from "./byte_writer.ts";

export interface RecordToSend {
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly key?: string;
  readonly value: string | Uint8Array | null;
}

const GZIP = 1;
const CHECKED_FROM = 21; // the checksum covers what follows it

/** One batch that holds all of the records, as a producer sends it. */
export function encodeRecordBatch(
  records: readonly RecordToSend[],
  options: { gzip?: boolean } = {},
): Uint8Array {
  const body = encodeRecords(records);
  const payload = options.gzip ? gzipSync(body) : body;
  const timestampsMs = records.map(({ timestampMs }) => timestampMs);
  const batch = new ByteWriter()
    .int64(0).int32(49 + payload.length) // base offset; length of what follows
    .int32(-1).int8(2).uint32(0) // leader epoch, magic, checksum
    .int16(options.gzip ? GZIP : 0)
    .int32(records.length - 1)
    .int64(timestampsMs[0]).int64(timestampsMs.reduce((a, b) => Math.max(a, b)))
    .int64(-1).int16(-1).int32(-1) // no idempotent producer
    .int32(records.length)
    .raw(payload);
  const bytes = batch.bytes;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(17, crc32c(bytes, CHECKED_FROM, bytes.length));
  return bytes;
}

function encodeRecords(records: readonly RecordToSend[]): Uint8Array {
  const all = new ByteWriter();
  for (let i = 0; i < records.length; i++) {
    const { timestampMs, key, value } = records[i];
    const one = new ByteWriter().int8(0).varint(timestampMs - records[0].timestampMs).varint(i);
    writeNullable(one, key === undefined ? null : Buffer.from(key));
    writeNullable(one, typeof value === "string" ? Buffer.from(value) : value);
    one.varint(0); // no headers
    all.varint(one.bytes.length).raw(one.bytes);
  }
  return all.bytes;
}

function writeNullable(writer: ByteWriter, bytes: Uint8Array | null): void {
  if (bytes === null) writer.varint(-1);
  else writer.varint(bytes.length).raw(bytes);
}
