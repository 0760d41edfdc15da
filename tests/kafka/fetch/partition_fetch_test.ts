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
