import assert from "node:assert/strict";
import fc from "fast-check";
import { NaiveWindow } from "../oracle/naive_window.ts";
import { anyStep, Bench } from "./window_bench.ts";

Deno.test("SlidingWindow() rejects invalid lengths, slides and bounds", () => {
  for (
    const options of [
      { slideMs: 0 },
      { slideMs: 0.5 },
      { slideMs: NaN },
      { lengthMs: 50 },
      { lengthMs: 0 },
      { lengthMs: -20 },
      { top: 0 },
      { top: 1001 },
      { top: 1.5 },
      { maxWords: 0 },
      { maxWords: 2.5 },
      { maxWords: NaN },
    ]
  ) assert.throws(() => new Bench(options), RangeError, JSON.stringify(options));
});

Deno.test("SlidingWindow.select() returns the outcome for a pane's records", () => {
  const rows = [
    // closed until, first end, timestamp, outcome; the window is 60 long, the slide 20
    [-Infinity, -Infinity, -1e15, "counted"],
    [-Infinity, -Infinity, 253402300799999, "counted"],
    [-Infinity, 100, 39, "out_of_scope"],
    [-Infinity, 100, 40, "counted"],
    [-Infinity, 100, 99, "counted"],
    [100, -Infinity, 100, "counted"],
    [100, -Infinity, 99, "late_counted"],
    [100, -Infinity, 60, "late_counted"],
    [100, -Infinity, 59.9, "late_dropped"],
    [100, 200, 99, "late_dropped"],
    [100, 200, 139, "out_of_scope"],
    [100, 200, 140, "counted"],
    [100, 140, 80, "late_counted"],
    [100, 140, 79, "late_dropped"],
    [-40, -Infinity, -41, "late_counted"],
    [-40, -Infinity, -40, "counted"],
    [-40, -Infinity, -81, "late_dropped"],
  ] as const;
  for (const [closedUntilMs, firstEndMs, timestampMs, outcome] of rows) {
    const { window } = new Bench();
    window.reset({ closedUntilMs, firstEndMs });
    assert.equal(window.select(timestampMs), outcome, `${closedUntilMs} ${firstEndMs} ${timestampMs}`);
  }
});

Deno.test("SlidingWindow.paneStartMs and .paneEndMs bound the selected pane, even before the epoch", () => {
  for (const [timestampMs, startMs] of [[0, 0], [19.5, 0], [20, 20], [-1, -20], [-20, -20], [-20.1, -40]]) {
    const { window } = new Bench();
    window.select(timestampMs);
    assert.deepEqual([window.paneStartMs, window.paneEndMs], [startMs, startMs + 20]);
  }
});

Deno.test("SlidingWindow.add() throws unless a pane is selected whose records count", () => {
  const { window } = new Bench();
  const add = () => window.add(Int32Array.of(), 0, 1);
  assert.throws(add, RangeError);
  window.select(10);
  add();
  window.closeUntil(40, () => {});
  assert.throws(add, RangeError);
  window.select(-40);
  assert.throws(add, RangeError);
});

Deno.test("SlidingWindow.closeUntil() emits windows that begin before the first record", () => {
  const bench = new Bench();
  bench.record(5, ["b", "a", "b"]);
  bench.record(45, ["c"]);
  assert.deepEqual(bench.close(60).map(({ startMs, endMs, words }) => [startMs, endMs, words]), [
    [-40, 20, 3],
    [-20, 40, 3],
    [0, 60, 4],
  ]);
  assert.equal(bench.window.closedUntilMs, 60);
  assert.equal(bench.window.neededFromMs, 20);
  assert.equal(bench.window.windowsClosed, 3);
});

Deno.test("SlidingWindow.closeUntil() sorts by count, and equal counts by word", () => {
  const bench = new Bench();
  bench.record(0, ["d", "c", "b", "b", "a"]);
  assert.deepEqual(bench.close(20), [{
    startMs: -40,
    endMs: 20,
    records: 1,
    words: 5,
    distinct: 4,
    error: 0,
    top: [{ word: "b", count: 2 }, { word: "a", count: 1 }, { word: "c", count: 1 }],
  }]);
});

Deno.test("SlidingWindow.closeUntil() closes years without records in one step", () => {
  const bench = new Bench({ lengthMs: 2, slideMs: 1 });
  bench.record(0, ["a"]);
  bench.record(253402300799999, ["b"]);
  assert.deepEqual(bench.close(253402300800000).map(({ endMs, top }) => [endMs, top[0].word]), [
    [1, "a"],
    [2, "a"],
    [253402300800000, "b"],
  ]);
  assert.equal(bench.window.windowsClosed, 253402300800000);
});

Deno.test("SlidingWindow.closeUntil() ends with an empty result where the newest window has no records", () => {
  const bench = new Bench();
  bench.record(0, ["a"]);
  assert.deepEqual(bench.close(1000).map(({ endMs, records }) => [endMs, records]), [
    [20, 1],
    [40, 1],
    [60, 1],
    [1000, 0],
  ]);
  assert.equal(bench.window.windowsClosed, 50);
  assert.deepEqual(bench.close(1019), []);
  assert.deepEqual(bench.window.topWords(3), []);
  assert.deepEqual(bench.words.live, []);
});

Deno.test("SlidingWindow.closeUntil() does nothing for a watermark of -Infinity or one that goes back", () => {
  const bench = new Bench();
  bench.record(0, ["a"]);
  assert.deepEqual(bench.close(-Infinity), []);
  assert.equal(bench.window.closedUntilMs, -Infinity);
  assert.equal(bench.close(20).length, 1);
  assert.deepEqual([...bench.close(19), ...bench.close(20), ...bench.close(-5)], []);
  assert.equal(bench.window.closedUntilMs, 20);
});

Deno.test("SlidingWindow.isDue() tells whether a window ends at or before the watermark", () => {
  const { window } = new Bench();
  assert.equal(window.isDue(-Infinity), false);
  window.reset({ closedUntilMs: 100, firstEndMs: 140 });
  assert.deepEqual([99, 139.9, 140, 1_000].map((ms) => window.isDue(ms)), [false, false, true, true]);
});

Deno.test("SlidingWindow.closeUntil() emits nothing before the first window", () => {
  const bench = new Bench();
  bench.window.reset({ closedUntilMs: -Infinity, firstEndMs: 100 });
  bench.record(40, ["a"]);
  assert.deepEqual(bench.close(99), []);
  assert.equal(bench.window.neededFromMs, 40);
  bench.record(45, ["a"]);
  assert.deepEqual(bench.close(100).map(({ endMs, words }) => [endMs, words]), [[100, 2]]);
});

Deno.test("SlidingWindow.add() of late records changes the next window, not the closed one", () => {
  const bench = new Bench();
  bench.record(0, ["a"]);
  bench.close(20);
  assert.equal(bench.record(1, ["a", "b"]), "late_counted");
  assert.deepEqual(bench.window.topWords(3), [{ word: "a", count: 1 }]);
  assert.equal(bench.window.countOf(bench.words.intern("b")), 0);
  assert.deepEqual(bench.close(40)[0].top, [{ word: "a", count: 2 }, { word: "b", count: 1 }]);
  assert.equal(bench.window.countOf(bench.words.intern("b")), 1);
  assert.deepEqual(bench.close(80).map(({ words }) => words), [3, 0]);
});

Deno.test("SlidingWindow.reset() forgets all counts and releases every word", () => {
  const bench = new Bench();
  bench.record(0, ["a"]);
  bench.close(20);
  bench.record(30, ["b"]);
  bench.window.reset({ closedUntilMs: 40, firstEndMs: -Infinity });
  assert.deepEqual(bench.words.live, []);
  assert.deepEqual(bench.window.topWords(3), []);
  assert.deepEqual(bench.close(60).map(({ records }) => records), [0]);
  assert.equal(bench.window.windowsClosed, 2);
});

Deno.test("SlidingWindow.top bounds the tops of later windows", () => {
  const bench = new Bench();
  bench.record(0, ["a", "a", "b"]);
  assert.equal(bench.close(20)[0].top.length, 2);
  bench.window.top = 1;
  assert.deepEqual(bench.close(40)[0].top, [{ word: "a", count: 2 }]);
});

Deno.test("SlidingWindow.lastPaneEndMs is the end of the newest pane with records", () => {
  const bench = new Bench();
  assert.equal(bench.window.lastPaneEndMs, -Infinity);
  bench.record(100, []);
  bench.record(5, []);
  bench.window.select(500);
  assert.equal(bench.window.lastPaneEndMs, 120);
});

Deno.test("SlidingWindow keeps exact counts while many panes gain words by turns", () => {
  const bench = new Bench({ lengthMs: 200, slideMs: 1, top: 1000 });
  for (let round = 0; round < 30; round++) {
    for (let pane = 0; pane < 20; pane++) bench.record(pane, [`p${pane}`, `r${round}`, "all"]);
  }
  const last = bench.close(20).at(-1);
  assert.equal(last?.words, 1800);
  assert.equal(last?.distinct, 51);
  assert.deepEqual(last?.top[0], { word: "all", count: 600 });
  assert.ok(last?.top.slice(1, 21).every(({ count }) => count === 30));
  assert.ok(last?.top.slice(21).every(({ count }) => count === 20));
});

Deno.test("SlidingWindow equals a naive recount of every window, for any records in any order", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(anyStep, { maxLength: 120, size: "max" }),
      (panes, slideMs, top, steps) => {
        const bench = new Bench({ lengthMs: panes * slideMs, slideMs, top });
        const naive = new NaiveWindow(panes * slideMs, slideMs, top);
        let watermark = -20;
        for (const step of steps) {
          if (step.kind === "record") {
            const at = watermark + step.at;
            assert.equal(bench.record(at, step.words), naive.record(at, step.words));
          } else if (step.kind === "close") {
            watermark += step.by;
            assert.deepEqual(bench.close(watermark), naive.closeUntil(watermark));
          } else {
            const [closed, first] = [step.closed * slideMs + 0, step.first * slideMs + 0];
            bench.window.reset({ closedUntilMs: closed, firstEndMs: first });
            naive.reset(closed, first);
          }
          assert.equal(bench.window.closedUntilMs, naive.closed);
          assert.equal(bench.window.neededFromMs, naive.next - naive.length);
          assert.equal(bench.window.windowsClosed, naive.windowsClosed);
          assert.deepEqual(bench.window.topWords(top), naive.last?.top ?? []);
          for (const word of bench.words.live) {
            const counts = naive.paneCountsOf(word);
            const isThere = counts.some(({ count }) => count > 0);
            assert.deepEqual(
              bench.window.paneCountsOf(bench.words.intern(word)),
              isThere ? counts : undefined,
              word,
            );
          }
          assert.deepEqual(bench.words.live, naive.heldWords());
        }
        bench.close(watermark + 10_000);
        assert.deepEqual(bench.words.live, []);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("SlidingWindow.paneCountsOf() covers the closed window without late records and open panes", () => {
  const bench = new Bench();
  const a = bench.words.intern("a");
  assert.equal(bench.window.paneCountsOf(a), undefined, "nothing has closed");
  bench.record(0, ["a", "a", "b"]);
  bench.record(40, ["a"]);
  bench.close(60);
  const counts = [{ startMs: 0, count: 2 }, { startMs: 20, count: 0 }, { startMs: 40, count: 1 }];
  assert.deepEqual(bench.window.paneCountsOf(a), counts);
  bench.record(20, ["a", "c"]);
  bench.record(60, ["a"]);
  assert.deepEqual(bench.window.paneCountsOf(a), counts);
  assert.equal(bench.window.paneCountsOf(bench.words.intern("c")), undefined, "only in what is yet to close");
  bench.close(80);
  assert.deepEqual(bench.window.paneCountsOf(a)?.map(({ count }) => count), [1, 1, 1]);
});
