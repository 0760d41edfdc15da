import assert from "node:assert/strict";
import fc from "fast-check";
import { topIds } from "../../lib/window/top_words.ts";

const byId = (a: number, b: number) => a - b;

Deno.test("topIds() leaves out ids with a count of 0", () => {
  assert.deepEqual(topIds(Float64Array.of(0, 3, 0, 5), { limit: 4, k: 3, compare: byId }), [3, 1]);
});

Deno.test("topIds() looks at ids below the limit only", () => {
  assert.deepEqual(topIds(Float64Array.of(1, 2, 9), { limit: 2, k: 3, compare: byId }), [1, 0]);
});

Deno.test("topIds() orders equal counts as compare says, at the border of the top too", () => {
  const options = { limit: 5, k: 2, compare: (a: number, b: number) => b - a };
  assert.deepEqual(topIds(Float64Array.of(7, 7, 7, 7, 7), options), [4, 3]);
});

Deno.test("topIds() equals a full sort", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(6), { maxLength: 60 }),
    fc.integer({ min: 0, max: 20 }),
    fc.nat(1000),
    (counts, k, salt) => {
      const compare = (a: number, b: number) => ((a + salt) * 7919 % 61) - ((b + salt) * 7919 % 61) || a - b;
      const sorted = counts.map((_, id) => id).filter((id) => counts[id] > 0)
        .sort((a, b) => counts[b] - counts[a] || compare(a, b)).slice(0, k);
      assert.deepEqual(topIds(Float64Array.from(counts), { limit: counts.length, k, compare }), sorted);
    },
  ));
});
