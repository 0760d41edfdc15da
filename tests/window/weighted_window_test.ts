// Tests of SlidingWindow with words that have weights.

import assert from "node:assert/strict";
import fc from "fast-check";
import { WeightedCounts } from "../../lib/window/weighted_counts.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { NaiveWindow } from "../oracle/naive_window.ts";
import { entriesOf, loggedHolders } from "./runs.ts";
import { anyStep, Bench, type Step } from "./window_bench.ts";

const ALL = 1000;
const MOST = Number.MAX_SAFE_INTEGER;

/** The sums of 120 records of up to four words each stay below 2^53. */
const anyWeight = fc.constantFrom(0, 1, 2, 7, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 1);
const anyWeightedStep: fc.Arbitrary<[Step, number]> = fc.tuple(anyStep, anyWeight);

function shown({ words, distinct, error, top }: WindowResult) {
  return { words, distinct, error, top: top.map(({ word, count }) => [word, count]) };
}

function weighted(ids: readonly number[], weights: readonly number[]) {
  return { ids: Int32Array.from(ids), idCount: ids.length, weights: Float64Array.from(weights) };
}

Deno.test("WeightedCounts.add() stops before a new word where it is full, and drain() empties it", () => {
  const { holders } = loggedHolders(4);
  const counts = new WeightedCounts({ maxWords: 2, holders });
  const added = weighted([3, 1, 3, 0, 1], [5, 2 ** 40, 1, 9, 1]);
  assert.equal(counts.add(added, 0), 3);
  assert.deepEqual([counts.distinct, counts.words], [2, 2 ** 40 + 6]);
  const first = counts.drain();
  assert.deepEqual([entriesOf(first), first.words, first.smallest], [[[1, 2 ** 40], [3, 6]], 2 ** 40 + 6, 0]);
  assert.equal(counts.add(added, 3), 5);
  assert.deepEqual(entriesOf(counts.drain()), [[0, 9], [1, 1]]);
  assert.deepEqual([...holders.counts], [1, 2, 0, 1]);
});

Deno.test("WeightedCounts.drain() returns ascending ids, for few of many ids and for most", () => {
  for (const ids of [[900, 5], Array.from({ length: 1_000 }, (_, i) => (i * 7) % 1_000)]) {
    const counts = new WeightedCounts({ maxWords: Infinity, holders: loggedHolders(1_000).holders });
    for (let round = 0; round < 2; round++) {
      const weights = ids.map((id) => id * 2 ** 22 + 1);
      counts.add(weighted([...ids, ...ids], [...weights, ...weights]), 0);
      const expected = ids.map((id, i) => [id, 2 * weights[i]]).sort(([a], [b]) => a - b);
      assert.deepEqual(entriesOf(counts.drain()), expected);
    }
  }
});

Deno.test("WeightedCounts.drain() keeps counts in the narrowest type, whatever their sum is", () => {
  const counts = new WeightedCounts({ maxWords: Infinity, holders: loggedHolders(3).holders });
  for (const [weight, bytes] of [[255, 1], [65_535, 2], [2 ** 32 - 1, 4], [2 ** 32, 8]]) {
    counts.add(weighted([0, 1, 2], [weight, weight, weight]), 0);
    assert.equal(counts.drain().counts.BYTES_PER_ELEMENT, bytes);
  }
});

Deno.test("WeightedCounts.add() of a weight of 0 counts nothing and releases a word that nothing holds", () => {
  const { holders, released } = loggedHolders(3);
  const counts = new WeightedCounts({ maxWords: 2, holders });
  counts.add(weighted([0, 1, 2, 1], [0, 4, 0, 0]), 0);
  holders.releaseIdle();
  assert.deepEqual(released, [0, 2]);
  assert.deepEqual(entriesOf(counts.drain()), [[1, 4]]);
});

Deno.test("WeightedCounts refuses words without weights", () => {
  const counts = new WeightedCounts({ maxWords: 2, holders: loggedHolders(1).holders });
  assert.throws(() => counts.add({ ids: Int32Array.of(0), idCount: 1 }, 0), RangeError);
});

Deno.test("SlidingWindow.addWeighted() counts as the naive window does, for any input", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(anyWeightedStep, { maxLength: 120, size: "max" }),
      (panes, slideMs, steps) => {
        const lengthMs = panes * slideMs;
        const bench = new Bench({ lengthMs, slideMs, top: ALL, isWeighted: true });
        const naive = new NaiveWindow(lengthMs, slideMs, ALL);
        let watermark = -20;
        for (const [step, weight] of steps) {
          if (step.kind === "record") {
            const at = watermark + step.at;
            const outcome = bench.recordWeighted(at, step.words, weight);
            assert.equal(outcome, naive.record(at, step.words, weight));
          } else if (step.kind === "close") {
            watermark += step.by;
            assert.deepEqual(bench.close(watermark), naive.closeUntil(watermark));
            for (const word of bench.words.live) {
              const ofPanes = bench.window.paneCountsOf(bench.words.intern(word));
              if (ofPanes !== undefined) assert.deepEqual(ofPanes, naive.paneCountsOf(word));
            }
          } else {
            const [closed, first] = [step.closed * slideMs + 0, step.first * slideMs + 0];
            bench.window.reset({ closedUntilMs: closed, firstEndMs: first });
            naive.reset(closed, first);
          }
          assert.ok(bench.words.live.every((word) => naive.heldWords().includes(word)));
        }
        bench.close(watermark + 10_000);
        assert.deepEqual(bench.words.live, []);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("SlidingWindow.addWeighted() with maxWords is exact or states its error, for any input", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(anyWeightedStep, { maxLength: 120, size: "max" }),
      (panes, maxWords, steps) => {
        const bench = new Bench({
          lengthMs: panes * 20,
          slideMs: 20,
          top: ALL,
          maxWords,
          isWeighted: true,
        });
        const naive = new NaiveWindow(panes * 20, 20, ALL);
        let watermark = -20;
        for (const [step, weight] of steps) {
          if (step.kind === "record") {
            bench.recordWeighted(watermark + step.at, step.words, weight);
            naive.record(watermark + step.at, step.words, weight);
          } else if (step.kind === "close") {
            watermark += step.by;
            const results = bench.close(watermark);
            naive.closeUntil(watermark).forEach((exact, i) => checkBounds(results[i], exact));
            const error = results.at(-1)?.error;
            if (error !== undefined) assert.equal(error > 0, naive.mostWordsInPane() > maxWords);
          }
        }
        bench.close(watermark + 10_000);
        assert.deepEqual(bench.words.live, []);
      },
    ),
    { numRuns: 500 },
  );
});

function checkBounds(result: WindowResult, exact: WindowResult): void {
  assert.deepEqual([result.records, result.words], [exact.records, exact.words], "these are always exact");
  const held = new Map(result.top.map(({ word, count }) => [word, count]));
  const times = new Map(exact.top.map(({ word, count }) => [word, count]));
  for (const word of new Set([...held.keys(), ...times.keys()])) {
    const least = times.get(word) ?? 0;
    const count = held.get(word) ?? result.error;
    assert.ok(least <= count && count <= least + result.error, `${word}: ${least} shown as ${count}`);
  }
}

Deno.test("SlidingWindow.addWeighted() with maxWords has an error of at most the sum of weights by maxWords", () => {
  const bench = new Bench({ lengthMs: 20, top: ALL, maxWords: 4, isWeighted: true });
  let sum = 0;
  for (let i = 0; i < 1_000; i++) {
    const weight = 1 + (i * 7919) % 1000;
    bench.recordWeighted(0, [`w${(i * 31) % 97}`], weight);
    sum += weight;
  }
  const [{ words, error }] = bench.close(20);
  assert.equal(words, sum);
  assert.ok(error > 0 && error <= sum / 4, `${error}`);
});

Deno.test("SlidingWindow.addWeighted() counts exactly up to 2^53 - 1", () => {
  const bench = new Bench({ isWeighted: true });
  bench.recordWeighted(0, ["a"], MOST - 4);
  bench.recordWeighted(20, ["a"], 1);
  bench.recordWeighted(40, ["a", "b"], 1);
  assert.deepEqual(bench.close(60).map(shown).at(-1), {
    words: MOST - 1,
    distinct: 2,
    error: 0,
    top: [["a", MOST - 2], ["b", 1]],
  });
  assert.deepEqual(shown(bench.close(80)[0]).top, [["a", 2], ["b", 1]]);
});

Deno.test("SlidingWindow.addWeighted() is exact again once sums beyond 2^53 have left the window", () => {
  const bench = new Bench({ isWeighted: true });
  for (let pane = 0; pane < 3; pane++) {
    for (const weight of [MOST, 1, 3, MOST, 1]) bench.recordWeighted(pane * 20, ["a", `p${pane}`], weight);
  }
  bench.recordWeighted(60, ["b"], 5);
  bench.recordWeighted(80, ["b"], 1);
  const [, , third, fourth] = bench.close(80);
  assert.ok(third.words > MOST && fourth.words > MOST);
  const rest = bench.close(1_000).map(shown);
  assert.deepEqual(rest.slice(-3), [
    { words: 6, distinct: 1, error: 0, top: [["b", 6]] },
    { words: 1, distinct: 1, error: 0, top: [["b", 1]] },
    { words: 0, distinct: 0, error: 0, top: [] },
  ]);
  assert.deepEqual(bench.words.live, []);
});

Deno.test("SlidingWindow with weights forgets sums beyond 2^53 when nothing follows them", () => {
  const bench = new Bench({ lengthMs: 20, isWeighted: true });
  for (const weight of [MOST, MOST, 3]) bench.recordWeighted(0, ["a"], weight);
  bench.close(20);
  const last = bench.close(40).map(shown);
  assert.deepEqual(last, [{ words: 0, distinct: 0, error: 0, top: [] }]);
  bench.recordWeighted(40, ["c"], 2);
  assert.deepEqual(bench.close(60).map(shown), [{ words: 2, distinct: 1, error: 0, top: [["c", 2]] }]);
});
