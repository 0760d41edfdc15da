// Tests of SlidingWindow with a bound on a pane's distinct words.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { NaiveWindow } from "../oracle/naive_window.ts";
import { anyStep, Bench } from "./window_bench.ts";

const ALL = 1000;

function shown({ words, distinct, error, top }: WindowResult) {
  return { words, distinct, error, top: top.map(({ word, count }) => [word, count]) };
}

Deno.test("SlidingWindow.maxWords changes nothing for panes with at most so many words", () => {
  const bench = new Bench({ maxWords: 2 });
  bench.record(0, ["a", "b", "a"]);
  bench.record(20, ["c", "d"]);
  assert.deepEqual(bench.close(40).map(shown)[1], {
    words: 5,
    distinct: 4,
    error: 0,
    top: [["a", 2], ["b", 1], ["c", 1]],
  });
});

Deno.test("SlidingWindow adds a full pane's smallest count for words that are missing in it", () => {
  const bench = new Bench({ maxWords: 2, top: 10 });
  bench.record(0, ["a", "a", "a", "a", "b", "b", "c"]);
  bench.record(20, ["b", "d"]);
  const [first, second, third, fourth] = bench.close(80).map(shown);
  assert.deepEqual(first, { words: 7, distinct: 2, error: 3, top: [["a", 4], ["c", 3]] });
  assert.deepEqual(second, {
    words: 9,
    distinct: 4,
    error: 3,
    top: [["a", 4], ["b", 4], ["d", 4], ["c", 3]],
  });
  assert.deepEqual(third, second);
  assert.deepEqual(fourth, { words: 2, distinct: 2, error: 0, top: [["b", 1], ["d", 1]] });
});

Deno.test("SlidingWindow.topWords() also shows words that have only the smallest count", () => {
  const bench = new Bench({ maxWords: 3, top: 2 });
  bench.record(0, ["a", "b", "c", "d", "e", "f"]);
  bench.close(20);
  assert.deepEqual(bench.window.topWords(10).map(({ count }) => count), [2, 2, 2]);
  assert.equal(bench.window.countOf(bench.words.intern("unseen")), 2, "it may have been there");
});

Deno.test("SlidingWindow.add() releases words that no pane holds any more at once", () => {
  const bench = new Bench({ maxWords: 2 });
  bench.record(0, ["a", "b"]);
  bench.record(20, ["a"]);
  bench.record(0, ["c", "d", "c", "e"]);
  assert.equal(bench.words.live.length, 3);
  assert.ok(bench.words.live.includes("a"), "the other pane holds it");
  bench.close(1000);
  assert.deepEqual(bench.words.live, []);
});

Deno.test("SlidingWindow.add() of late records to a full pane makes no count too low", () => {
  const bench = new Bench({ maxWords: 2, top: 10 });
  bench.record(0, ["a", "a", "a", "b", "b"]);
  assert.deepEqual(bench.close(20).map(shown), [{
    words: 5,
    distinct: 2,
    error: 0,
    top: [["a", 3], ["b", 2]],
  }]);
  bench.record(0, ["c", "c", "c", "c"]);
  assert.deepEqual(bench.window.topWords(2).map(({ count }) => count), [3, 2], "the closed window stays");
  const next = { words: 9, distinct: 2, error: 3, top: [["c", 4], ["a", 3]] };
  assert.deepEqual(bench.close(40).map(shown), [next]);
  bench.record(0, ["b"]);
  const last = { words: 10, distinct: 2, error: 4, top: [["b", 4], ["c", 4]] };
  assert.deepEqual(bench.close(60).map(shown), [last]);
});

Deno.test("SlidingWindow holds a bounded number of words while many panes gain words by turns", () => {
  const bench = new Bench({ lengthMs: 200, slideMs: 1, maxWords: 3 });
  const panes = 12;
  for (let round = 0; round < 200; round++) {
    for (let pane = 0; pane < panes; pane++) bench.record(pane, ["often", `p${pane} r${round}`]);
    // A pane's dense words, twice as many pending ones, and the words of one record.
    assert.ok(bench.words.live.length <= panes * 3 * 3);
  }
  const last = bench.close(panes).at(-1);
  assert.ok(last !== undefined);
  assert.ok(last.distinct <= panes * 3);
  assert.equal(last.words, panes * 200 * 2);
  assert.equal(last.top[0].word, "often");
  assert.ok(last.top[0].count >= panes * 200 && last.top[0].count <= panes * 200 + last.error);
});

/** Compares a result of a bounded window with the exact one. */
function checkBounds(result: WindowResult, exact: WindowResult): void {
  const times = new Map(exact.top.map(({ word, count }) => [word, count]));
  const counts = new Map(result.top.map(({ word, count }) => [word, count]));
  assert.deepEqual(
    { ...result, distinct: 0, error: 0, top: [] },
    { ...exact, distinct: 0, top: [] },
    "but for single words all is exact",
  );
  assert.equal(result.distinct, counts.size);
  for (const [word, count] of counts) {
    const least = times.get(word) ?? 0;
    assert.ok(least <= count && count <= least + result.error, `${word}: ${least} shown as ${count}`);
  }
  for (const [word, count] of times) {
    assert.ok(counts.has(word) || count <= result.error, `${word}: ${count} not shown`);
  }
  const ordered = result.top.toSorted((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
  assert.deepEqual(result.top, ordered);
}

Deno.test("SlidingWindow with maxWords is exact or states its error, for any input", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(anyStep, { maxLength: 120, size: "max" }),
      (panes, slideMs, maxWords, steps) => {
        const lengthMs = panes * slideMs;
        const bench = new Bench({ lengthMs, slideMs, top: ALL, maxWords });
        const naive = new NaiveWindow(lengthMs, slideMs, ALL);
        let watermark = -20;
        for (const step of steps) {
          if (step.kind === "record") {
            const at = watermark + step.at;
            assert.equal(bench.record(at, step.words), naive.record(at, step.words));
          } else if (step.kind === "close") {
            watermark += step.by;
            const results = bench.close(watermark);
            const exact = naive.closeUntil(watermark);
            assert.equal(results.length, exact.length);
            results.forEach((result, i) => checkBounds(result, exact[i]));
            if (results.length === 0) continue;
            const { error, top } = results[results.length - 1];
            assert.equal(error > 0, naive.mostWordsInPane() > maxWords);
            assert.deepEqual(bench.window.topWords(ALL), top);
            const counts = new Map(top.map(({ word, count }) => [word, count]));
            for (const word of bench.words.live) {
              const id = bench.words.intern(word);
              assert.equal(bench.window.countOf(id), counts.get(word) ?? error);
              const ofPanes = bench.window.paneCountsOf(id);
              assert.equal(ofPanes?.reduce((sum, { count }) => sum + count, 0), counts.get(word), word);
              naive.paneCountsOf(word).forEach(({ count }, i) => {
                assert.ok((ofPanes?.[i].count ?? Infinity) >= count, "no pane's count is too low");
              });
            }
          } else {
            const [closed, first] = [step.closed * slideMs + 0, step.first * slideMs + 0];
            bench.window.reset({ closedUntilMs: closed, firstEndMs: first });
            naive.reset(closed, first);
          }
          const live = bench.words.live;
          assert.ok(live.every((word) => naive.heldWords().includes(word)));
        }
        bench.close(watermark + 10_000);
        assert.deepEqual(bench.words.live, []);
      },
    ),
    { numRuns: 500 },
  );
});
