// Batches that are decoded in parts, since they decompress to much.

import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_RECORDS_PER_PART } from "../../../lib/kafka/wire/record_stream.ts";
import { splitRecordBatches } from "../../../lib/kafka/wire/record_batch.ts";
import { Records } from "../../../lib/records/records.ts";
import { type Codec, CODECS, compress, concat } from "../compression/compression_writer.ts";
import { OPTIONS, readAll } from "./read_batches.ts";
import { varint, writeRecordBatch, writeRecords, type WrittenRecord } from "./record_batch_writer.ts";

const codecs = Object.keys(CODECS) as Codec[];
const compressing = codecs.filter((codec) => codec !== "none");
const text = new TextEncoder();
const UNLIMITED = { ...OPTIONS, partBytes: 1 << 28 };

const sizes = fc.oneof({ weight: 9, arbitrary: fc.nat(60) }, fc.nat(3000));
const field = fc.option(sizes.map((size) => new Uint8Array(size).fill(size)), { freq: 5 });
const writtenRecords: fc.Arbitrary<WrittenRecord[]> = fc.array(
  fc.record({
    gap: fc.integer({ min: 1, max: 3 }),
    timestampMs: fc.integer({ min: -1, max: 2 ** 43 }),
    key: field,
    value: field,
    headers: fc.array(fc.tuple(fc.string({ maxLength: 3 }), field), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 40 },
).map((records) => {
  let offsetDelta = -1;
  return records.map(({ gap, ...record }) => ({ ...record, offsetDelta: offsetDelta += gap }));
});
const partSizes = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 10_000 }));

Deno.test("PendingBatch.decode() reads the same records in parts of any size, from any offset", () => {
  fc.assert(
    fc.property(
      writtenRecords,
      fc.constantFrom(...codecs),
      partSizes,
      fc.nat(50),
      fc.integer({ min: 1, max: 4000 }),
      (records, codec, partBytes, fetchOffset, maxRecordBytes) => {
        const bytes = writeRecordBatch({ records, codec });
        const whole = readAll(bytes, { ...UNLIMITED, fetchOffset });
        const parts = readAll(bytes, { ...OPTIONS, fetchOffset, partBytes, maxRecordBytes });
        assert.deepEqual(parts.problems, whole.problems);
        assert.equal(parts.records.length, whole.records.length);
        parts.records.forEach((found, i) => {
          const wanted = whole.records[i];
          const size = (wanted.key?.length ?? 0) + (wanted.value?.length ?? 0);
          if (found.absentBytes === undefined) assert.deepEqual(found, wanted);
          else {
            assert.ok(size > maxRecordBytes && found.absentBytes > maxRecordBytes);
            assert.deepEqual([found.offset, found.timestampMs], [wanted.offset, wanted.timestampMs]);
          }
        });
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("PendingBatch.decode() reads the same records in parts of any number of records, from any offset", () => {
  fc.assert(
    fc.property(
      writtenRecords,
      fc.constantFrom(...codecs),
      fc.integer({ min: 1, max: 50 }),
      fc.nat(50),
      (records, codec, partRecords, fetchOffset) => {
        const bytes = writeRecordBatch({ records, codec });
        const whole = readAll(bytes, { ...UNLIMITED, fetchOffset });
        assert.deepEqual(readAll(bytes, { ...UNLIMITED, fetchOffset, partRecords }), whole);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("PendingBatch.decode() counts the bytes of a part as its work", () => {
  const records = Array.from({ length: 1_000 }, () => ({ timestampMs: 1, value: new Uint8Array(100) }));
  const [batch] = splitRecordBatches(writeRecordBatch({ records }), OPTIONS).batches;
  const run = new Records();
  let workBytes = 0;
  let parts = 0;
  do {
    batch.decode(run, 0, { partRecords: 10 });
    assert.equal(run.count, 10);
    workBytes += batch.workBytes ?? 0;
    parts++;
  } while (batch.hasMore);
  assert.equal(parts, 100);
  assert.ok(workBytes <= 2 * batch.sizeBytes, `${workBytes} of ${batch.sizeBytes}`);
});

Deno.test("PendingBatch.decode() accounts for every record of a damaged batch in parts", () => {
  fc.assert(
    fc.property(
      writtenRecords,
      fc.constantFrom(...codecs),
      partSizes,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      (records, codec, partBytes, flips, cut) => {
        const dense = records.map((record, offsetDelta) => ({ ...record, offsetDelta }));
        const body = compress(codec, writeRecords(dense)).slice();
        for (const [at, value] of flips) body[at % body.length] = value;
        const damaged = body.subarray(0, body.length - (cut % 3 === 0 ? cut % body.length : 0));
        const bytes = writeRecordBatch({ records: dense, codec, body: damaged });
        const whole = readAll(bytes, UNLIMITED);
        const parts = readAll(bytes, { ...OPTIONS, partBytes });
        assert.ok(parts.problems.length <= 1);
        const lost = parts.problems.reduce((sum, problem) => sum + problem.records, 0);
        const found = parts.records.length;
        // Bytes behind the last record are one problem more.
        assert.ok(
          found + lost === records.length || (found === records.length && lost === 1),
          `${found}, ${lost}`,
        );
        if (whole.problems.length === 0) assert.deepEqual(parts.records, whole.records);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("PendingBatch.decode() passes over a record that is too large, and reads its neighbours", () => {
  const large = new Uint8Array(3_000_000).map((_, i) => i >> 8);
  const rows: readonly [
    name: string,
    record: Omit<WrittenRecord, "timestampMs">,
    absentBytes: number | undefined,
  ][] = [
    ["a value", { value: large }, 3_000_000],
    ["a key", { key: large, value: text.encode("v") }, 3_000_001],
    ["both together", { key: large.subarray(0, 600_000), value: large.subarray(0, 600_000) }, 1_200_000],
    ["headers alone", { key: text.encode("k"), value: text.encode("v"), headers: [["h", large]] }, undefined],
    [
      "as much as is allowed",
      { key: null, value: large.subarray(0, 1_000_000), headers: [["h", large]] },
      undefined,
    ],
  ];
  const small = (value: string) => ({ timestampMs: 9, value: text.encode(value) });
  for (const codec of compressing) {
    for (const [name, record, absentBytes] of rows) {
      const records = [small("before"), { timestampMs: 10, ...record }, small("after"), small("last")];
      const bytes = writeRecordBatch({ records, codec });
      const options = { ...OPTIONS, partBytes: 100_000, maxRecordBytes: 1_000_000 };
      const { records: found, problems } = readAll(bytes, options);
      assert.deepEqual(problems, [], name);
      assert.deepEqual(found.map(({ offset }) => offset), [0, 1, 2, 3], name);
      // The size of a value is not known where its key alone is too large.
      const size = found[1].absentBytes;
      assert.ok(
        absentBytes === undefined ? size === undefined : size! >= absentBytes && size! < absentBytes + 40,
        name,
      );
      assert.equal(found[1].timestampMs, 10);
      const kept = (bytes: Uint8Array | null | undefined) => bytes === undefined ? null : bytes;
      if (absentBytes === undefined) {
        assert.deepEqual([found[1].key, found[1].value], [kept(record.key), kept(record.value)], name);
      }
      assert.deepEqual([0, 2, 3].map((i) => new TextDecoder().decode(found[i].value!)), [
        "before",
        "after",
        "last",
      ]);
    }
  }
});

Deno.test("PendingBatch.decode() reads 144 MB of records in parts, and holds some megabytes", () => {
  const value = text.encode("ab,".repeat(320_000));
  const records = Array.from({ length: 150 }, () => ({ timestampMs: 0 }));
  const body = concat(records.map((_, i) => {
    const content = concat([
      Uint8Array.of(0, 0),
      varint(i),
      varint(-1),
      varint(value.length),
      value,
      Uint8Array.of(0),
    ]);
    return concat([varint(content.length), content]);
  }));
  for (const codec of ["gzip", "zstd"] as const) {
    const bytes = writeRecordBatch({ records, codec, body: compress(codec, body) });
    const [batch] = splitRecordBatches(bytes, { ...OPTIONS, maxRecordBytes: 1 << 20 }).batches;
    const run = new Records();
    let count = 0;
    do {
      assert.equal(batch.decode(run, 0), undefined);
      for (let i = 0; i < run.count; i++) {
        assert.equal(run.offsets[i], count++);
        assert.equal(Buffer.compare(run.bytes.subarray(run.valueStarts[i], run.valueEnds[i]), value), 0);
      }
      assert.ok((batch.decodedBytes ?? 0) < 16 << 20 && (batch.workBytes ?? 0) < 12 << 20);
    } while (batch.hasMore);
    assert.equal(count, 150);
  }
});

Deno.test("PendingBatch.decode() decompresses only the start of a bomb", () => {
  const value = new Uint8Array(64 << 20);
  for (const codec of ["gzip", "zstd"] as const) {
    const bytes = writeRecordBatch({ records: [{ timestampMs: 7, value }], codec });
    const [batch] = splitRecordBatches(bytes, { ...OPTIONS, maxRecordBytes: 1 << 20 }).batches;
    const run = new Records();
    let work = 0;
    do {
      assert.equal(batch.decode(run, 0), undefined);
      work += batch.workBytes ?? 0;
    } while (batch.hasMore);
    assert.ok(work < 12 << 20, `${work}`);
    assert.deepEqual([run.count, run.offsets[0], run.timestampsMs[0], run.sizeBytes(0)], [1, 0, 7, 64 << 20]);
    assert.ok(run.isAbsent(0));
  }
});

Deno.test("PendingBatch.decode() bounds the records of a part, with every codec", () => {
  const value = text.encode("w");
  const records = Array.from({ length: MAX_RECORDS_PER_PART * 2 + 5 }, () => ({ timestampMs: 1, value }));
  const body = writeRecords(records);
  for (const codec of codecs) {
    const bytes = writeRecordBatch({ records, codec, body: compress(codec, body) });
    const [batch] = splitRecordBatches(bytes, OPTIONS).batches;
    const run = new Records();
    const counts: number[] = [];
    do {
      assert.equal(batch.decode(run, 3), undefined);
      counts.push(run.count);
    } while (batch.hasMore);
    assert.deepEqual(counts, [MAX_RECORDS_PER_PART - 3, MAX_RECORDS_PER_PART, 5], codec);
  }
});

Deno.test("PendingBatch.release() makes decode() start again", () => {
  const value = new Uint8Array(100_000).map((_, i) => i * 7);
  const records = Array.from({ length: 20 }, () => ({ timestampMs: 1, value }));
  for (const codec of codecs) {
    const [batch] =
      splitRecordBatches(writeRecordBatch({ records, codec }), { ...OPTIONS, partBytes: 250_000 }).batches;
    const run = new Records();
    batch.decode(run, 0);
    batch.decode(run, 0);
    batch.release?.();
    assert.equal(batch.hasMore, false);
    const offsets: number[] = [];
    do {
      assert.equal(batch.decode(run, 7), undefined);
      offsets.push(...run.offsets.subarray(0, run.count));
    } while (batch.hasMore);
    assert.deepEqual(offsets, Array.from({ length: 13 }, (_, i) => i + 7), codec);
  }
});
