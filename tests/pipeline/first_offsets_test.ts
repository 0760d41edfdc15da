import assert from "node:assert/strict";
import { FirstOffsets } from "../../lib/pipeline/first_offsets.ts";

Deno.test("FirstOffsets.lowest() is the lowest offset of the panes that are not forgotten, at most the position", () => {
  const offsets = new FirstOffsets([[2_000, 40]]);
  offsets.set(0, 50);
  offsets.set(4_000, 45);
  assert.deepEqual([offsets.lowest(60), offsets.lowest(30)], [40, 30]);
  offsets.forgetBefore(4_000);
  assert.deepEqual([offsets.lowest(60), offsets.has(2_000), offsets.has(4_000)], [45, false, true]);
  assert.deepEqual(offsets.entries(), [[4_000, 45]]);
  offsets.forgetBefore(Infinity);
  assert.equal(offsets.lowest(60), 60);
});

Deno.test("FirstOffsets.set() keeps no panes that are long past, even when nobody asks for the offsets", () => {
  const offsets = new FirstOffsets();
  for (let pane = 0; pane < 10_000; pane++) {
    offsets.forgetBefore(pane - 3);
    offsets.set(pane, pane);
  }
  assert.ok([0, 5_000, 9_000].every((pane) => !offsets.has(pane)));
  assert.equal(offsets.lowest(Infinity), 9_996);
});

Deno.test("FirstOffsets keeps a pane that comes back after it was forgotten, with its new offset", () => {
  const offsets = new FirstOffsets([[0, 10], [2_000, 20]]);
  offsets.forgetBefore(Infinity);
  assert.deepEqual([offsets.has(2_000), offsets.lowest(60)], [false, 60]);
  offsets.set(2_000, 30);
  offsets.set(4_000, 40);
  assert.deepEqual([offsets.has(0), offsets.has(2_000), offsets.lowest(60)], [false, true, 30]);
  offsets.forgetBefore(4_000);
  offsets.set(2_000, 50);
  assert.deepEqual(offsets.entries().toSorted(([a], [b]) => a - b), [[2_000, 50], [4_000, 40]]);
});
