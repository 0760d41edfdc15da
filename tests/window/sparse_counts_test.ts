import assert from "node:assert/strict";
import fc from "fast-check";
import { DenseCounts } from "../../lib/window/dense_counts.ts";
import { appendCounts, MAX_WORDS, mergeCounts, type SparseCounts } from "../../lib/window/sparse_counts.ts";
import { entriesOf, loggedHolders, runOf, wordsOf } from "./runs.ts";

Deno.test("sparseCounts() uses the narrowest type for the largest count and loses none", () => {
  const rows = [[1, 1], [255, 1], [256, 2], [65_535, 2], [65_536, 4], [MAX_WORDS, 4]];
  for (const [count, bytes] of rows) {
    const sparse = runOf([[3, 1], [7, count]]);
    assert.equal(sparse.counts.BYTES_PER_ELEMENT, bytes);
    assert.deepEqual(entriesOf(sparse), [[3, 1], [7, count]]);
  }
});

Deno.test("appendCounts() merges and widens runs, and lowers the holders of words that were in both", () => {
  const holders = Uint32Array.of(1, 2, 1);
  const runs = [runOf([[0, 5], [1, 200]])];
  appendCounts(runs, runOf([[1, 100], [2, 1]]), holders);
  assert.deepEqual(runs.map(entriesOf), [[[0, 5], [1, 300], [2, 1]]]);
  assert.equal(runs[0].words, 306);
  assert.deepEqual([...holders], [1, 1, 1]);
});

Deno.test("appendCounts() keeps counting beyond 32 bits", () => {
  const runs = [runOf([[0, MAX_WORDS]])];
  for (let i = 0; i < 2; i++) appendCounts(runs, runOf([[0, MAX_WORDS], [1, 1]]), Uint32Array.of(2, 2));
  assert.deepEqual(runs.map(entriesOf), [[[0, MAX_WORDS * 3], [1, 2]]]);
  assert.equal(runs[0].words, MAX_WORDS * 3 + 2);
});

Deno.test("mergeCounts() adds the smallest count of a run that does not hold a word", () => {
  const holders = Uint32Array.of(1, 2, 1);
  const full = runOf([[0, 3], [1, 5]], { smallest: 3 });
  const merged = mergeCounts(full, runOf([[1, 7], [2, 2]], { smallest: 2 }), holders);
  assert.deepEqual(entriesOf(merged), [[0, 5], [1, 12], [2, 5]]);
  assert.deepEqual([merged.words, merged.smallest], [17, 5]);
  assert.deepEqual([...holders], [1, 1, 1]);
});

Deno.test("appendCounts() keeps the runs few after any sequence of calls", () => {
  const additions = fc.array(fc.array(fc.nat(99), { minLength: 1, maxLength: 30 }), { maxLength: 40 });
  fc.assert(fc.property(additions, (additions) => {
    const { holders } = loggedHolders(100);
    const dense = new DenseCounts({ maxWords: Infinity, holders });
    const runs: SparseCounts[] = [];
    const expected = new Map<number, number>();
    for (const ids of additions) {
      dense.add(wordsOf(ids), 0);
      appendCounts(runs, dense.drain(), holders.counts);
      for (const id of ids) expected.set(id, (expected.get(id) ?? 0) + 1);
    }
    assert.ok(runs.length <= 7, `${runs.length} runs of up to 100 ids`);
    const found = new Map<number, number>();
    const held = new Uint32Array(100);
    for (const [id, count] of runs.flatMap(entriesOf)) {
      found.set(id, (found.get(id) ?? 0) + count);
      held[id]++;
    }
    assert.deepEqual([...found].sort(), [...expected].sort());
    assert.deepEqual(held, holders.counts);
  }));
});
