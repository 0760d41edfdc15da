// Tests of a sliding window that is saved and restored as another one.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { PaneContents } from "../../lib/window/pane_store.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { NaiveWindow } from "../oracle/naive_window.ts";
import { anyStep, Bench, type Step } from "./window_bench.ts";

const ALL = 1000;

/** The needed panes under the ids of a new table, in which ascending ids stay ascending. */
function restore(into: Bench, from: Bench, saved: readonly PaneContents[]): void {
  const ids = saved.flatMap(({ runs }) => runs.flatMap(({ ids }) => [...ids])).sort((a, b) => a - b);
  const names = new Map(ids.map((id) => [id, from.words.text(id)]));
  for (const { runs, ...pane } of saved) {
    for (const word of names.values()) into.words.intern(word);
    const renamed = runs.map((run) => ({
      ...run,
      ids: run.ids.map((id) => into.words.intern(from.words.text(id))),
    }));
    into.window.restore({ ...pane, runs: renamed });
  }
}

interface Case {
  readonly panes: number;
  readonly slideMs: number;
  readonly steps: readonly Step[];
  readonly savedAfter: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  panes: fc.integer({ min: 1, max: 8 }),
  slideMs: fc.integer({ min: 1, max: 9 }),
  steps: fc.array(anyStep, { maxLength: 100, size: "max" }),
  savedAfter: fc.nat({ max: 99 }),
});

/** Takes a window through the steps. At a save, a new window replaces it and continues from the saved panes. */
function live({ panes, slideMs, steps, savedAfter }: Case, maxWords?: number): {
  results: WindowResult[];
  exact: WindowResult[];
} {
  const lengthMs = panes * slideMs;
  const options = { lengthMs, slideMs, top: ALL, ...(maxWords === undefined ? {} : { maxWords }) };
  let bench = new Bench(options);
  const naive = new NaiveWindow(lengthMs, slideMs, ALL);
  const results: WindowResult[] = [];
  const exact: WindowResult[] = [];
  let watermark = -20;
  steps.forEach((step, index) => {
    if (step.kind === "record") {
      const at = watermark + step.at;
      assert.equal(bench.record(at, step.words), naive.record(at, step.words));
    } else if (step.kind === "close") {
      watermark += step.by;
      results.push(...bench.close(watermark));
      exact.push(...naive.closeUntil(watermark));
    } else {
      const [closed, first] = [step.closed * slideMs + 0, step.first * slideMs + 0];
      bench.window.reset({ closedUntilMs: closed, firstEndMs: first });
      naive.reset(closed, first);
    }
    if (index !== savedAfter) return;
    const next = new Bench(options);
    next.window.reset({ closedUntilMs: naive.closed, firstEndMs: naive.first });
    const saved = bench.window.save();
    assert.ok(saved.every(({ startMs }) => startMs >= next.window.neededFromMs));
    restore(next, bench, saved);
    assert.equal(next.window.lastPaneEndMs, Math.max(...saved.map(({ startMs }) => startMs + slideMs)));
    bench = next;
  });
  results.push(...bench.close(watermark + 10_000));
  exact.push(...naive.closeUntil(watermark + 10_000));
  assert.deepEqual(bench.words.live, [], "every word comes back");
  return { results, exact };
}

Deno.test("SlidingWindow.restore() continues from save() without any difference", () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { results, exact } = live(one);
      assert.deepEqual(results, exact);
    }),
    { numRuns: 500 },
  );
});

Deno.test("SlidingWindow.restore() of full panes keeps every count within its stated error", () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 4 }), (one, maxWords) => {
      const { results, exact } = live(one, maxWords);
      assert.equal(results.length, exact.length);
      results.forEach((result, index) => {
        const times = new Map(exact[index].top.map(({ word, count }) => [word, count]));
        assert.equal(result.words, exact[index].words);
        assert.equal(result.records, exact[index].records);
        for (const { word, count } of result.top) {
          const least = times.get(word) ?? 0;
          assert.ok(least <= count && count <= least + result.error, `${word}: ${least} as ${count}`);
        }
      });
    }),
    { numRuns: 300 },
  );
});

Deno.test("SlidingWindow.save() returns counts that no later step alters", () => {
  const bench = new Bench();
  bench.record(0, ["a", "b"]);
  bench.close(20);
  bench.record(0, ["a"]);
  bench.record(20, ["c"]);
  const saved = bench.window.save();
  const before = structuredClone(saved);
  bench.record(0, ["a", "d"]);
  bench.record(20, ["c"]);
  bench.close(200);
  assert.deepEqual(saved, before);
  assert.deepEqual(saved.map(({ startMs, records }) => [startMs, records]), [[0, 2], [20, 1]]);
});
