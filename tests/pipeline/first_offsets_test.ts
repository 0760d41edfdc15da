import assert from "node:assert/strict";
import fc from "fast-check";
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

Deno.test("FirstOffsets.note() keeps the offset of a pane that has one", () => {
  const offsets = new FirstOffsets();
  offsets.note(2_000, 20);
  offsets.note(2_000, 25);
  offsets.forgetBefore(4_000);
  offsets.note(2_000, 30);
  assert.deepEqual(offsets.entries(), [[2_000, 30]]);
});

Deno.test("FirstOffsets is a map of the panes, in whatever order they come and are forgotten", () => {
  const step = fc.record({ pane: fc.integer({ min: 0, max: 200 }), isForgotten: fc.boolean() });
  fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
    const offsets = new FirstOffsets();
    const expected = new Map<number, number>();
    let neededFrom = 0;
    steps.forEach(({ pane, isForgotten }, offset) => {
      if (isForgotten && pane > neededFrom) {
        neededFrom = pane;
        offsets.forgetBefore(pane);
        for (const other of expected.keys()) if (other < pane) expected.delete(other);
      } else if (pane >= neededFrom) {
        assert.equal(offsets.has(pane), expected.has(pane));
        offsets.note(pane, offset);
        if (!expected.has(pane)) expected.set(pane, offset);
      }
      assert.equal(offsets.lowest(offset), Math.min(offset, ...expected.values()));
    });
    assert.deepEqual(offsets.entries(), [...expected].sort(([a], [b]) => a - b));
  }));
});
