import assert from "node:assert/strict";
import fc from "fast-check";
import { times, TrendStream } from "./trend_stream.ts";

/** Forty words, so that one of them is no large part of the volume. */
const USUAL = Array.from({ length: 40 }, (_, i) => times(`w${i}`, 10)).flat();

function learned(options = {}): TrendStream {
  const stream = new TrendStream(options);
  stream.feed(20, USUAL);
  return stream;
}

Deno.test("Trends.rising() names a word that comes far more often than usual, with its numbers", () => {
  const [word, ...others] = learned().feed(3, [...USUAL, ...times("w7", 50)]);
  assert.deepEqual(others, []);
  assert.deepEqual(word, { word: "w7", count: 180, expected: 30, factor: 5.29 });
});

Deno.test("Trends.rising() names a word that was never there", () => {
  const rising = learned().feed(3, [...USUAL, ...times("breaking", 20)]);
  assert.deepEqual(rising, [{ word: "breaking", count: 60, expected: 0, factor: 13 }]);
});

Deno.test("Trends.rising() is empty while the usual counts continue, and while a word only falls", () => {
  const stream = learned();
  assert.deepEqual(stream.rising(), []);
  assert.deepEqual(stream.feed(5, USUAL.filter((word) => word !== "w3")), []);
});

Deno.test("Trends.rising() is not fooled by small numbers", () => {
  const rare = [...USUAL, ..."abcdefghij"];
  const stream = new TrendStream();
  stream.feed(20, rare);
  assert.deepEqual(stream.feed(1, [...rare, "a", "b", "b", "new"]), []);
});

Deno.test("Trends.rising() is not fooled by size", () => {
  const large = [...USUAL, ...times("the", 10_000)];
  const stream = new TrendStream();
  stream.feed(12, large);
  assert.deepEqual(stream.feed(3, [...large, ...times("the", 100)]), []);
});

Deno.test("Trends.rising() names nothing when all words rise", () => {
  const stream = learned();
  for (const factor of [2, 5, 20]) {
    assert.deepEqual(stream.feed(1, times("", factor).flatMap(() => USUAL)), [], `times ${factor}`);
  }
});

Deno.test("Trends.rising() names a word beside another one that takes over the stream", () => {
  const rising = learned().feed(3, [...USUAL, ...times("flood", 10_000), ...times("w5", 30)]);
  assert.deepEqual(rising.map(({ word, expected }) => [word, expected]), [["flood", 0], ["w5", 32.25]]);
});

Deno.test("Trends.rising() orders by factor, then by count, then by bytes, and keeps the first k", () => {
  const stream = learned();
  stream.feed(3, [
    ...USUAL,
    ...["w1", "w2", "w3"].flatMap((word) => times(word, 40)),
    ...times("new", 30),
  ]);
  assert.deepEqual(stream.rising().map(({ word }) => word), ["new", "w1", "w2", "w3"]);
  assert.deepEqual(stream.rising(2).map(({ word }) => word), ["new", "w1"]);
});

Deno.test("Trends.rising() is empty before the length of a window has left the window", () => {
  const stream = new TrendStream({ panes: 3 });
  for (let pane = 1; pane <= 9; pane++) {
    stream.feed(1, pane > 4 ? [...USUAL, ...times("new", 100)] : USUAL);
    assert.equal(stream.trends.isLearning(stream.window), pane < 6, `pane ${pane}`);
    assert.equal(stream.rising().length > 0, pane >= 6, `pane ${pane}`);
  }
});

Deno.test("Trends.rising() expects a word that is away for whole windows and returns as usual", () => {
  const stream = new TrendStream({ panes: 3, baselineWindows: 10 });
  const comesBack = (pane: number) => pane % 5 === 0 ? times("hourly", 40) : [];
  for (let pane = 0; pane < 60; pane++) {
    stream.feed(1, [...USUAL, ...comesBack(pane)]);
    if (pane >= 20) assert.deepEqual(stream.rising(), [], `pane ${pane}`);
  }
  // A word that was not there before has no usual count.
  assert.deepEqual(stream.feed(1, [...USUAL, ...times("other", 40)]).map(({ word }) => word), ["other"]);
});

Deno.test("Trends.rising() forgets a burst as the baseline decays", () => {
  const stream = learned({ baselineWindows: 2 });
  const burst = [...USUAL, ...times("w7", 90)];
  assert.equal(stream.feed(3, burst).length, 1);
  assert.deepEqual(stream.feed(30, burst), []);
  assert.deepEqual(stream.feed(30, USUAL), []);
  assert.equal(stream.feed(3, burst).length, 1);
});

Deno.test("Trends.rising() finds too little to compare with after a pause much longer than the baseline", () => {
  const stream = learned({ baselineWindows: 2 });
  stream.feed(200, []);
  assert.deepEqual(stream.feed(1, [...USUAL, ...times("new", 100)]), []);
});

Deno.test("Trends.rising() compares what is certain where panes have too many words", () => {
  const stream = new TrendStream({ maxWords: 20 });
  stream.feed(20, USUAL);
  const closed = stream.feed(3, [...USUAL, ...times("new", 200)]);
  assert.ok(stream.window.totals.error > 0);
  assert.deepEqual(closed.map(({ word }) => word), ["new"]);
  assert.ok(closed[0].count >= 600 && closed[0].count <= 600 + stream.window.totals.error);
});

Deno.test("Trends.clear() begins to learn anew", () => {
  const stream = learned();
  stream.trends.clear();
  assert.ok(stream.trends.isLearning(stream.window));
  assert.deepEqual(stream.feed(2, [...USUAL, ...times("new", 100)]), []);
  assert.equal(stream.feed(1, USUAL).length, 1);
});

/** The numbers that `rising` compares, computed from all records. */
class NaiveTrends {
  readonly #panes: Map<string, number>[] = [];

  constructor(readonly panes: number, readonly baselineWindows: number, readonly minCount: number) {}

  add(words: readonly string[], pane: number): void {
    while (this.#panes.length <= pane) this.#panes.push(new Map());
    const counts = this.#panes[pane];
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }

  /** By word: its expected count and smoothed lift, and the lift and evidence that decide, above 0 where it rises. */
  compare(end: number): Map<string, { expected: number; factor: number; excess: number }> {
    const start = end - this.panes;
    const decay = this.panes * this.baselineWindows;
    const count = new Map<string, number>();
    const usual = new Map<string, number>();
    this.#panes.slice(0, end).forEach((counts, pane) => {
      const into = pane >= start ? count : usual;
      const weight = pane >= start ? 1 : Math.exp((pane - start) / decay);
      for (const [word, n] of counts) into.set(word, (into.get(word) ?? 0) + n * weight);
    });
    const sum = (counts: Map<string, number>, words: Iterable<string>) => {
      return [...words].reduce((total, word) => total + (counts.get(word) ?? 0), 0);
    };
    let [n, m] = [sum(count, count.keys()), sum(usual, usual.keys())];
    const of = (word: string) => {
      const c = count.get(word)!;
      const b = usual.get(word) ?? 0;
      const expected = b * n / m;
      const factor = (c + this.minCount) / (expected + this.minCount);
      const rate = (c + b) / (n + m);
      const evidence = c * Math.log(c / (rate * n)) + (b > 0 ? b * Math.log(b / (rate * m)) : 0);
      const excess = Math.min(factor - 2, evidence - Math.log(100 * count.size), c - this.minCount);
      return { expected, factor, excess };
    };
    if (n === 0 || m === 0) return new Map();
    const first = [...count.keys()].filter((word) => of(word).excess >= 0);
    const [left, leftUsual] = [n - sum(count, first), m - sum(usual, first)];
    if (left > 0 && leftUsual > 1e-9) [n, m] = [left, leftUsual];
    return first.length === 0 ? new Map() : new Map([...count.keys()].map((word) => [word, of(word)]));
  }
}

const anyPane = fc.array(
  fc.record({
    word: fc.constantFrom(..."abcdefghij"),
    count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 10, max: 80 })),
    late: fc.constantFrom(0, 0, 0, 1, 2),
  }),
  { maxLength: 8 },
);

Deno.test("Trends.rising() is what a naive comparison of all records finds", () => {
  const options = { panes: 3, baselineWindows: 2, minCount: 4 };
  fc.assert(fc.property(fc.array(anyPane, { minLength: 8, maxLength: 30 }), (panes) => {
    const stream = new TrendStream(options);
    const naive = new NaiveTrends(options.panes, options.baselineWindows, options.minCount);
    // The first window decides where the stream begins.
    stream.add(["a"]);
    naive.add(["a"], 0);
    for (const pane of panes) {
      for (const { word, count, late } of pane) {
        const at = Math.max(0, stream.pane - late);
        stream.add(times(word, count), at);
        naive.add(times(word, count), at);
      }
      stream.close();
      const found = new Map(stream.rising().map((word) => [word.word, word]));
      if (stream.trends.isLearning(stream.window)) continue;
      const wanted = naive.compare(stream.pane);
      // Sums of the baseline are rounded, so words at the very limit may be on either side.
      if ([...wanted.values()].some(({ excess }) => Math.abs(excess) < 1e-4)) return;
      const names = [...wanted].filter(([, { excess }]) => excess > 0).map(([word]) => word);
      assert.deepEqual([...found.keys()].sort(), names.sort());
      for (const [word, { expected, factor }] of found) {
        assert.ok(Math.abs(expected - wanted.get(word)!.expected) < 0.01, word);
        assert.ok(Math.abs(factor - wanted.get(word)!.factor) < 0.01, word);
      }
    }
  }));
});

Deno.test("Trends.rising() is the same for the same stream, also where departed words share cells", () => {
  const risingOnce = () => {
    const stream = new TrendStream({ panes: 2 });
    const pastWords = (pane: number) => Array.from({ length: 50_000 }, (_, n) => `${pane}-${n}`);
    for (let pane = 0; pane < 8; pane++) stream.feed(1, pastWords(pane));
    return stream.feed(1, [
      ...pastWords(8),
      ...pastWords(0).slice(0, 100).flatMap((word) => times(word, 40)),
    ]);
  };
  const rising = risingOnce();
  assert.ok(rising.some(({ expected }) => expected !== rising[0].expected), "some words share cells");
  assert.deepEqual(risingOnce(), rising);
});
