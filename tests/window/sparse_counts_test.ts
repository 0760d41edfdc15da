import assert from "node:assert/strict";
import fc from "fast-check";
import { DenseCounts } from "../../lib/window/dense_counts.ts";
import { appendCounts, MAX_WORDS, type SparseCounts, sparseCounts } from "../../lib/window/sparse_counts.ts";

function counts(entries: readonly (readonly [id: number, count: number])[], words?: number): SparseCounts {
  const ids = Int32Array.from(entries, ([id]) => id);
  const values = Uint32Array.from(entries, ([, count]) => count);
  const sum = values.reduce((a, b) => a + b, 0);
  return sparseCounts(ids, values, { length: entries.length, words: words ?? sum });
}

function entriesOf({ ids, counts }: SparseCounts): [number, number][] {
  return Array.from(ids, (id, i) => [id, counts[i]]);
}

Deno.test("sparseCounts() is as narrow as the largest count allows, and loses none", () => {
  const rows = [[1, 1], [255, 1], [256, 2], [65_535, 2], [65_536, 4], [MAX_WORDS, 4]];
  for (const [count, bytes] of rows) {
    const sparse = counts([[3, 1], [7, count]]);
    assert.equal(sparse.counts.BYTES_PER_ELEMENT, bytes);
    assert.deepEqual(entriesOf(sparse), [[3, 1], [7, count]]);
  }
});

Deno.test("appendCounts() merges, widens, and lowers the holders of what was held twice", () => {
  const holders = Uint32Array.of(1, 2, 1);
  const runs = [counts([[0, 5], [1, 200]])];
  appendCounts(runs, counts([[1, 100], [2, 1]]), holders);
  assert.deepEqual(runs.map(entriesOf), [[[0, 5], [1, 300], [2, 1]]]);
  assert.equal(runs[0].words, 306);
  assert.deepEqual([...holders], [1, 1, 1]);
});

Deno.test("appendCounts() merges no more than can be counted", () => {
  const runs = [counts([[0, 1]], MAX_WORDS)];
  appendCounts(runs, counts([[0, 1]]), Uint32Array.of(2));
  assert.equal(runs.length, 2);
});

Deno.test("appendCounts() keeps runs few, whatever is appended", () => {
  const additions = fc.array(fc.array(fc.nat(99), { minLength: 1, maxLength: 30 }), { maxLength: 40 });
  fc.assert(fc.property(additions, (additions) => {
    const dense = new DenseCounts();
    const holders = new Uint32Array(100);
    const runs: SparseCounts[] = [];
    const expected = new Map<number, number>();
    for (const ids of additions) {
      dense.add(Int32Array.from(ids), ids.length, holders);
      appendCounts(runs, dense.drain(), holders);
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
    assert.deepEqual(held, holders);
  }));
});

Deno.test("DenseCounts.drain() brings ids in order and empties it, with few of many ids and with most", () => {
  for (const ids of [[900, 5, 900], Array.from({ length: 1_000 }, (_, i) => (i * 7) % 1_000)]) {
    const dense = new DenseCounts();
    for (let round = 0; round < 2; round++) {
      dense.add(Int32Array.from(ids), ids.length, new Uint32Array(1_000));
      assert.equal(dense.words, ids.length);
      const distinct = [...new Set(ids)].sort((a, b) => a - b);
      const expected = distinct.map((id) => [id, ids.filter((other) => other === id).length]);
      assert.deepEqual(entriesOf(dense.drain()), expected);
      assert.equal(dense.words, 0);
    }
  }
});
