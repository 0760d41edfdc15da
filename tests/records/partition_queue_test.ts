import assert from "node:assert/strict";
import { type BatchProblem, PartitionQueue } from "../../lib/records/partition_queue.ts";
import { fakeBatch } from "../fakes/fake_source.ts";

const quiet = (problem: BatchProblem) => assert.fail(problem.message);

function recordsAt(...offsets: number[]) {
  return offsets.map((offset) => ({ offset, timestampMs: 1_000 + offset, value: `v${offset}` }));
}

function queueFrom(startOffset: number): PartitionQueue {
  return new PartitionQueue({ topic: "events", partition: 3, startOffset });
}

Deno.test("PartitionQueue.head() brings batches one after the other, with a cursor that advance() moves", () => {
  const queue = queueFrom(10);
  queue.push(fakeBatch(recordsAt(10, 11), { arrivedMs: 5 }));
  queue.push(fakeBatch(recordsAt(12), { arrivedMs: 6 }));
  assert.ok(queue.head(quiet));
  assert.deepEqual([queue.records.count, queue.cursor, queue.arrivedMs], [2, 0, 5]);
  queue.advance(1);
  assert.deepEqual([queue.position, queue.cursor], [11, 1]);
  queue.advance(2);
  assert.equal(queue.position, 12);
  assert.ok(queue.head(quiet));
  assert.deepEqual([queue.records.offsets[0], queue.arrivedMs], [12, 6]);
  queue.advance(1);
  assert.ok(!queue.head(quiet));
  assert.equal(queue.position, 13);
});

Deno.test("PartitionQueue.queuedBytes falls when a batch has been taken whole", () => {
  const queue = queueFrom(0);
  queue.push(fakeBatch(recordsAt(0, 1)));
  assert.equal(queue.queuedBytes, 100);
  queue.head(quiet);
  queue.advance(1);
  assert.equal(queue.queuedBytes, 100);
  queue.advance(2);
  assert.equal(queue.queuedBytes, 0);
});

Deno.test("PartitionQueue.head() passes over batches that hold nothing, and moves the position beyond them", () => {
  const queue = queueFrom(0);
  queue.push(fakeBatch([], { nextOffset: 7 }));
  assert.ok(!queue.head(quiet));
  assert.equal(queue.position, 7);
});

Deno.test("PartitionQueue.head() leaves out what lies before the position", () => {
  const queue = queueFrom(11);
  queue.push(fakeBatch(recordsAt(10, 11)));
  assert.ok(queue.head(quiet));
  assert.deepEqual([queue.records.count, queue.records.offsets[0]], [1, 11]);
});

Deno.test("PartitionQueue.head() tells of a batch that cannot be read, and goes on behind it", () => {
  const queue = queueFrom(0);
  const problem = { reason: "corrupt" as const, records: 5, message: "the checksum is wrong" };
  queue.push(fakeBatch([], { nextOffset: 5, problem }));
  queue.push(fakeBatch(recordsAt(5)));
  const problems: BatchProblem[] = [];
  assert.ok(queue.head((each) => problems.push(each)));
  assert.deepEqual(problems, [problem]);
  assert.equal(queue.records.offsets[0], 5);
});

Deno.test("PartitionQueue.lag is what is still to be taken, never below 0", () => {
  const queue = queueFrom(10);
  assert.equal(queue.lag, 0);
  queue.highWatermark = 25;
  assert.equal(queue.lag, 15);
  queue.highWatermark = 5;
  assert.equal(queue.lag, 0);
});

Deno.test("PartitionQueue.endSeenMs is known only when nothing is queued and nothing lies ahead", () => {
  const queue = queueFrom(0);
  queue.highWatermark = 1;
  queue.push(fakeBatch(recordsAt(0)));
  queue.seeEnd(40);
  assert.equal(queue.endSeenMs, undefined, "a record is queued");
  queue.head(quiet);
  queue.advance(1);
  queue.head(quiet);
  assert.equal(queue.endSeenMs, 40);
  queue.highWatermark = 2;
  assert.equal(queue.endSeenMs, undefined, "a record was appended");
});

Deno.test("PartitionQueue.push() makes an end seen before worth nothing", () => {
  const queue = queueFrom(0);
  queue.highWatermark = 0;
  queue.seeEnd(40);
  assert.equal(queue.endSeenMs, 40);
  queue.push(fakeBatch([], { nextOffset: 1 }));
  queue.head(quiet);
  assert.equal(queue.endSeenMs, undefined);
});

Deno.test("PartitionQueue.skipTo() moves the position only when nothing is queued before it", () => {
  const queue = queueFrom(0);
  queue.push(fakeBatch(recordsAt(0)));
  queue.skipTo(100);
  assert.equal(queue.position, 0);
  queue.head(quiet);
  queue.advance(1);
  queue.head(quiet);
  assert.equal(queue.position, 100);
});
