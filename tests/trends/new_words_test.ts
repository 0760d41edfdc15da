import assert from "node:assert/strict";
import fc from "fast-check";
import { GENERATIONS } from "../../lib/trends/seen_words.ts";
import { NewWordStream } from "./new_word_stream.ts";
import { times } from "./trend_stream.ts";

const USUAL = ["a", "b", "c"].flatMap((word) => times(word, 4));

function learned(options = {}): NewWordStream {
  const stream = new NewWordStream(options);
  stream.feed(8, USUAL);
  return stream;
}

Deno.test("NewWords names a word that the stream has not had, with its count", () => {
  const stream = learned();
  stream.feed(1, [...USUAL, "new", "new", "new"]);
  assert.deepEqual(stream.newest(), [{ word: "new", count: 3 }]);
  stream.feed(1, [...USUAL, "new"]);
  assert.deepEqual(stream.newest(), [{ word: "new", count: 4 }]);
});

Deno.test("NewWords: a word is new in all windows with its first pane, and in no later one", () => {
  const stream = learned({ panes: 3 });
  const withNew = [...USUAL, "new", "new"];
  assert.deepEqual([1, 2, 3, 4, 5].map(() => stream.feed(1, withNew)), [["new"], ["new"], ["new"], [], []]);
});

Deno.test("NewWords: a word needs the least count in one window", () => {
  const stream = learned({ panes: 3, minCount: 3 });
  const found = [1, 2, 3, 4].map(() => stream.feed(1, [...USUAL, "new"]));
  assert.deepEqual(found, [[], [], ["new"], []]);
});

Deno.test("NewWords: a word that returns is new after the memory, and not before", () => {
  for (const [away, isNew] of [[20, false], [80, false], [92, true], [200, true]] as const) {
    const stream = learned({ memoryPanes: 80 });
    stream.feed(1, [...USUAL, "rare", "rare"]);
    stream.feed(away, USUAL);
    assert.deepEqual(stream.feed(1, [...USUAL, "rare", "rare"]), isNew ? ["rare"] : [], `${away} panes`);
  }
});

Deno.test("NewWords: a word that comes again and again is remembered from its last time on", () => {
  const stream = learned({ memoryPanes: 16 });
  for (let round = 0; round < 10; round++) {
    const found = stream.feed(1, [...USUAL, "hourly", "hourly"]);
    assert.deepEqual(found, round === 0 ? ["hourly"] : [], `round ${round}`);
    stream.feed(15, USUAL);
  }
});

Deno.test("NewWords: nothing is new before the stream has been observed for the time of learning", () => {
  const stream = new NewWordStream({ panes: 3, learnPanes: 4 });
  for (let pane = 1; pane <= 9; pane++) {
    const found = stream.feed(1, [...USUAL, ...times(`new-${pane}`, 2)]);
    assert.equal(stream.newWords.isLearning(stream.window), pane < 7, `pane ${pane}`);
    assert.equal(found.length > 0, pane >= 7, `pane ${pane}`);
  }
});

Deno.test("NewWords: no word of the time of learning becomes new later", () => {
  const stream = new NewWordStream({ panes: 3, learnPanes: 4 });
  stream.feed(3, USUAL);
  stream.feed(1, [...USUAL, "early", "early"]);
  for (let pane = 0; pane < 6; pane++) {
    assert.deepEqual(stream.feed(1, [...USUAL, "early", "early"]), []);
  }
});

Deno.test("NewWords.newest() orders by count, then by bytes, and keeps the first k", () => {
  const stream = learned();
  stream.feed(1, [...USUAL, ...["z", "y", "x"].flatMap((word) => times(word, 2)), ...times("w", 5)]);
  assert.deepEqual(stream.newest().map(({ word }) => word), ["w", "x", "y", "z"]);
  assert.deepEqual(stream.newest(2).map(({ word }) => word), ["w", "x"]);
});

Deno.test("NewWords.newest() finds the largest counts among very many new words", () => {
  const stream = learned({ minCount: 1 });
  const many = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `n${from + n}`);
  stream.feed(1, [
    ...many(0, 3_000),
    ...times("m1", 4),
    ...many(3_000, 9_000),
    ...times("m2", 5),
    ...many(9_000, 12_000),
  ]);
  assert.deepEqual(stream.newest(4), [
    { word: "m2", count: 5 },
    { word: "m1", count: 4 },
    { word: "n0", count: 1 },
    { word: "n1", count: 1 },
  ]);
  assert.equal(stream.newest(1_000).length, 1_000);
  assert.equal(stream.newWords.total, 12_002);
});

Deno.test("NewWords.total counts each word once", () => {
  const stream = learned();
  stream.feed(3, [...USUAL, "n1", "n1", "n2", "n2"]);
  stream.feed(3, [...USUAL, "n1", "n1", "n3", "n3"]);
  assert.equal(stream.newWords.total, 3);
});

Deno.test("NewWords: a stretch without records does not make words new, and the memory passes in it", () => {
  for (const [stretch, isNew] of [[50, false], [200, true]] as const) {
    const stream = learned({ memoryPanes: 80 });
    stream.close(stretch);
    assert.deepEqual(stream.feed(1, USUAL).toSorted(), isNew ? ["a", "b", "c"] : [], `${stretch} panes`);
  }
});

Deno.test("NewWords: with too many words, a word is new by the count that is certain", () => {
  const stream = new NewWordStream({ maxWords: 4, minCount: 5 });
  const many = (round: number) => Array.from({ length: 30 }, (_, n) => `w${round}-${n}`);
  for (let round = 0; round < 8; round++) stream.feed(1, [...many(round), ...USUAL]);
  assert.ok(stream.window.totals.error > 0);
  stream.feed(1, [...many(9), ...times("new", 100)]);
  const [{ word, count }] = stream.newest();
  assert.equal(word, "new");
  assert.ok(count >= 100 && count <= 100 + stream.window.totals.error);
});

Deno.test("NewWords.learnAnew() keeps the memory and names nothing for the time of learning", () => {
  const lines: string[] = [];
  const log = {
    info: (line: string) => void lines.push(line),
    warn: (line: string) => void lines.push(line),
  };
  const stream = learned({ learnPanes: 4, log });
  stream.newWords.learnAnew();
  stream.newWords.begin();
  assert.match(lines[0], /no word is new in the first 4s/);
  assert.ok(stream.newWords.isLearning(stream.window));
  assert.deepEqual(stream.feed(1, [...USUAL, "x", "x"]), []);
  stream.feed(6, ["other"]);
  assert.deepEqual(stream.feed(1, [...USUAL, "new", "new"]), ["new"]);
});

/** All words of the stream, pane by pane. */
class NaiveNewWords {
  readonly #panes = new Map<number, Map<string, number>>();

  constructor(
    readonly panes: number,
    readonly memoryPanes: number,
    readonly learnPanes: number,
    readonly minCount: number,
  ) {}

  add(words: readonly string[], pane: number): void {
    const counts = this.#panes.get(pane) ?? new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    this.#panes.set(pane, counts);
  }

  newest(end: number): { word: string; count: number }[] {
    const first = end - this.panes;
    const before = [...this.#panes.keys()].filter((pane) => pane < first);
    if (before.length === 0 || first - Math.min(...before) < this.learnPanes) return [];
    const generation = Math.ceil(this.memoryPanes / GENERATIONS);
    const oldest = (Math.floor((first - 1) / generation) - GENERATIONS) * generation;
    const counts = new Map<string, number>();
    const known = new Set<string>();
    for (const [pane, words] of this.#panes) {
      for (const [word, count] of words) {
        if (pane >= first && pane < end) counts.set(word, (counts.get(word) ?? 0) + count);
        else if (pane < first && pane >= oldest) known.add(word);
      }
    }
    return [...counts]
      .filter(([word, count]) => count >= this.minCount && !known.has(word))
      .map(([word, count]) => ({ word, count }))
      .sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
  }
}

const anyPane = fc.record({
  words: fc.array(
    fc.record({
      word: fc.constantFrom(..."abcdefghijklmnop"),
      count: fc.integer({ min: 1, max: 3 }),
      /** Panes after the next one; a record may be late, and may be ahead of the watermark. */
      ahead: fc.constantFrom(0, 0, 0, -1, -2, 1, 4),
    }),
    { maxLength: 4 },
  ),
  /** Panes until the window closes. */
  step: fc.constantFrom(1, 1, 1, 1, 2, 5, 30),
});

Deno.test("NewWords.newest() is what a naive comparison of all records finds", () => {
  fc.assert(
    fc.property(
      fc.array(anyPane, { minLength: 5, maxLength: 60 }),
      fc.constantFrom(1, 3, 8, 17, 80),
      fc.constantFrom(0, 1, 6),
      (panes, memoryPanes, learnPanes) => {
        const stream = new NewWordStream({ panes: 4, memoryPanes, learnPanes });
        const naive = new NaiveNewWords(4, memoryPanes, learnPanes, 2);
        // The first window decides where the stream begins.
        stream.add(["start"]);
        naive.add(["start"], 0);
        for (const { words, step } of panes) {
          for (const { word, count, ahead } of words) {
            const at = Math.max(0, stream.pane + ahead);
            if (stream.add(times(word, count), at)) naive.add(times(word, count), at);
          }
          for (let i = 0; i < step; i++) {
            stream.close();
            assert.deepEqual(stream.newest(), naive.newest(stream.pane));
          }
        }
      },
    ),
  );
});
