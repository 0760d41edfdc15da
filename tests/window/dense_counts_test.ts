import assert from "node:assert/strict";
import fc from "fast-check";
import { DenseCounts } from "../../lib/window/dense_counts.ts";
import { entriesOf, loggedHolders, wordsOf } from "./runs.ts";

function countOccurrences(ids: readonly number[]): Map<number, number> {
  const occurrences = new Map<number, number>();
  for (const id of ids) occurrences.set(id, (occurrences.get(id) ?? 0) + 1);
  return occurrences;
}

Deno.test("DenseCounts.drain() returns ascending ids and forgets them, for few of many ids and for most", () => {
  for (const ids of [[900, 5, 900], Array.from({ length: 1_000 }, (_, i) => (i * 7) % 1_000)]) {
    const { holders } = loggedHolders(1_000);
    const dense = new DenseCounts({ maxWords: Infinity, holders });
    for (let round = 0; round < 2; round++) {
      dense.add(wordsOf(ids), 0);
      assert.equal(dense.words, ids.length);
      const drained = dense.drain();
      assert.deepEqual(entriesOf(drained), [...countOccurrences(ids)].sort(([a], [b]) => a - b));
      assert.equal(drained.smallest, 0);
      assert.equal(dense.words, 0);
    }
  }
});

Deno.test("DenseCounts.add() replaces a word with the smallest count by a new word when it is full", () => {
  const rows = [
    // at most, ids, entries, smallest
    [2, [0, 1], [[0, 1], [1, 1]], 0],
    [2, [0, 0, 0, 1, 1, 2], [[0, 3], [2, 3]], 3],
    [2, [0, 0, 0, 1, 1, 2, 2, 1], [[1, 4], [2, 4]], 4],
    [1, [0, 0, 1, 0], [[0, 4]], 4],
    [3, [0, 1, 2, 0, 1, 2, 3, 3, 4], [[2, 2], [3, 4], [4, 3]], 2],
  ] as const;
  for (const [maxWords, ids, entries, smallest] of rows) {
    const dense = new DenseCounts({ maxWords, holders: loggedHolders(5).holders });
    dense.add(wordsOf(ids), 0);
    const drained = dense.drain();
    assert.deepEqual(entriesOf(drained), entries, `${ids}`);
    assert.equal(drained.smallest, smallest, `${ids}`);
    dense.add(wordsOf([4]), 0);
    const next = dense.drain();
    assert.deepEqual([entriesOf(next), next.smallest], [[[4, 1]], 0], "after a drain it begins anew");
  }
});

Deno.test("DenseCounts.add() drops the holder of a replaced word until the word comes again", () => {
  const { holders, released } = loggedHolders(3);
  const dense = new DenseCounts({ maxWords: 1, holders });
  dense.add(wordsOf([0, 1, 0, 2, 1, 2, 0]), 0);
  assert.deepEqual([...holders.counts], [1, 0, 0]);
  holders.releaseIdle();
  assert.deepEqual(released.sort(), [1, 2], "each once, and not the one that came again");
});

Deno.test("DenseCounts is never too low, and never too high by more than its smallest count", () => {
  const anyId = fc.oneof({ weight: 2, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(40) });
  const anyBatches = fc.array(fc.array(anyId, { maxLength: 60, size: "max" }), { maxLength: 8 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), anyBatches, (maxWords, batches) => {
      const { holders, released } = loggedHolders(41);
      const dense = new DenseCounts({ maxWords, holders });
      for (const ids of batches) dense.add(wordsOf(ids), 0);
      const occurrences = countOccurrences(batches.flat());
      const drained = dense.drain();
      const held = new Map(entriesOf(drained));
      assert.equal(held.size, Math.min(maxWords, occurrences.size));
      assert.equal(drained.words, batches.flat().length);
      assert.equal([...held.values()].reduce((a, b) => a + b, 0), drained.words);
      const smallest = occurrences.size > maxWords ? Math.min(...held.values()) : 0;
      assert.equal(drained.smallest, smallest);
      for (const [id, times] of occurrences) {
        const count = held.get(id) ?? smallest;
        assert.ok(times <= count && count <= times + smallest, `${times} times counted as ${count}`);
      }
      holders.releaseIdle();
      assert.deepEqual(
        released.sort((a, b) => a - b),
        [...occurrences.keys()].filter((id) => !held.has(id)).sort((a, b) => a - b),
      );
      assert.deepEqual([...holders.counts.keys()].filter((id) => holders.counts[id] > 0), [...drained.ids]);
    }),
    { numRuns: 500 },
  );
});
