// Tests of SlidingWindow with a bound on the bytes of all words.

import assert from "node:assert/strict";
import fc from "fast-check";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { NaiveWindow } from "../oracle/naive_window.ts";
import { Bench } from "./window_bench.ts";

const ALL = 1000;
/** Each pane keeps 256 words, of at most so many bytes with their cost. */
const MAX_WORD_COST = 26;
const MIN_WORDS = 256;

Deno.test("SlidingWindow.maxWordBytes changes nothing up to the bound", () => {
  const words = Array.from({ length: 1_000 }, (_, i) => `word${i + 1_000}`);
  const bench = new Bench({ maxWordBytes: 1_000 * (8 + 16), top: ALL });
  bench.record(0, words);
  bench.record(20, words);
  const [first] = bench.close(40);
  assert.equal(first.error, 0);
  assert.equal(first.distinct, 1_000);
});

Deno.test("SlidingWindow.maxWordBytes keeps the frequent words of every pane and states the error", () => {
  const bench = new Bench({ maxWordBytes: 100_000, top: 10, lengthMs: 200 });
  for (let pane = 0; pane < 20; pane++) {
    for (let batch = 0; batch < 10; batch++) {
      const rare = Array.from({ length: 500 }, (_, i) => `rare ${pane} ${batch} ${i}`);
      bench.record(pane * 20, ["often", ...rare, "often", "often"]);
      assert.ok(bench.words.heldBytes < 100_000 + 20 * MIN_WORDS * 40 + 500 * 40);
    }
  }
  const result = bench.close(200).at(-1);
  assert.equal(result?.words, 10 * 10 * 503);
  assert.equal(result.top[0].word, "often");
  assert.ok(result.top[0].count >= 300 && result.top[0].count <= 300 + result.error);
  assert.ok(result.error > 0);
  bench.close(1_000);
  assert.deepEqual(bench.words.live, [], "no word stays behind");
  assert.equal(bench.words.heldBytes, 0);
});

Deno.test("SlidingWindow with maxWordBytes is exact or states its error, and keeps the bound, for any input", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 40_000 }), (seed, maxWordBytes) => {
      const random = seededRandom(seed, 0);
      const bench = new Bench({ lengthMs: 100, slideMs: 20, top: ALL, maxWordBytes, maxWords: 2_000 });
      const naive = new NaiveWindow(100, 20, ALL);
      const panes = new Set<number>();
      for (let step = 0, watermark = 0; step < 60; step++) {
        const at = watermark + Math.floor(random() * 160) - 60;
        const words = Array.from({ length: Math.floor(random() * 200) }, () => {
          return `w${Math.floor(random() ** 4 * 3_000)}`;
        });
        assert.equal(bench.record(at, words), naive.record(at, words));
        panes.add(Math.floor(at / 20));
        const allowed = maxWordBytes + panes.size * MIN_WORDS * MAX_WORD_COST + 200 * MAX_WORD_COST;
        assert.ok(bench.words.heldBytes <= allowed, `${bench.words.heldBytes} bytes`);
        watermark += Math.floor(random() * 20);
        const results = bench.close(watermark);
        naive.closeUntil(watermark).forEach((exact, i) => {
          const { words, records, error, top } = results[i];
          assert.deepEqual([words, records], [exact.words, exact.records]);
          const counts = new Map(top.map(({ word, count }) => [word, count]));
          for (const { word, count } of exact.top) {
            const own = counts.get(word);
            if (own === undefined) assert.ok(top.length === ALL || count <= error, `${word} is not shown`);
            else assert.ok(own >= count && own <= count + error, `${word}: ${own}, exactly ${count}`);
          }
        });
      }
    }),
    { numRuns: 30 },
  );
});
