import assert from "node:assert/strict";
import fc from "fast-check";
import { boundRuns } from "../../lib/window/bounded_runs.ts";
import { DenseCounts } from "../../lib/window/dense_counts.ts";
import type { SparseCounts } from "../../lib/window/sparse_counts.ts";
import { entriesOf, loggedHolders, runOf, wordsOf } from "./runs.ts";

Deno.test("boundRuns() keeps runs that have at most maxEntries entries", () => {
  const runs = [runOf([[0, 1], [1, 1]]), runOf([[1, 1]])];
  boundRuns(runs, loggedHolders(2).holders, { maxEntries: 3, maxWords: 1 });
  assert.equal(runs.length, 2);
});

Deno.test("boundRuns() stays exact for at most maxWords words", () => {
  const { holders, released } = loggedHolders(2);
  holders.counts.set([1, 2]);
  const runs = [runOf([[0, 1], [1, 1]]), runOf([[1, 1]])];
  boundRuns(runs, holders, { maxEntries: 2, maxWords: 2 });
  assert.deepEqual(runs.map(entriesOf), [[[0, 1], [1, 2]]]);
  assert.equal(runs[0].smallest, 0);
  holders.releaseIdle();
  assert.deepEqual([[...holders.counts], released], [[1, 1], []]);
});

Deno.test("boundRuns() keeps the largest counts, and of equal counts the lowest ids", () => {
  const { holders, released } = loggedHolders(5);
  holders.counts.fill(1);
  const runs = [runOf([[0, 2], [1, 300], [2, 2], [3, 2], [4, 1]])];
  boundRuns(runs, holders, { maxEntries: 3, maxWords: 3 });
  assert.deepEqual(runs.map(entriesOf), [[[0, 2], [1, 300], [2, 2]]]);
  assert.deepEqual([runs[0].words, runs[0].smallest], [307, 2]);
  holders.releaseIdle();
  assert.deepEqual(released, [3, 4]);
});

Deno.test("boundRuns() keeps the guarantees of Space-Saving", () => {
  const anyId = fc.oneof({ weight: 2, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(30) });
  const anyBatches = fc.array(fc.array(anyId, { minLength: 1, maxLength: 30, size: "max" }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(8), anyBatches, (maxWords, slack, batches) => {
      const { holders } = loggedHolders(31);
      const dense = new DenseCounts({ maxWords, holders });
      const runs: SparseCounts[] = [];
      const occurrences = new Map<number, number>();
      for (const ids of batches) {
        dense.add(wordsOf(ids), 0);
        runs.push(dense.drain());
        boundRuns(runs, holders, { maxEntries: maxWords + slack, maxWords });
        for (const id of ids) occurrences.set(id, (occurrences.get(id) ?? 0) + 1);
      }
      boundRuns(runs, holders, { maxEntries: maxWords, maxWords });
      const held = new Set(runs.flatMap(({ ids }) => [...ids]));
      assert.ok(held.size <= maxWords);
      assert.equal(runs.reduce((sum, { words }) => sum + words, 0), batches.flat().length);
      const error = runs.reduce((sum, { smallest }) => sum + smallest, 0);
      assert.equal(error > 0, occurrences.size > maxWords);
      for (const [id, times] of occurrences) {
        const counts = runs.map((run) => new Map(entriesOf(run)).get(id) ?? run.smallest);
        const count = counts.reduce((a, b) => a + b);
        assert.ok(times <= count && count <= times + error, `${times} times counted as ${count}`);
      }
      for (let id = 0; id < 31; id++) {
        assert.equal(holders.counts[id], runs.filter(({ ids }) => ids.includes(id)).length);
      }
    }),
    { numRuns: 500 },
  );
});
