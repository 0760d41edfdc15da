import assert from "node:assert/strict";
import fc from "fast-check";
import { HEADER_BYTES, readBatchHeader } from "../../../lib/kafka/wire/batch_header.ts";
import { readBigInt64, readInt32 } from "../../../lib/kafka/integers.ts";
import { splitRecordBatches } from "../../../lib/kafka/wire/record_batch.ts";
import {
  encodeRecordBatch,
  type ProducerRecord,
  recordSizeBytes,
} from "../../../lib/kafka/wire/record_batch_encoder.ts";
import { Records } from "../../../lib/records/records.ts";
import { writeRecords } from "./record_batch_writer.ts";

const IDENTITY = { producerId: 42n, producerEpoch: 3, baseSequence: 7 };

const bytesOrNull = fc.option(fc.uint8Array({ maxLength: 300 }));
const records: fc.Arbitrary<ProducerRecord[]> = fc.array(
  fc.record({
    key: bytesOrNull,
    value: bytesOrNull,
    headers: fc.array(
      fc.tuple(fc.string({ unit: "binary", maxLength: 9 }), fc.string({ unit: "binary", maxLength: 99 })),
      { maxLength: 3 },
    ),
    timestampMs: fc.oneof(fc.nat({ max: 10_000 }), fc.nat({ max: 4_102_444_800_000 })),
  }),
  { minLength: 1, maxLength: 20 },
);

function decode(bytes: Uint8Array): Records {
  const { batches, incomplete } = splitRecordBatches(bytes, {
    fetchOffset: 0,
    arrivedMs: 0,
    checkCrcs: true,
    maxRecordBytes: 2 ** 20,
    readCommitted: true,
    abortedTransactions: [],
    highWatermark: -1,
  });
  assert.equal(incomplete, false);
  assert.equal(batches.length, 1);
  const found = new Records();
  assert.equal(batches[0].decode(found, 0), undefined);
  return found;
}

Deno.test("encodeRecordBatch() writes what the decoder reads", () => {
  fc.assert(fc.property(records, (sent) => {
    const { count, bytes, offsets, timestampsMs, keyStarts, keyEnds, valueStarts, valueEnds } = decode(
      encodeRecordBatch(sent, IDENTITY),
    );
    const part = (start: number, end: number) => start < 0 ? null : bytes.slice(start, end);
    const found = Array.from({ length: count }, (_, i) => ({
      offset: offsets[i],
      timestampMs: timestampsMs[i],
      key: part(keyStarts[i], keyEnds[i]),
      value: part(valueStarts[i], valueEnds[i]),
    }));
    const expected = sent.map(({ timestampMs, key, value }, offset) => ({ offset, timestampMs, key, value }));
    assert.deepEqual(found, expected);
  }));
});

Deno.test("encodeRecordBatch() writes the bytes of another encoder, headers included", () => {
  fc.assert(fc.property(records, (sent) => {
    const others = sent.map((record) => ({
      ...record,
      headers: record.headers.map(([name, text]) => [name, new TextEncoder().encode(text)] as const),
    }));
    const body = encodeRecordBatch(sent, IDENTITY).subarray(HEADER_BYTES);
    assert.deepEqual(body.slice(), writeRecords(others));
  }));
});

Deno.test("encodeRecordBatch() writes the producer and the range of timestamps", () => {
  const record = { key: null, value: null, headers: [] };
  const bytes = encodeRecordBatch([{ ...record, timestampMs: 5_000 }, { ...record, timestampMs: 9_000 }, {
    ...record,
    timestampMs: 1_000,
  }], IDENTITY);
  const header = readBatchHeader(bytes);
  assert.equal(header.baseTimestampMs, 5_000);
  assert.equal(header.maxTimestampMs, 9_000);
  assert.equal(header.isTransactional, false);
  assert.equal(header.lastOffset, 2);
  assert.equal(readBigInt64(bytes, 43), 42n);
  assert.equal(bytes[51] << 8 | bytes[52], 3);
  assert.equal(readInt32(bytes, 53), 7);
});

Deno.test("recordSizeBytes() is at least the size of the record", () => {
  fc.assert(fc.property(records, ([record]) => {
    const bytes = encodeRecordBatch([record], IDENTITY);
    assert.ok(bytes.length - HEADER_BYTES <= recordSizeBytes(record));
  }));
});
