// Writes record batches as producers and brokers do, with every option, and with the false fields of damaged ones.

import { crc32c } from "../../../lib/kafka/wire/crc32c.ts";
import { type Codec, CODECS, compress } from "../compression/compression_writer.ts";

export interface WrittenRecord {
  /** Default: the record's index in the batch. */
  readonly offsetDelta?: number;
  readonly timestampMs: number;
  readonly key?: Uint8Array | null;
  readonly value?: Uint8Array | null;
  readonly headers?: readonly (readonly [string, Uint8Array | null])[];
}

export interface WrittenBatch {
  readonly baseOffset?: number;
  readonly records: readonly WrittenRecord[];
  readonly codec?: Codec;
  /** In place of the output of `codec`. */
  readonly body?: Uint8Array;
  /** LogAppendTime, and the broker's time. */
  readonly appendTimestampMs?: number;
  readonly producerId?: bigint;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** Beyond the last record where compaction removed records. */
  readonly lastOffsetDelta?: number;
  /** In place of the number of records. */
  readonly recordCount?: number;
}

const HEADER_BYTES = 61;

export function writeRecordBatch(batch: WrittenBatch): Uint8Array {
  const { records, codec = "none" } = batch;
  const baseTimestampMs = records.length === 0 ? -1 : records[0].timestampMs;
  const body = batch.body ?? compress(codec, writeRecords(records));
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  const attributes = CODECS[codec] | (batch.appendTimestampMs === undefined ? 0 : 0x08) |
    (batch.isTransactional ? 0x10 : 0) | (batch.isControl ? 0x20 : 0);
  const maxTimestampMs = records.reduce((max, record) => Math.max(max, record.timestampMs), baseTimestampMs);
  const lastDelta = records.reduce((_, record, i) => record.offsetDelta ?? i, 0);
  view.setBigInt64(0, BigInt(batch.baseOffset ?? 0));
  view.setInt32(8, bytes.length - 12);
  view.setInt8(16, 2);
  view.setInt16(21, attributes);
  view.setInt32(23, batch.lastOffsetDelta ?? lastDelta);
  view.setBigInt64(27, BigInt(baseTimestampMs));
  view.setBigInt64(35, BigInt(batch.appendTimestampMs ?? maxTimestampMs));
  view.setBigInt64(43, batch.producerId ?? -1n);
  view.setInt32(57, batch.recordCount ?? records.length);
  bytes.set(body, HEADER_BYTES);
  return fixCrc(bytes);
}

/** Corrects the CRC of the batch in place. */
export function fixCrc(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(17, crc32c(bytes, 21, bytes.length));
  return bytes;
}

/** The batch that ends a transaction. */
export function writeMarker(
  { baseOffset, producerId, isCommit }: { baseOffset: number; producerId: bigint; isCommit: boolean },
): Uint8Array {
  const key = Uint8Array.of(0, 0, 0, isCommit ? 1 : 0);
  const value = new Uint8Array(6);
  const records = [{ timestampMs: 1, key, value }];
  return writeRecordBatch({ baseOffset, producerId, records, isTransactional: true, isControl: true });
}

/** The records of a batch, before compression. */
export function writeRecords(records: readonly WrittenRecord[]): Uint8Array {
  let out = new Uint8Array(1024);
  let at = 0;
  const baseTimestampMs = records.length === 0 ? -1 : records[0].timestampMs;
  const text = new TextEncoder();
  records.forEach((record, i) => {
    const body: number[] = [0];
    pushVarint(body, record.timestampMs - baseTimestampMs);
    pushVarint(body, record.offsetDelta ?? i);
    const head = Uint8Array.from(body);
    const parts = [head, ...sized(record.key), ...sized(record.value)];
    const headers = record.headers ?? [];
    parts.push(varint(headers.length));
    for (const [name, value] of headers) parts.push(...sized(text.encode(name)), ...sized(value));
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    parts.unshift(varint(length));
    if (at + length + 5 > out.length) {
      const larger = new Uint8Array((at + length + 5) * 2);
      larger.set(out);
      out = larger;
    }
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
  });
  return out.slice(0, at);
}

function sized(bytes: Uint8Array | null | undefined): Uint8Array[] {
  return bytes === null || bytes === undefined ? [varint(-1)] : [varint(bytes.length), bytes];
}

export function varint(value: number): Uint8Array {
  const out: number[] = [];
  pushVarint(out, value);
  return Uint8Array.from(out);
}

function pushVarint(out: number[], value: number): void {
  let rest = BigInt.asUintN(64, BigInt(value) << 1n ^ BigInt(value) >> 63n);
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
}
