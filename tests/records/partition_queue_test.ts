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

Deno.test("PartitionQueue.head() decodes one batch after the other, and advance() moves the cursor", () => {
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

Deno.test("PartitionQueue.queuedBytes falls when a batch is taken completely", () => {
  const queue = queueFrom(0);
  queue.push(fakeBatch(recordsAt(0, 1)));
  assert.equal(queue.queuedBytes, 100);
  queue.head(quiet);
  queue.advance(1);
  assert.equal(queue.queuedBytes, 100);
  queue.advance(2);
  assert.equal(queue.queuedBytes, 0);
});

Deno.test("PartitionQueue.head() skips empty batches and moves the position beyond them", () => {
  const queue = queueFrom(0);
  queue.push(fakeBatch([], { nextOffset: 7 }));
  assert.ok(!queue.head(quiet));
  assert.equal(queue.position, 7);
});

Deno.test("PartitionQueue.head() leaves out records below the position", () => {
  const queue = queueFrom(11);
  queue.push(fakeBatch(recordsAt(10, 11)));
  assert.ok(queue.head(quiet));
  assert.deepEqual([queue.records.count, queue.records.offsets[0]], [1, 11]);
});

Deno.test("PartitionQueue.head() reports a batch that cannot be decoded and continues after it", () => {
  const queue = queueFrom(0);
  const problem = { reason: "corrupt" as const, records: 5, message: "the checksum is wrong" };
  queue.push(fakeBatch([], { nextOffset: 5, problem }));
  queue.push(fakeBatch(recordsAt(5)));
  const problems: BatchProblem[] = [];
  assert.ok(queue.head((each) => problems.push(each)));
  assert.deepEqual(problems, [problem]);
  assert.equal(queue.records.offsets[0], 5);
});

Deno.test("PartitionQueue.lag is the number of records not taken yet, never below 0", () => {
  const queue = queueFrom(10);
  assert.equal(queue.lag, 0);
  queue.highWatermark = 25;
  assert.equal(queue.lag, 15);
  queue.highWatermark = 5;
  assert.equal(queue.lag, 0);
});

Deno.test("PartitionQueue.endSeenMs is undefined while records are queued or not fetched yet", () => {
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

Deno.test("PartitionQueue.push() invalidates an end seen before", () => {
  const queue = queueFrom(0);
  queue.highWatermark = 0;
  queue.seeEnd(40);
  assert.equal(queue.endSeenMs, 40);
  queue.push(fakeBatch([], { nextOffset: 1 }));
  queue.head(quiet);
  assert.equal(queue.endSeenMs, undefined);
});

Deno.test("PartitionQueue.skipTo() moves the position only when nothing is queued", () => {
  const queue = queueFrom(0);
  queue.push(fakeBatch(recordsAt(0)));
  queue.skipTo(100);
  assert.equal(queue.position, 0);
  queue.head(quiet);
  queue.advance(1);
  queue.head(quiet);
  assert.equal(queue.position, 100);
});
