import assert from "node:assert/strict";
import { PartitionFetch } from "../../../lib/kafka/fetch/partition_fetch.ts";
import type { FetchedPartition } from "../../../lib/kafka/wire/fetch_response.ts";
import { PartitionQueue } from "../../../lib/records/partition_queue.ts";
import { writeRecordBatch } from "../wire/record_batch_writer.ts";

const MIB = 2 ** 20;

function scene() {
  const queue = new PartitionQueue({ topic: "t", partition: 0, startOffset: 0 });
  const fetch = new PartitionFetch(queue, {
    isolation: "read_committed",
    checkCrcs: true,
    maxRecordBytes: MIB,
  });
  fetch.usualBytes = 1_000;
  /** An answer of a log with 10 records, of which a batch holds the next `records`. */
  const answer = (records: number, { hadRoom = true, lastStableOffset = 10, bytes = 5_000 } = {}) => {
    const value = new Uint8Array(bytes);
    const recordSet = records === 0 ? new Uint8Array() : writeRecordBatch({
      baseOffset: queue.readOffset,
      records: Array.from({ length: records }, () => ({ timestampMs: 0, value })),
    });
    const fetched: FetchedPartition = {
      partition: 0,
      errorCode: 0,
      highWatermark: 10,
      lastStableOffset,
      logStartOffset: 0,
      abortedTransactions: [],
      preferredReadReplica: -1,
      recordSet,
    };
    fetch.accept(fetched, { sentMs: 0, nowMs: 0, hadRoom });
  };
  return { fetch, answer };
}

Deno.test("PartitionFetch asks for more where a batch is larger than its limit, and for the batch's size then", () => {
  const { fetch, answer } = scene();
  for (const wanted of [2_000, 4_000, 8_000]) {
    answer(0);
    assert.equal(fetch.maxBytes, wanted);
  }
  answer(1);
  assert.ok(fetch.maxBytes > 5_000 && fetch.maxBytes < 5_200, `${fetch.maxBytes} bytes`);
  answer(1, { bytes: 10 });
  assert.equal(fetch.maxBytes, 1_000);
});

/** An answer with these record sets, of a log with 1,000 records. */
function fetchedWith(recordSet: Uint8Array): FetchedPartition {
  return {
    partition: 0,
    errorCode: 0,
    highWatermark: 1_000,
    lastStableOffset: 1_000,
    logStartOffset: 0,
    abortedTransactions: [],
    preferredReadReplica: -1,
    recordSet,
  };
}

function batchAt(baseOffset: number): Uint8Array {
  return writeRecordBatch({ baseOffset, records: [{ timestampMs: 0, value: new Uint8Array(9) }] });
}

const FALSE_SETS: readonly (readonly [what: string, recordSet: Uint8Array, reason: RegExp])[] = [
  ["a damaged batch of earlier records", batchAt(3).fill(1, -2, -1), /the batches for offset 7 end below it/],
  ["bytes that are no batch", new Uint8Array(100).fill(255), /a batch claims to start at -1/],
  ["a batch of a later format", batchAt(7).fill(9, 16, 17), /unknown message format v9/],
];

for (const [what, recordSet, reason] of FALSE_SETS) {
  Deno.test(`PartitionFetch passes over no record for ${what} before several answers have been so`, () => {
    const queue = new PartitionQueue({ topic: "t", partition: 0, startOffset: 7 });
    const fetch = new PartitionFetch(queue, {
      isolation: "read_committed",
      checkCrcs: true,
      maxRecordBytes: MIB,
    });
    let nowMs = 0;
    const answer = (set: Uint8Array) => {
      nowMs = Math.max(nowMs, fetch.notBeforeMs);
      return fetch.accept(fetchedWith(set), { sentMs: nowMs, nowMs, hadRoom: true });
    };
    for (let n = 0; n < 6; n++) {
      const failure = answer(recordSet);
      assert.match(failure?.message ?? "", /^the answer to Fetch has no batch of t\/0 at offset 7 \(/);
      assert.match(failure?.message ?? "", reason);
      assert.equal(queue.readOffset, 7);
      assert.ok(fetch.isFailing && fetch.notBeforeMs > nowMs);
    }
    assert.ok(fetch.notBeforeMs > 7_000 && fetch.notBeforeMs < 20_000, `${fetch.notBeforeMs} ms`);
    assert.equal(answer(batchAt(7)), undefined, "nothing is lost");
    assert.deepEqual([queue.readOffset, fetch.isFailing], [8, false]);

    for (let n = 0; n < 6; n++) assert.ok(answer(recordSet));
    assert.equal(queue.readOffset, 8);
    for (const passed of [9, 10, 11]) {
      assert.equal(
        answer(recordSet),
        undefined,
        "the log is damaged, and the next places are not waited for",
      );
      assert.equal(queue.readOffset, passed);
    }
  });
}

Deno.test("PartitionFetch passes over no record for sound batches of earlier ones", () => {
  const queue = new PartitionQueue({ topic: "t", partition: 0, startOffset: 7 });
  const settings = { isolation: "read_committed", checkCrcs: false, maxRecordBytes: MIB } as const;
  const fetch = new PartitionFetch(queue, settings);
  fetch.usualBytes = 100;
  const answer = (set: Uint8Array) =>
    fetch.accept(fetchedWith(set), { sentMs: 0, nowMs: fetch.notBeforeMs, hadRoom: true });
  for (let n = 0; n < 100; n++) {
    assert.match(answer(batchAt(3))?.message ?? "", /has no batch of t\/0 at offset 7/);
  }
  assert.equal(queue.readOffset, 7);
  assert.equal(fetch.maxBytes, 16 * MIB, "earlier batches may fill a smaller answer");
  assert.equal(answer(batchAt(7)), undefined);
  assert.equal(queue.readOffset, 8);
});

Deno.test("PartitionFetch asks for no more than 16 MiB", () => {
  const { fetch, answer } = scene();
  for (let n = 0; n < 40; n++) answer(0);
  assert.equal(fetch.maxBytes, 16 * MIB);
});

Deno.test("PartitionFetch asks for no more where others filled the answer, or where there is nothing to read", () => {
  const { fetch, answer } = scene();
  answer(0, { hadRoom: false });
  answer(0, { lastStableOffset: 0 });
  answer(10, { bytes: 1 });
  answer(0);
  assert.equal(fetch.maxBytes, 1_000);
});
