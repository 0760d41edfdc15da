import assert from "node:assert/strict";
import fc from "fast-check";
import { PaneWindow, type TakenPane } from "../../lib/window/pane_window.ts";
import type { WindowOptions } from "../../lib/window/window_options.ts";
import { FakeWords } from "../fakes/fake_words.ts";
import { entriesOf } from "./runs.ts";

const SLIDE_MS = 20;
const NOWHERE = {
  reportedUntilMs: -Infinity,
  neededFromMs: -Infinity,
  firstFromMs: -Infinity,
  cutMs: -Infinity,
};

class Bench {
  readonly words = new FakeWords();
  readonly window: PaneWindow;

  constructor(options: Partial<WindowOptions> = {}, limits: { maxEntries?: number } = {}) {
    this.window = new PaneWindow({ lengthMs: 60, slideMs: SLIDE_MS, words: this.words, ...options }, limits);
  }

  record(timestampMs: number, words: readonly string[]): string {
    const outcome = this.window.select(timestampMs);
    if (outcome === "counted" || outcome === "late_counted") {
      this.window.add(Int32Array.from(words, (word) => this.words.intern(word)), words.length, 1);
    }
    return outcome;
  }

  take(cutMs: number): { cutMs: number; panes: Plain[] } {
    let panes: Plain[] = [];
    const reached = this.window.takeBelow(cutMs, (taken) => panes = taken.map((pane) => this.plain(pane)));
    return { cutMs: reached, panes };
  }

  plain({ startMs, records, counts }: TakenPane): Plain {
    const { words, smallest } = counts;
    const ofWords = entriesOf(counts).map(([id, count]): [string, number] => [this.words.text(id), count]);
    return { startMs, records, words, smallest, counts: ofWords.sort(([a], [b]) => a < b ? -1 : 1) };
  }
}

interface Plain {
  readonly startMs: number;
  readonly records: number;
  readonly words: number;
  readonly smallest: number;
  readonly counts: [string, number][];
}

Deno.test("PaneWindow.takeBelow() gives each pane below the cut once, late records as an addition", () => {
  const bench = new Bench();
  bench.record(25, ["a", "b", "a"]);
  bench.record(5, ["a"]);
  bench.record(45, ["c"]);
  bench.record(1, []);
  assert.deepEqual(bench.take(40), {
    cutMs: 40,
    panes: [
      { startMs: 0, records: 2, words: 1, smallest: 0, counts: [["a", 1]] },
      { startMs: 20, records: 1, words: 3, smallest: 0, counts: [["a", 2], ["b", 1]] },
    ],
  });
  assert.equal(bench.window.oldestPendingMs, 40);
  bench.record(21, ["b"]);
  bench.record(22, []);
  assert.deepEqual(bench.take(40).panes, [{
    startMs: 20,
    records: 2,
    words: 1,
    smallest: 0,
    counts: [["b", 1]],
  }]);
  assert.deepEqual(bench.take(60).panes.map(({ startMs }) => startMs), [40]);
  assert.equal(bench.window.oldestPendingMs, Infinity);
});

Deno.test("PaneWindow keeps the words of the panes of one window, so that they have their ids when they come back", () => {
  const bench = new Bench();
  bench.record(0, ["a", "b"]);
  bench.take(20);
  bench.record(20, ["b"]);
  bench.take(60);
  assert.deepEqual(bench.words.live, ["a", "b"]);
  bench.take(80);
  assert.deepEqual(bench.words.live, ["b"], "only the pane at 20 is still kept");
  bench.take(100);
  assert.deepEqual(bench.words.live, []);
  bench.record(80, ["c"]);
  bench.take(100);
  bench.window.reset(NOWHERE);
  assert.deepEqual(bench.words.live, [], "nothing is kept after a reset");
});

Deno.test("PaneWindow releases words that it only keeps before a pane loses words", () => {
  const words = Array.from({ length: 800 }, (_, n) => String(n).padStart(3, "0"));
  const bench = new Bench({ maxWordBytes: 500 * (16 + 3) });
  bench.record(0, words.slice(0, 400));
  bench.take(20);
  bench.record(20, words.slice(400));
  assert.deepEqual(bench.words.live, words.slice(400));
  const [pane] = bench.take(40).panes;
  assert.deepEqual([pane.counts.length, pane.smallest], [400, 0]);
});

Deno.test("PaneWindow keeps words of no more than 1000 takes", () => {
  const bench = new Bench({ lengthMs: 2_000 * SLIDE_MS });
  for (let n = 0; n < 1_001; n++) {
    bench.record(n * SLIDE_MS, [`${n}`]);
    bench.take((n + 1) * SLIDE_MS);
  }
  assert.deepEqual([bench.words.live.length, bench.words.live.includes("0")], [1_000, false]);
});

Deno.test("PaneWindow.select() tells late, dropped and out of scope panes", () => {
  const bench = new Bench();
  bench.window.reset({ reportedUntilMs: 100, neededFromMs: 60, firstFromMs: 40, cutMs: 100 });
  const outcomes = [39, 59, 60, 99, 100].map((timestampMs) => bench.window.select(timestampMs));
  assert.deepEqual(outcomes, ["late_dropped", "late_dropped", "late_counted", "late_counted", "counted"]);
  bench.window.reset({ ...NOWHERE, firstFromMs: 40 });
  assert.deepEqual([bench.window.select(39), bench.window.select(40)], ["out_of_scope", "counted"]);
});

Deno.test("PaneWindow.add() needs a selected pane that counts, also after a bound has changed", () => {
  const { window } = new Bench();
  const add = () => window.add(new Int32Array(0), 0, 1);
  assert.throws(add, RangeError);
  window.select(0);
  window.neededFromMs = 20;
  assert.throws(add, RangeError);
  assert.equal(window.select(0), "late_dropped");
  assert.throws(add, RangeError);
});

Deno.test("PaneWindow.takeBelow() stops early for many words, but not below its last cut", () => {
  const bench = new Bench({}, { maxEntries: 2 });
  for (let pane = 0; pane < 4; pane++) bench.record(pane * 20, ["a", "b"]);
  assert.deepEqual([bench.take(80), bench.take(80), bench.take(80)].map(({ cutMs }) => cutMs), [20, 40, 60]);
  for (let pane = 0; pane < 4; pane++) bench.record(pane * 20, ["a", "b"]);
  const { cutMs, panes } = bench.take(80);
  assert.equal(cutMs, 60);
  assert.deepEqual(panes.map(({ startMs }) => startMs), [0, 20, 40]);
  assert.deepEqual(bench.take(80).panes.map(({ words }) => words), [4]);
});

Deno.test("PaneWindow.takeBelow() never returns a cut below the one at the start", () => {
  const bench = new Bench();
  bench.window.reset({ ...NOWHERE, cutMs: 60 });
  bench.record(45, ["a"]);
  const { cutMs, panes } = bench.take(20);
  assert.deepEqual([cutMs, panes.map(({ startMs }) => startMs)], [60, [40]]);
});

interface Step {
  readonly kind: "record" | "take";
  readonly at: number;
  readonly words: readonly string[];
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("record", "record", "record", "record", "take"),
  at: fc.integer({ min: -60, max: 300 }),
  words: fc.array(fc.constantFrom(..."abcdefghij"), { maxLength: 4 }),
});

Deno.test("PaneWindow gives every record once: the sum of what is taken is a recount", () => {
  fc.assert(
    fc.property(
      fc.array(anyStep, { maxLength: 80, size: "max" }),
      fc.option(fc.integer({ min: 1, max: 5 }), { nil: Infinity }),
      fc.integer({ min: 1, max: 20 }),
      (steps, maxWords, maxEntries) => {
        const bench = new Bench({ maxWords }, { maxEntries });
        const naive: { pane: number; words: readonly string[] }[] = [];
        const sums = new Map<
          number,
          { records: number; words: number; error: number; counts: Map<string, number> }
        >();
        const take = (wantedMs: number) => {
          const { cutMs, panes } = bench.take(wantedMs);
          assert.deepEqual(panes, panes.toSorted((a, b) => a.startMs - b.startMs));
          for (const { startMs, records, words, smallest, counts } of panes) {
            assert.ok(startMs < cutMs && counts.length <= maxWords);
            const sum = sums.get(startMs) ?? { records: 0, words: 0, error: 0, counts: new Map() };
            const held = new Map(counts);
            for (const word of "abcdefghij") {
              sum.counts.set(word, (sum.counts.get(word) ?? 0) + (held.get(word) ?? smallest));
            }
            sum.records += records;
            sum.words += words;
            sum.error += smallest;
            sums.set(startMs, sum);
          }
          // Nothing below the cut is left.
          assert.ok(bench.window.oldestPendingMs >= cutMs);
          for (const { pane } of naive) if (pane < cutMs) assert.ok(sums.has(pane));
        };
        for (const { kind, at, words } of steps) {
          if (kind === "take") take(at);
          else {
            bench.record(at, words);
            naive.push({ pane: Math.floor(at / SLIDE_MS) * SLIDE_MS, words });
          }
        }
        do take(1_000); while (bench.window.oldestPendingMs < Infinity);
        assert.deepEqual(bench.words.live, []);
        for (const [pane, records] of Map.groupBy(naive, ({ pane }) => pane)) {
          const sum = sums.get(pane);
          const all = records.flatMap(({ words }) => words);
          assert.deepEqual([sum?.records, sum?.words], [records.length, all.length]);
          if (maxWords === Infinity) assert.equal(sum?.error, 0);
          for (const word of "abcdefghij") {
            const times = all.filter((other) => other === word).length;
            const count = sum?.counts.get(word) ?? 0;
            assert.ok(times <= count && count <= times + (sum?.error ?? 0), `${word}: ${times} as ${count}`);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("PaneWindow with weights takes sums", () => {
  const bench = new Bench({ isWeighted: true });
  bench.window.select(0);
  const ids = Int32Array.of(bench.words.intern("a"), bench.words.intern("b"));
  bench.window.addWeighted({ ids, idCount: 2, weights: Float64Array.of(2 ** 40, 0) }, 1);
  assert.deepEqual(bench.take(20).panes, [
    { startMs: 0, records: 1, words: 2 ** 40, smallest: 0, counts: [["a", 2 ** 40]] },
  ]);
});
