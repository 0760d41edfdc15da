import assert from "node:assert/strict";
import fc from "fast-check";
import { topIds } from "../../lib/window/top_words.ts";

const byId = (a: number, b: number) => a - b;
const isHeldAtZero = () => false;

Deno.test("topIds() leaves out ids with a count of 0", () => {
  assert.deepEqual(topIds(Float64Array.of(0, 3, 0, 5), { limit: 4, k: 3, isHeldAtZero, compare: byId }), [
    3,
    1,
  ]);
});

Deno.test("topIds() ignores ids from the limit on", () => {
  assert.deepEqual(topIds(Float64Array.of(1, 2, 9), { limit: 2, k: 3, isHeldAtZero, compare: byId }), [1, 0]);
});

Deno.test("topIds() orders equal counts by compare, also at the end of the top", () => {
  const options = { limit: 5, k: 2, isHeldAtZero, compare: (a: number, b: number) => b - a };
  assert.deepEqual(topIds(Float64Array.of(7, 7, 7, 7, 7), options), [4, 3]);
});

Deno.test("topIds() puts held ids with a count of 0 last and leaves the others out", () => {
  const options = { limit: 5, isHeldAtZero: (id: number) => id === 1 || id === 3, compare: byId };
  const counts = Float64Array.of(0, 0, 4, 0, 0);
  assert.deepEqual(topIds(counts, { ...options, k: 5 }), [2, 1, 3]);
  assert.deepEqual(topIds(counts, { ...options, k: 2, compare: (a, b) => b - a }), [2, 3]);
});

Deno.test("topIds() equals a full sort", () => {
  const anyCount = fc.record({ count: fc.nat(6), isHeld: fc.boolean() });
  fc.assert(fc.property(
    fc.array(anyCount, { maxLength: 60 }),
    fc.integer({ min: 0, max: 20 }),
    fc.nat(1000),
    (entries, k, salt) => {
      const compare = (a: number, b: number) => ((a + salt) * 7919 % 61) - ((b + salt) * 7919 % 61) || a - b;
      const isHeldAtZero = (id: number) => entries[id].isHeld;
      const sorted = entries.map((_, id) => id)
        .filter((id) => entries[id].count > 0 || isHeldAtZero(id))
        .sort((a, b) => entries[b].count - entries[a].count || compare(a, b)).slice(0, k);
      const counts = Float64Array.from(entries, ({ count }) => count);
      assert.deepEqual(topIds(counts, { limit: counts.length, k, isHeldAtZero, compare }), sorted);
    },
  ));
});
