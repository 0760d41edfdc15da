import assert from "node:assert/strict";
import { loggedHolders } from "./runs.ts";

Deno.test("WordHolders.releaseIdle() releases each word without a holder once", () => {
  const { holders, released } = loggedHolders(4);
  holders.counts.set([1, 2, 1, 1]);
  for (const id of [3, 1, 0]) holders.drop(id);
  assert.deepEqual(released, [], "not before it is told to");
  holders.counts[0]++;
  holders.drop(0);
  holders.counts[3]++;
  holders.releaseIdle();
  assert.deepEqual(released, [0]);
  holders.drop(3);
  holders.dropAll(Int32Array.of(1, 2));
  holders.releaseIdle();
  holders.releaseIdle();
  assert.deepEqual(released, [0, 3, 1, 2]);
  assert.deepEqual([...holders.counts], [0, 0, 0, 0]);
});

Deno.test("WordHolders.reserve() keeps all holders", () => {
  const { holders } = loggedHolders(1);
  holders.counts[0] = 7;
  holders.reserve(100);
  assert.ok(holders.counts.length >= 100);
  assert.equal(holders.counts[0], 7);
});

Deno.test("WordHolders.releaseAll() releases the words that still have holders and no other", () => {
  const { holders, released } = loggedHolders(3);
  holders.counts.set([2, 1, 0]);
  holders.drop(1);
  holders.releaseIdle();
  holders.releaseAll();
  holders.releaseIdle();
  assert.deepEqual(released, [1, 0]);
});
