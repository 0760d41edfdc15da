import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_BATCH_BYTES, splitRecordBatches } from "../../../lib/kafka/wire/record_batch.ts";
import { type Codec, CODECS, concat } from "../compression/compression_writer.ts";
import { OPTIONS, readAll, type ReadRecord } from "./read_batches.ts";
import { JAVA_ABORT_MARKER, JAVA_RECORD_BATCHES } from "./java_record_batches.ts";
import { fixCrc, writeMarker, writeRecordBatch, type WrittenRecord } from "./record_batch_writer.ts";

const codecs = Object.keys(CODECS) as Codec[];
const text = new TextEncoder();

const writtenRecords: fc.Arbitrary<WrittenRecord[]> = fc.array(
  fc.record({
    gap: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 100_000 })),
    timestampMs: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 43 })),
    key: fc.option(fc.uint8Array({ maxLength: 70 })),
    value: fc.option(fc.uint8Array({ maxLength: 300 })),
    headers: fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.option(fc.uint8Array({ maxLength: 5 }))), {
      maxLength: 2,
    }),
  }),
  { minLength: 1, maxLength: 30 },
).map((records) => {
  let offsetDelta = -1;
  return records.map(({ gap, ...record }) => ({ ...record, offsetDelta: offsetDelta += gap }));
});

Deno.test("splitRecordBatches() and decode() read what was written, with every codec", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(writtenRecords, fc.constantFrom(...codecs)), { maxLength: 4 }),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 2 ** 33 }),
      fc.boolean(),
      (batches, startOffset, checkCrcs) => {
        let offset = startOffset;
        const expected: ReadRecord[] = [];
        const recordSet = concat(batches.map(([records, codec]) => {
          const bytes = writeRecordBatch({ baseOffset: offset, records, codec });
          for (const record of records) {
            expected.push({
              offset: offset + record.offsetDelta!,
              timestampMs: record.timestampMs === -1 ? NaN : record.timestampMs,
              key: record.key ?? null,
              value: record.value ?? null,
            });
          }
          offset += records[records.length - 1].offsetDelta! + 1;
          return bytes;
        }));
        const options = { ...OPTIONS, fetchOffset: startOffset, highWatermark: offset, checkCrcs };
        const result = readAll(recordSet, options);
        assert.deepEqual(result.records, expected);
        assert.deepEqual(result.problems, []);
        assert.equal(result.nextOffset, offset);
        assert.equal(result.incomplete, false);
      },
    ),
  );
});

Deno.test("splitRecordBatches() and decode() read what the Java client writes", () => {
  const marker = Buffer.from(JAVA_ABORT_MARKER, "base64");
  for (const codec of codecs) {
    const recordSet = concat([Buffer.from(JAVA_RECORD_BATCHES[codec], "base64"), marker]);
    const { records, problems, nextOffset } = readAll(recordSet, { ...OPTIONS, fetchOffset: 1000 });
    assert.deepEqual(problems, []);
    assert.equal(nextOffset, 1004);
    assert.deepEqual(records, [
      {
        offset: 1000,
        timestampMs: 1763805540000,
        key: text.encode("k"),
        value: text.encode("to be,or not,to be,to be,to be,or not"),
      },
      {
        offset: 1001,
        timestampMs: 1763805539000,
        key: null,
        value: text.encode("to be,or not,to be,that is the question,to be,or not to be"),
      },
      { offset: 1002, timestampMs: 1763805541000, key: text.encode("k"), value: null },
    ], codec);
  }
});

Deno.test("splitRecordBatches() reads across the gaps of compaction", () => {
  const recordSet = concat([
    writeRecordBatch({ baseOffset: 3, records: [], lastOffsetDelta: 4 }),
    writeRecordBatch({ baseOffset: 20, records: [{ timestampMs: 1, offsetDelta: 2 }], lastOffsetDelta: 9 }),
  ]);
  const result = readAll(recordSet, { ...OPTIONS, highWatermark: 40 });
  assert.deepEqual(result.records.map(({ offset }) => offset), [22]);
  assert.deepEqual(result.problems, []);
  assert.equal(result.nextOffset, 30);
  assert.equal(readAll(recordSet.subarray(0, 61), { ...OPTIONS, fetchOffset: 5 }).nextOffset, 8);
});

Deno.test("splitRecordBatches() reads beyond a high watermark that is older than the record set", () => {
  const records = [{ timestampMs: 1 }, { timestampMs: 2 }];
  const recordSet = concat([writeRecordBatch({ records }), writeRecordBatch({ baseOffset: 2, records })]);
  const result = readAll(recordSet, { ...OPTIONS, highWatermark: 1 });
  assert.equal(result.records.length, 4);
  assert.deepEqual(result.problems, []);
});

Deno.test("splitRecordBatches() leaves out a batch that is cut anywhere", () => {
  const records = [{ timestampMs: 1, value: text.encode("a,b") }];
  const first = writeRecordBatch({ baseOffset: 7, records });
  const second = writeRecordBatch({ baseOffset: 8, records });
  const both = concat([first, second]);
  const options = { ...OPTIONS, fetchOffset: 7 };
  for (let length = 1; length < both.length; length++) {
    const { batches, nextOffset, incomplete } = splitRecordBatches(both.subarray(0, length), options);
    const whole = length < first.length ? 0 : 1;
    assert.equal(batches.length, whole);
    assert.equal(nextOffset, 7 + whole);
    assert.equal(incomplete, length !== first.length);
  }
});

Deno.test("splitRecordBatches() drops aborted transactions from their first offset to their marker", () => {
  const records = [{ timestampMs: 1 }, { timestampMs: 2 }];
  const batch = (baseOffset: number, producerId: bigint, isTransactional = true) =>
    writeRecordBatch({ baseOffset, records, producerId, isTransactional });
  const recordSet = concat([
    batch(100, 1n), // aborted, begun before the fetch
    batch(102, 2n), // committed
    batch(104, 3n), // aborted
    batch(106, 3n, false), // the same producer, but outside of transactions
    writeMarker({ baseOffset: 108, producerId: 1n, isCommit: false }),
    batch(109, 1n), // committed later
    writeMarker({ baseOffset: 111, producerId: 2n, isCommit: true }),
    batch(112, 3n), // still aborted
    writeMarker({ baseOffset: 114, producerId: 3n, isCommit: false }),
    batch(115, 2n), // aborted
    batch(117, 3n), // aborted, a second time
    writeMarker({ baseOffset: 119, producerId: 3n, isCommit: false }),
  ]);
  const abortedTransactions = [
    { producerId: 3n, firstOffset: 117 },
    { producerId: 2n, firstOffset: 115 },
    { producerId: 1n, firstOffset: 90 },
    { producerId: 3n, firstOffset: 104 },
  ];
  const options = { ...OPTIONS, fetchOffset: 100, abortedTransactions };
  const committed = readAll(recordSet, options);
  assert.deepEqual(committed.records.map(({ offset }) => offset), [102, 103, 106, 107, 109, 110]);
  assert.deepEqual(committed.problems, []);
  assert.equal(committed.nextOffset, 120);
  const all = readAll(recordSet, { ...options, readCommitted: false });
  assert.equal(all.records.length, 16);
});

Deno.test("splitRecordBatches() continues behind a batch with a damaged header", () => {
  const records = [{ timestampMs: 1 }, { timestampMs: 2 }];
  const sound = (baseOffset: number) => writeRecordBatch({ baseOffset, records });
  const damage = (baseOffset: number, at: number, value: number) => {
    const bytes = sound(baseOffset);
    bytes[at] = value;
    return bytes;
  };
  const rows: [string, Uint8Array[], number, number, number][] = [
    // name; batches; records read; records counted as lost; offset of the next fetch
    ["last offset too high, another batch follows", [damage(0, 24, 9), sound(2)], 2, 2, 4],
    ["last offset too high, none follows", [damage(0, 24, 9)], 0, 1, 1],
    ["last offset negative", [damage(0, 23, 0x80), sound(2)], 2, 2, 4],
    ["count", [damage(0, 59, 1), sound(2)], 2, 2, 4],
    ["the length, the first batch", [damage(0, 8, 0x80), sound(2)], 0, 1, 1],
    ["a length of more than a batch can be", [damage(0, 8, 0x7f), sound(2)], 0, 1, 1],
    ["the length, a later batch", [sound(0), damage(2, 11, 1), sound(4)], 2, 0, 2],
    ["the magic", [damage(0, 16, 3), sound(2)], 0, 1, 1],
    ["the base offset, far ahead", [damage(0, 2, 1), sound(2)], 0, 1, 1],
    ["the base offset, negative", [damage(0, 0, 0x80), sound(2)], 0, 1, 1],
    ["the base offset of a later batch", [sound(0), damage(2, 2, 1)], 2, 0, 2],
  ];
  for (const [name, batches, readCount, lost, nextOffset] of rows) {
    const result = readAll(concat(batches), { ...OPTIONS, highWatermark: 100 });
    assert.equal(result.records.length, readCount, name);
    assert.equal(result.problems.reduce((sum, problem) => sum + problem.records, 0), lost, name);
    assert.equal(result.nextOffset, nextOffset, name);
  }
});

Deno.test("splitRecordBatches() continues when all batches lie below the requested offset", () => {
  const recordSet = writeRecordBatch({ baseOffset: 3, records: [{ timestampMs: 1 }] });
  const result = readAll(recordSet, { ...OPTIONS, fetchOffset: 50 });
  assert.equal(result.nextOffset, 51);
  assert.equal(result.problems[0].message, "batch at 50: the batches for offset 50 end below it");
});

Deno.test("splitRecordBatches() reports the old message formats as unsupported", () => {
  const message = (offset: number, magic: number) => {
    const bytes = new Uint8Array(40);
    const view = new DataView(bytes.buffer);
    view.setBigInt64(0, BigInt(offset));
    view.setInt32(8, 28);
    view.setInt8(16, magic);
    return bytes;
  };
  const recordSet = concat([
    message(4, 0),
    message(5, 1),
    writeRecordBatch({ baseOffset: 6, records: [{ timestampMs: 1 }] }),
  ]);
  const result = readAll(recordSet, { ...OPTIONS, fetchOffset: 4 });
  assert.deepEqual(result.problems.map(({ message }) => message), [
    "batch at 4: message format v0/v1 is not supported",
    "batch at 5: message format v0/v1 is not supported",
  ]);
  assert.equal(result.records.length, 1);
  assert.equal(result.nextOffset, 7);
});

Deno.test("splitRecordBatches() and decode() never throw, and always advance, for any damage", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(writtenRecords, fc.constantFrom(...codecs)), { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.constantFrom(-1, 0, 1000, 1e9),
      (batches, flips, fixCrcs, highWatermark) => {
        let offset = 0;
        const recordSet = concat(batches.map(([records, codec], i) => {
          const bytes = writeRecordBatch({ baseOffset: offset, records, codec });
          offset += records[records.length - 1].offsetDelta! + 1;
          for (const [at, value] of flips) {
            // Damage of headers has the most effect.
            if (at % 4 === i) bytes[(at >>> 2) % (at % 3 === 0 ? bytes.length : 61)] = value;
          }
          return fixCrcs ? fixCrc(bytes) : bytes;
        }));
        const result = readAll(recordSet, { ...OPTIONS, highWatermark, checkCrcs: fixCrcs });
        assert.ok(result.nextOffset > 0 || (result.incomplete && result.batchCount === 0));
        let previous = -1;
        for (const record of result.records) {
          assert.ok(record.offset > previous && record.offset < result.nextOffset);
          previous = record.offset;
        }
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("splitRecordBatches() ends for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    readAll(bytes, OPTIONS);
  }));
  assert.deepEqual(splitRecordBatches(new Uint8Array(0), OPTIONS), {
    batches: [],
    nextOffset: 0,
    incomplete: false,
    doubt: undefined,
  });
  assert.ok(MAX_BATCH_BYTES < 2 ** 31);
});
