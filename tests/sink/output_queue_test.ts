import assert from "node:assert/strict";
import fc from "fast-check";
import { type ProducerRecord, recordSizeBytes } from "../../lib/kafka/wire/record_batch_encoder.ts";
import { OutputQueue, type QueuedRecord } from "../../lib/sink/output_queue.ts";

function record(name: string, sizeBytes = 0): ProducerRecord {
  return {
    key: new TextEncoder().encode(name),
    value: new Uint8Array(sizeBytes),
    headers: [],
    timestampMs: 1,
  };
}

function names(records: Iterable<QueuedRecord>): string[] {
  return [...records].map(({ record }) => new TextDecoder().decode(record.key ?? undefined));
}

const LARGE = { maxRecords: 100, maxBytes: 1_000_000 };

Deno.test("OutputQueue.put() drops the oldest record that is not being sent when it is full", () => {
  const queue = new OutputQueue({ ...LARGE, maxRecords: 3, dropWhenFull: "oldest" });
  for (const name of ["a", "b", "c"]) assert.equal(queue.put(record(name)), 0);
  const [a] = queue.waiting(1);
  a.isInFlight = true;
  assert.equal(queue.put(record("d")), 1);
  assert.deepEqual(names(queue.waiting(9)), ["c", "d"]);
  assert.equal(queue.oldest, a);
  for (const one of queue.waiting(9)) one.isInFlight = true;
  assert.equal(queue.put(record("e")), 1);
  assert.equal(queue.count, 3);
});

Deno.test("OutputQueue.put() drops the newest record in that mode, and wouldDrop() says so before", () => {
  const queue = new OutputQueue({ ...LARGE, maxRecords: 2, dropWhenFull: "newest" });
  assert.equal(queue.wouldDrop(1), false);
  for (const name of ["a", "b"]) queue.put(record(name));
  assert.equal(queue.wouldDrop(1), true);
  assert.equal(queue.put(record("c")), 1);
  assert.deepEqual(names(queue.waiting(9)), ["a", "b"]);
});

Deno.test("OutputQueue.put() drops a record that is larger than the whole queue, and no other", () => {
  for (const dropWhenFull of ["oldest", "newest"] as const) {
    const queue = new OutputQueue({ ...LARGE, maxBytes: 1_000, dropWhenFull });
    queue.put(record("small"));
    assert.equal(queue.put(record("large", 2_000)), 1, dropWhenFull);
    assert.deepEqual(names(queue.waiting(9)), ["small"]);
  }
});

Deno.test("OutputQueue.waiting() yields at most so many records, none of them being sent", () => {
  const queue = new OutputQueue({ ...LARGE, dropWhenFull: "oldest" });
  for (const name of ["a", "b", "c", "d"]) queue.put(record(name));
  const [a] = queue.waiting(1);
  a.isInFlight = true;
  assert.deepEqual(names(queue.waiting(2)), ["b", "c"]);
  a.isInFlight = false;
  assert.deepEqual(names(queue.waiting(2)), ["a", "b"]);
});

Deno.test("OutputQueue is half full by records or by bytes, until they are removed", () => {
  const queue = new OutputQueue({ maxRecords: 4, maxBytes: 10_000, dropWhenFull: "oldest" });
  queue.put(record("a"));
  assert.equal(queue.isHalfFull, false);
  queue.put(record("b"));
  assert.equal(queue.isHalfFull, true);
  queue.remove([...queue.waiting(1)]);
  assert.equal(queue.isHalfFull, false);
  queue.put(record("c", 6_000));
  queue.remove([...queue.waiting(1)]);
  assert.equal(queue.isHalfFull, true);
});

Deno.test("OutputQueue stays within its bounds after any sequence of calls", () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("put" as const), sizeBytes: fc.nat({ max: 1_500 }) }),
      fc.record({ kind: fc.constantFrom("send" as const, "done" as const), most: fc.nat({ max: 5 }) }),
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, fc.constantFrom("oldest" as const, "newest" as const), (steps, dropWhenFull) => {
      const maxRecords = 10;
      const maxBytes = 4_000;
      const queue = new OutputQueue({ maxRecords, maxBytes, dropWhenFull });
      const underWay: QueuedRecord[] = [];
      let put = 0;
      let dropped = 0;
      let done = 0;
      for (const step of steps) {
        if (step.kind === "put") {
          put++;
          dropped += queue.put(record("x", step.sizeBytes));
        } else if (step.kind === "send") {
          for (const one of [...queue.waiting(step.most)]) {
            one.isInFlight = true;
            underWay.push(one);
          }
        } else {
          const some = underWay.splice(0, step.most);
          done += some.length;
          queue.remove(some);
        }
        assert.equal(queue.count, put - dropped - done);
        assert.ok(queue.count <= maxRecords);
        const held = [...underWay, ...queue.waiting(Infinity)];
        assert.ok(held.reduce((sum, { record }) => sum + recordSizeBytes(record), 0) <= maxBytes);
      }
    }),
  );
});
