// Conditions, event times and weights in the pipeline: which records move the watermark, are late, or are counted again.

import assert from "node:assert/strict";
import { fakeBatch } from "../fakes/fake_source.ts";
import { at, rig } from "./pipeline_rig.ts";

const FIELD = { kind: "field", path: "$.m" } as const;
const KEEP = { subject: { kind: "field", path: "$.keep" }, test: { kind: "in", values: [true] } } as const;

const value = (m: string, more: object = {}): string => JSON.stringify({ m, keep: true, ...more });

Deno.test("Pipeline.turn() moves the watermark by filtered records, and counts them in no window", () => {
  const { source, run, counts, closed } = rig({ reading: { from: FIELD, where: [KEEP] } });
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([
    at(0, 1_000, value("a")),
    at(1, 1_500, value("b", { keep: false })),
    at(2, 13_000, value("c", { keep: false })),
    at(3, 1_000, value("late")),
    at(4, 1_000, value("late and filtered", { keep: false })),
  ]));
  run();
  assert.equal(counts["filtered events"], 3);
  assert.equal(counts["counted"], 1);
  assert.equal(counts["late dropped"], 1);
  assert.deepEqual(closed[0].top, [{ word: "a", count: 1 }]);
  // The last window with the record.
  assert.equal(closed.at(-1)?.endMs, 10_000);
});

Deno.test("Pipeline.turn() does not count filtered records again in a replay", () => {
  const { source, run, counts, closed } = rig({ reading: { from: FIELD, where: [KEEP] } });
  const [queue] = source.assign([{ startOffset: 0, replayUntil: 3 }], {
    closedUntilMs: 2_000,
    firstEndMs: 4_000,
  });
  queue.push(fakeBatch([
    at(0, 1_000, value("a", { keep: false })),
    at(1, 1_000, value("b")),
    at(2, 3_000, value("c", { keep: false })),
    at(3, 5_000, value("d", { keep: false })),
  ]));
  run();
  assert.equal(counts["filtered events"], 1);
  assert.equal(counts["replayed events"], 3);
  assert.deepEqual(closed[0].top, [{ word: "b", count: 1 }]);
});

Deno.test("Pipeline.turn() files records under the time in their value", () => {
  const timestamp = { path: "$.at", format: "unix_ms" } as const;
  const { source, run, counts, closed, outputs } = rig({ reading: { from: FIELD, timestamp } });
  const [queue, other] = source.assign([{}, {}]);
  // A partition may be far ahead of another by its records' own timestamps.
  queue.push(fakeBatch([
    at(0, 900_000, value("a", { at: 1_000 })),
    at(1, NaN, value("b", { at: 1_999 })),
    at(2, 5, value("c", { at: "2_000" })),
    at(3, 5, "no JSON"),
    at(4, 5, value("future", { at: 2_000_000 })),
    at(5, 5, value("d", { at: 4_000 })),
  ]));
  other.push(fakeBatch([at(0, 1, value("e", { at: 3_000 })), at(1, 1, value("f", { at: 8_000 }))]));
  run();
  assert.equal(counts["skipped invalid_timestamp"], 1);
  assert.equal(counts["skipped invalid_json"], 1);
  assert.equal(counts["skipped future"], 1);
  assert.equal(counts["counted"], 5);
  assert.equal(outputs.skipped.length, 3);
  assert.deepEqual(closed.map(({ endMs, records }) => [endMs, records]), [[2_000, 2], [4_000, 3]]);
});
