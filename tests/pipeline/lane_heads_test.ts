import assert from "node:assert/strict";
import { MAX_DECODED_BYTES, MAX_WORK_BYTES } from "../../lib/records/decode_budget.ts";
import { splitRecordBatches } from "../../lib/kafka/wire/record_batch.ts";
import type { Batch } from "../../lib/records/partition_queue.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { fakeBatch, type FakeRecord } from "../fakes/fake_source.ts";
import { OPTIONS } from "../kafka/wire/read_batches.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import { rig } from "./pipeline_rig.ts";

const PARTITIONS = 12;
const BATCH_BYTES = 16 * 1024 * 1024;
const NOW_MS = 1_000_000;

/** Each reading takes time, so that turns have an end. */
class WorkClock extends ManualClock {
  override monotonicMs(): number {
    this.advance(0.05);
    return super.monotonicMs();
  }
}

/** A batch of which the decoded records take much memory. */
function largeBatch(records: readonly FakeRecord[], workBytes = 1024): Batch {
  let decodedBytes = 0;
  const { decode, ...rest } = fakeBatch(records);
  return {
    ...rest,
    workBytes,
    get decodedBytes() {
      return decodedBytes;
    },
    decode(into, fromOffset) {
      decodedBytes = BATCH_BYTES;
      return decode(into, fromOffset);
    },
    release() {
      decodedBytes = 0;
    },
  };
}

Deno.test("Pipeline.turn() bounds what is decoded for all partitions, and those that wait give their memory to others", () => {
  const { pipeline, source, counts } = rig({ lengthMs: 10_000 });
  const queues = source.assign(Array.from({ length: PARTITIONS }, () => ({})));
  queues.forEach((queue, partition) => {
    queue.highWatermark = 20;
    for (let offset = 0; offset < 20; offset++) {
      // All but the last partition run far ahead of it.
      const stepMs = partition === PARTITIONS - 1 ? 1_000 : 20_000;
      queue.push(largeBatch([{ offset, timestampMs: NOW_MS - 500_000 + offset * stepMs, value: "a" }]));
    }
  });
  let most = 0;
  for (let turn = 0; turn < 2_000 && queues.some(({ hasMore }) => hasMore); turn++) {
    pipeline.turn();
    most = Math.max(most, queues.reduce((sum, { decodedBytes }) => sum + decodedBytes, 0));
    for (const queue of queues) if (!queue.hasMore) queue.seeEnd(1e9);
  }
  assert.ok(most <= MAX_DECODED_BYTES + BATCH_BYTES, `${most}`);
  assert.ok(most >= MAX_DECODED_BYTES / 2, `${most}`);
  const last = queues[PARTITIONS - 1];
  assert.equal(last.position, 20);
  assert.ok(counts["taken events"] >= 20 + PARTITIONS - 1, JSON.stringify(counts));
});

Deno.test("Pipeline.turn() decodes a bounded part of much, serves every partition, and asks for the next turn at once", () => {
  const { pipeline, source, counts } = rig();
  const queues = source.assign(Array.from({ length: PARTITIONS }, () => ({})));
  for (const queue of queues) {
    queue.highWatermark = 10;
    for (let offset = 0; offset < 10; offset++) {
      queue.push(largeBatch([{ offset, timestampMs: NOW_MS - 1_000, value: "a" }], MAX_WORK_BYTES / 2.5));
    }
  }
  let turns = 0;
  while (queues.some(({ hasMore }) => hasMore)) {
    const before = counts["taken events"] ?? 0;
    const waitMs = pipeline.turn();
    if (queues.some(({ hasMore }) => hasMore)) assert.equal(waitMs, 0);
    assert.ok((counts["taken events"] ?? 0) - before <= 3);
    const positions = queues.map(({ position }) => position);
    assert.ok(Math.max(...positions) - Math.min(...positions) <= 2, `${positions}`);
    assert.ok(turns++ < 100);
  }
  assert.equal(counts["taken events"], PARTITIONS * 10);
});

Deno.test("Pipeline.turn() holds a small part of each batch decoded where very many partitions have one", () => {
  const { pipeline, source, counts } = rig();
  const partitions = 300;
  const records = Array.from({ length: 1_000 }, () => {
    return { timestampMs: NOW_MS - 1_000, value: new TextEncoder().encode("a") };
  });
  const bytes = writeRecordBatch({ records });
  const queues = source.assign(Array.from({ length: partitions }, () => ({})));
  for (const queue of queues) {
    queue.highWatermark = records.length;
    for (const batch of splitRecordBatches(bytes, OPTIONS).batches) queue.push(batch);
  }
  let most = 0;
  while (queues.some(({ hasMore }) => hasMore)) {
    pipeline.turn();
    most = Math.max(most, queues.reduce((sum, { decodedBytes }) => sum + decodedBytes, 0));
  }
  assert.equal(counts.counted, partitions * records.length);
  assert.ok(most <= partitions * 16 * 1024, `${most} bytes`);
});

Deno.test("Pipeline.turn() skips a record of a wrong clock soon, and the other partitions still advance together", () => {
  const { pipeline, source, counts } = rig({ lengthMs: 60_000, clock: new WorkClock({ nowMs: NOW_MS }) });
  const queues = source.assign(Array.from({ length: 300 }, () => ({})));
  const slides = 40;
  queues.forEach((queue, partition) => {
    queue.highWatermark = slides;
    const records = Array.from({ length: slides }, (_, offset) => {
      const timestampMs = partition === 7 && offset === 0 ? NOW_MS * 1e6 : NOW_MS - (slides - offset) * 2_000;
      return { offset, timestampMs, value: "a" };
    });
    queue.push(fakeBatch(records));
  });
  const furthestApart = () => {
    const positions = queues.map(({ position }) => position);
    return Math.max(...positions) - Math.min(...positions);
  };
  let skippedAfter = 0;
  for (let turn = 0; queues.some(({ hasMore }) => hasMore); turn++) {
    pipeline.turn();
    assert.ok(furthestApart() <= 8, `${furthestApart()} slides apart`);
    if (counts["skipped future"] === undefined) skippedAfter = turn + 1;
  }
  assert.equal(counts.counted, 300 * slides - 1);
  assert.ok(skippedAfter <= 20, `${skippedAfter} turns`);
});

/** The number of turns until many partitions with 200 records each are empty. */
function turnsOfMany(
  settings: Parameters<typeof rig>[0],
  timeOf: (offset: number) => number,
): { readonly turns: number; readonly counts: Readonly<Record<string, number>> } {
  const { pipeline, source, counts } = rig(settings);
  const queues = source.assign(Array.from({ length: 300 }, () => ({})));
  for (const queue of queues) {
    queue.highWatermark = 200;
    queue.push(
      fakeBatch(Array.from({ length: 200 }, (_, offset) => {
        return { offset, timestampMs: timeOf(offset), value: "a" };
      })),
    );
  }
  let turns = 0;
  for (; turns < 1_000 && queues.some(({ hasMore }) => hasMore); turns++) pipeline.turn();
  return { turns, counts };
}

Deno.test("Pipeline.turn() takes many records of each of very many partitions where a record counts at its arrival", () => {
  const { turns, counts } = turnsOfMany({ time: "processing" }, (offset) => NOW_MS - 100_000 + offset);
  assert.equal(counts.counted, 300 * 200);
  assert.ok(turns <= 30, `${turns} turns`);
});

Deno.test("Pipeline.turn() takes many records of each of very many partitions where every second one is skipped", () => {
  const { turns, counts } = turnsOfMany({ lengthMs: 60_000 }, (offset) => {
    return offset % 2 === 0 ? NOW_MS * 1e6 : NOW_MS - 1_000;
  });
  assert.equal(counts.counted, 300 * 100);
  assert.ok(turns <= 30, `${turns} turns`);
});
