import assert from "node:assert/strict";
import fc from "fast-check";
import { recount } from "../oracle/oracle.ts";
import { PaneCounts } from "./pane_counts.ts";

const WINDOW = { lengthMs: 60, slideMs: 20 };
const TOP = 3;

const records = fc.array(fc.record({
  partition: fc.nat(2),
  ts: fc.nat(500),
  words: fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 4 }),
}));

Deno.test("PaneCounts.window() equals a naive recount of the requested partitions", () => {
  fc.assert(fc.property(records, fc.subarray([0, 1, 2]), (records, partitions) => {
    const counts = new PaneCounts(WINDOW);
    for (const { partition, ts, words } of records) counts.add(partition, ts, words);
    const covered = records.filter(({ partition }) => partitions.includes(partition)).map(
      (record, offset) => {
        return { ...record, topic: "t", offset, key: null, payload: record.words.join() };
      },
    );
    for (const { endMs, top } of recount(covered, { ...WINDOW, top: TOP })) {
      assert.deepEqual(counts.window(endMs, partitions).slice(0, TOP), top);
    }
    if (partitions.length < 3) return;
    assert.deepEqual(counts.ends, recount(covered, { ...WINDOW, top: TOP }).map(({ endMs }) => endMs));
  }));
});

Deno.test("PaneCounts.forgetBefore() removes panes, and no other window changes", () => {
  const counts = new PaneCounts(WINDOW);
  for (const ts of [0, 20, 60]) counts.add(0, ts, ["a"]);
  counts.forgetBefore(20);
  assert.deepEqual(counts.window(20, [0]), []);
  assert.deepEqual(counts.window(80, [0]), [["a", 2]]);
});
