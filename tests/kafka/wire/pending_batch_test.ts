import assert from "node:assert/strict";
import { splitRecordBatches } from "../../../lib/kafka/wire/record_batch.ts";
import type { BatchProblem } from "../../../lib/records/partition_queue.ts";
import { Records } from "../../../lib/records/records.ts";
import { type Codec, concat } from "../compression/compression_writer.ts";
import { OPTIONS, readAll } from "./read_batches.ts";
import { fixCrc, varint, writeRecordBatch, writeRecords } from "./record_batch_writer.ts";

const text = new TextEncoder();
Deno.test("PendingBatch.decode() leaves out the records below the requested offset", () => {
  const records = [0, 1, 2, 3].map((timestampMs) => ({ timestampMs }));
  const recordSet = writeRecordBatch({ baseOffset: 10, records });
  const result = readAll(recordSet, { ...OPTIONS, fetchOffset: 12 });
  assert.deepEqual(result.records.map(({ offset }) => offset), [12, 13]);
  assert.equal(result.nextOffset, 14);
});

Deno.test("PendingBatch.decode() points into the batch itself without compression", () => {
  const recordSet = writeRecordBatch({ records: [{ timestampMs: 1, value: text.encode("a word") }] });
  const records = new Records();
  splitRecordBatches(recordSet, OPTIONS).batches[0].decode(records, 0);
  assert.equal(records.bytes.buffer, recordSet.buffer);
});

Deno.test("PendingBatch.decode() uses the broker's time for every record with LogAppendTime", () => {
  const records = [{ timestampMs: 7 }, { timestampMs: -1 }];
  const result = readAll(writeRecordBatch({ records, appendTimestampMs: 99 }), OPTIONS);
  assert.deepEqual(result.records.map(({ timestampMs }) => timestampMs), [99, 99]);
});

Deno.test("PendingBatch.decode() reads timestamps beyond 2^53 as the nearest double", () => {
  const far = 2 ** 62;
  const result = readAll(writeRecordBatch({ records: [{ timestampMs: far }, { timestampMs: 5 }] }), OPTIONS);
  assert.deepEqual(result.records.map(({ timestampMs }) => timestampMs), [far, 0]);
});

Deno.test("PendingBatch.decode() reads 200,000 records from a small gzip batch", () => {
  const value = text.encode("word");
  const records = Array.from({ length: 200_000 }, () => ({ timestampMs: 1, value }));
  const recordSet = writeRecordBatch({ records, codec: "gzip" });
  assert.ok(recordSet.length < 1 << 20);
  const result = readAll(recordSet, OPTIONS);
  assert.deepEqual(result.problems, []);
  assert.equal(result.records.length, 200_000);
  assert.equal(result.records[199_999].offset, 199_999);
});

Deno.test("PendingBatch.decode() reads a value of 10 MB", () => {
  const value = new Uint8Array(10_000_000).map((_, i) => i * 31);
  for (const codec of ["none", "zstd"] as const) {
    const result = readAll(writeRecordBatch({ records: [{ timestampMs: 1, value }], codec }), OPTIONS);
    assert.ok(Buffer.compare(result.records[0].value!, value) === 0);
  }
});

Deno.test("PendingBatch.decode() reports the fault of a batch, and returns none of its records", () => {
  const records = [{ timestampMs: 1, value: text.encode("a") }, { timestampMs: 2, value: text.encode("b") }];
  const body = writeRecords(records);
  const withBody = (bytes: Uint8Array, codec: Codec = "none") =>
    writeRecordBatch({ records, body: bytes, codec });
  const flipped = writeRecordBatch({ records });
  flipped[flipped.length - 1] ^= 1;
  const unknownCodec = writeRecordBatch({ records });
  unknownCodec[22] |= 5;
  const rows: [string, Uint8Array, BatchProblem["reason"], RegExp][] = [
    ["a flipped bit", flipped, "corrupt", /^batch at 0: its CRC does not match$/],
    ["a cut body", withBody(body.subarray(0, body.length - 1)), "corrupt", /record 2 of 2 is damaged/],
    [
      "bytes left over",
      withBody(concat([body, Uint8Array.of(0)])),
      "corrupt",
      /1 bytes after the last of 2 records/,
    ],
    [
      "fewer records than said",
      writeRecordBatch({ records, recordCount: 3, lastOffsetDelta: 2 }),
      "corrupt",
      /./,
    ],
    [
      "more records than said",
      writeRecordBatch({ records, recordCount: 1 }),
      "corrupt",
      /bytes after the last/,
    ],
    [
      "more records than offsets",
      writeRecordBatch({ records, recordCount: 3 }),
      "corrupt",
      /claims 3 records/,
    ],
    ["a negative count", writeRecordBatch({ records, recordCount: -1 }), "corrupt", /claims -1 records/],
    [
      "more records than bytes",
      writeRecordBatch({ records, recordCount: 9, lastOffsetDelta: 8 }),
      "corrupt",
      /9 records in/,
    ],
    ["a codec that is none", fixCrc(unknownCodec), "corrupt", /unknown compression codec 5/],
    ["no gzip", withBody(body, "gzip"), "corrupt", /cannot decompress/],
    ["no zstd", withBody(body, "zstd"), "corrupt", /no zstd frame/],
    [
      "an offset twice",
      writeRecordBatch({ records: records.map((record) => ({ ...record, offsetDelta: 0 })) }),
      "corrupt",
      /./,
    ],
    [
      "too many records",
      writeRecordBatch({ records, recordCount: 5_000_000, lastOffsetDelta: 4_999_999 }),
      "corrupt",
      /5000000 records in/,
    ],
  ];
  for (const [name, bytes, reason, message] of rows) {
    const { records: found, problems, nextOffset } = readAll(bytes, OPTIONS);
    assert.equal(found.length, 0, name);
    assert.equal(problems.length, 1, name);
    assert.equal(problems[0].reason, reason, name);
    assert.match(problems[0].message, message, name);
    assert.ok(problems[0].records >= 1 && problems[0].records <= nextOffset, name);
  }
});

Deno.test("PendingBatch.decode() rejects records whose fields exceed them", () => {
  const rows: [string, number[]][] = [
    ["a length of 0", [0]],
    ["a negative length", [1]],
    ["a length beyond the end", [...varint(1000), 0, 0, 0, 1, 1, 0]],
    ["a length that does not end", [255, 255, 255, 255, 255, 255, 255]],
    ["a time that does not end", [...varint(17), 0, ...Array(12).fill(255), 0, 1, 1, 0]],
    ["a key beyond its record", [...varint(6), 0, 0, 0, ...varint(9), 1, 0]],
    ["a value beyond its record", [...varint(6), 0, 0, 0, 1, ...varint(9), 0]],
    ["a key of which the length does not end", [...varint(11), 0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0]],
    ["no headers", [...varint(5), 0, 0, 0, 1, 1, 0, 0]],
    ["an offset beyond the batch", [...varint(6), 0, 0, 2, 1, 1, 0]],
  ];
  for (const [name, body] of rows) {
    const bytes = writeRecordBatch({ records: [{ timestampMs: 1 }], body: Uint8Array.from(body) });
    const { records, problems } = readAll(bytes, OPTIONS);
    assert.equal(records.length, 0, name);
    assert.equal(problems[0]?.reason, "corrupt", name);
  }
});

Deno.test("PendingBatch.decode() does not check CRCs when that is off", () => {
  const bytes = writeRecordBatch({ records: [{ timestampMs: 1, value: text.encode("a") }] });
  bytes[20] ^= 1;
  assert.equal(readAll(bytes, { ...OPTIONS, checkCrcs: false }).records.length, 1);
  assert.equal(readAll(bytes, OPTIONS).problems.length, 1);
});
