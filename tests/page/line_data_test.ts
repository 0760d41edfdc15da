import assert from "node:assert/strict";
import fc from "fast-check";
import { decades, lonePoints, roundUp, secondsRange, wordLines } from "../../lib/page/line_data.ts";
import { windowOf } from "./windows.ts";

Deno.test("wordLines() has a gap for an unknown word or window, and 0 only for a known absence", () => {
  const history = [
    windowOf({ a: 3, b: 1 }, { endMs: 2_000, distinct: 5 }),
    windowOf({ a: 2 }, { endMs: 4_000, distinct: 5 }),
    windowOf({ a: 1 }, { endMs: 6_000 }),
    windowOf({ b: 1 }, { endMs: 60_000, distinct: 2 }),
  ];
  assert.deepEqual(wordLines(history, ["a", undefined, "b"], 2_000), {
    seconds: [2, 4, 6, 8, 60],
    columns: [[3, 2, 1, null, null], [null, null, null, null, null], [1, null, 0, null, 1]],
  });
  assert.deepEqual(wordLines([], ["a"], 2_000), { seconds: [], columns: [[]] });
});

Deno.test("lonePoints() finds values that no line shows", () => {
  assert.deepEqual(lonePoints([1, null, 2, 3, null, 0, null]), [0, 5]);
  assert.deepEqual(lonePoints([5]), [0]);
  assert.deepEqual(lonePoints([]), []);
});

Deno.test("secondsRange() ends with the newest value and grows in steps", () => {
  assert.deepEqual(secondsRange([100], 2_000), [-20, 100]);
  assert.deepEqual(secondsRange([0, 120], 2_000), [0, 120]);
  assert.deepEqual(secondsRange([0, 122], 2_000), [-178, 122]);
  assert.deepEqual(secondsRange([0, 6_000], 2_000), [0, 6_000]);
  assert.deepEqual(secondsRange([], 2_000), [-120, 0]);
});

Deno.test("roundUp() returns a round number of at least the value and close to it", () => {
  fc.assert(fc.property(fc.double({ min: 1e-6, max: 1e15, noNaN: true }), (value) => {
    const rounded = roundUp(value);
    assert.ok(rounded >= value && rounded <= value * 1.67, `${value}: ${rounded}`);
  }));
  assert.equal(roundUp(0), 1);
});

Deno.test("decades() returns few marks up to the largest value", () => {
  assert.deepEqual(decades(1_600), [0, 1, 10, 100, 1_000]);
  assert.deepEqual(decades(3), [0, 1]);
  assert.deepEqual(decades(500_000), [0, 10, 100, 1_000, 1e4, 1e5]);
  assert.deepEqual(decades(2e9), [0, 10, 1e3, 1e5, 1e7, 1e9]);
});
