import assert from "node:assert/strict";
import { type BatchProblem, PartitionQueue } from "../../lib/records/partition_queue.ts";
import { DecodeBudget, MAX_DECODED_BYTES, MAX_WORK_BYTES } from "../../lib/records/decode_budget.ts";
import type { Records } from "../../lib/records/records.ts";
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

Deno.test("PartitionQueue.end() ends a partition before the known end of its log, until something is fetched", () => {
  const queue = queueFrom(0);
  queue.highWatermark = 9;
  queue.push(fakeBatch(recordsAt(0)));
  queue.end();
  assert.equal(queue.endSeenMs, undefined, "a record is queued");
  queue.head(quiet);
  queue.advance(1);
  queue.head(quiet);
  assert.equal(queue.endSeenMs, Infinity);
  queue.push(fakeBatch(recordsAt(1)));
  queue.head(quiet);
  queue.advance(1);
  queue.head(quiet);
  assert.equal(queue.endSeenMs, undefined);
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

/** A batch of one record a part, at the offsets from `first` on. A part in `empty` has none. */
function batchInParts(first: number, parts: number, options: { empty?: number[]; damagedAt?: number } = {}) {
  let next = 0;
  return {
    sizeBytes: 10,
    nextOffset: first + parts,
    arrivedMs: 0,
    workBytes: MAX_WORK_BYTES / 2,
    decodedBytes: 1000,
    get hasMore() {
      return next > 0;
    },
    decode(records: Records, fromOffset: number): BatchProblem | undefined {
      const part = next;
      next = part + 1 === parts ? 0 : part + 1;
      records.reset(new Uint8Array(10));
      if (part === options.damagedAt) {
        next = 0;
        return { reason: "corrupt", records: parts - part, message: "damaged" };
      }
      if (options.empty?.includes(part) || first + part < fromOffset) return undefined;
      records.push(first + part, 1_000 + part, -1, -1, 0, 10);
      return undefined;
    },
    release() {
      next = 0;
    },
  };
}

function freshBudget(decodedBytes = 0): DecodeBudget {
  const budget = new DecodeBudget();
  budget.begin(() => decodedBytes);
  return budget;
}

Deno.test("PartitionQueue.head() decodes a batch part by part, and the position follows the parts", () => {
  const queue = queueFrom(10);
  queue.push(batchInParts(10, 4, { empty: [1] }));
  const positions: number[] = [];
  while (queue.head(quiet)) {
    assert.equal(queue.records.count, 1);
    queue.advance(1);
    positions.push(queue.position);
    assert.equal(queue.queuedBytes, queue.position < 14 ? 10 : 0);
  }
  assert.deepEqual(positions, [11, 13, 14]);
});

Deno.test("PartitionQueue.head() reports a damaged part once, after the parts before it, and reads the next batch", () => {
  const queue = queueFrom(0);
  queue.push(batchInParts(0, 5, { damagedAt: 2 }));
  queue.push(fakeBatch(recordsAt(5)));
  const problems: BatchProblem[] = [];
  const offsets: number[] = [];
  while (queue.head((problem) => problems.push(problem))) {
    offsets.push(queue.records.offsets[0]);
    queue.advance(1);
  }
  assert.deepEqual(offsets, [0, 1, 5]);
  assert.deepEqual(problems.map(({ records }) => records), [3]);
});

Deno.test("PartitionQueue.head() stops when the budget of the turn is spent, and continues in the next", () => {
  const queue = queueFrom(0);
  queue.push(batchInParts(0, 5, { empty: [0, 1, 2, 3] }));
  assert.equal(queue.head(quiet, freshBudget()), false);
  assert.ok(queue.hasMore);
  assert.equal(queue.position, 0);
  assert.equal(queue.head(quiet, freshBudget()), false);
  assert.equal(queue.head(quiet, freshBudget()), true);
  assert.equal(queue.records.offsets[0], 4);
});

Deno.test("PartitionQueue.head() stops within a run of batches without records", () => {
  const queue = queueFrom(0);
  for (let i = 0; i < 10_000; i++) queue.push(fakeBatch([], { nextOffset: i + 1 }));
  let turns = 0;
  while (!queue.head(quiet, freshBudget()) && queue.hasMore) turns++;
  assert.ok(turns >= 4 && turns <= 10, `${turns}`);
  assert.equal(queue.position, 10_000);
});

Deno.test("PartitionQueue.head() begins no batch while too much is decoded, and continues one that is begun", () => {
  const queue = queueFrom(0);
  queue.push(batchInParts(0, 2));
  const full = freshBudget(MAX_DECODED_BYTES);
  assert.equal(queue.head(quiet, full), false);
  assert.ok(full.lacksRoom);
  assert.ok(queue.head(quiet, freshBudget(MAX_DECODED_BYTES - 1)));
  queue.advance(1);
  assert.ok(queue.head(quiet, freshBudget(MAX_DECODED_BYTES)));
});

Deno.test("PartitionQueue.release() gives the decoded records back, and head() decodes the rest again", () => {
  const queue = queueFrom(0);
  queue.push(batchInParts(0, 3));
  queue.head(quiet);
  queue.advance(1);
  queue.head(quiet);
  assert.ok(queue.decodedBytes >= 1000);
  queue.release();
  assert.ok(queue.decodedBytes < 1000);
  assert.deepEqual([queue.releasedMs, queue.position, queue.hasMore, queue.queuedBytes], [1001, 1, true, 10]);
  assert.ok(queue.head(quiet));
  assert.deepEqual([queue.records.offsets[0], queue.releasedMs], [1, undefined]);
});
