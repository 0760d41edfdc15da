import assert from "node:assert/strict";
import {
  addWindow,
  countIn,
  MAX_KEPT_WORDS,
  MAX_WINDOWS,
  parseWindow,
  type WindowHistory,
} from "../../lib/page/window_history.ts";
import { windowOf } from "./windows.ts";

const ends = (history: WindowHistory) => history.map(({ endMs }) => endMs);

Deno.test("parseWindow() reads events of the stream with any words", () => {
  const window = parseWindow(JSON.stringify({
    window_start: 1_000,
    window_end: 3_000,
    records: 2,
    words: 5,
    distinct: 3,
    error: 0,
    top: [["__proto__", 3], ["constructor", 1], ["<b>", 1]],
    partitions: { events: [0] },
  }));
  assert.equal(window.endMs, 3_000);
  assert.deepEqual([...window.top], [["__proto__", 3], ["constructor", 1], ["<b>", 1]]);
  assert.ok(window.isWhole);
});

Deno.test("parseWindow() keeps no more words than can be shown", () => {
  const top = Array.from({ length: 1_000 }, (_, index) => [`w${index}`, 1]);
  const window = parseWindow(JSON.stringify({ window_end: 1, distinct: 1_000, error: 0, top }));
  assert.equal(window.top.size, MAX_KEPT_WORDS);
  assert.equal(window.isWhole, false);
});

Deno.test("countIn() is 0 only if the window shows all its words", () => {
  const table = [
    { window: windowOf({ a: 2 }), a: 2, b: 0 },
    { window: windowOf({ a: 2 }, { distinct: 2 }), a: 2, b: null },
    { window: windowOf({ a: 2 }, { error: 1 }), a: 2, b: null },
    { window: windowOf({}), a: 0, b: 0 },
  ];
  for (const { window, a, b } of table) {
    assert.deepEqual([countIn(window, "a"), countIn(window, "b")], [a, b]);
  }
});

Deno.test("addWindow() keeps the newest windows in order, each once", () => {
  let history: WindowHistory = [];
  for (let end = 1; end <= MAX_WINDOWS + 5; end++) {
    history = addWindow(history, windowOf({ a: 1 }, { endMs: end }));
  }
  assert.equal(history.length, MAX_WINDOWS);
  assert.equal(history[0].endMs, 6);
  // A restarted daemon emits a window again and continues from there.
  history = addWindow(history, windowOf({ a: 7 }, { endMs: 100 }));
  assert.deepEqual(ends(history).slice(-2), [99, 100]);
  assert.equal(history.at(-1)?.top.get("a"), 7);
});

Deno.test("addWindow() drops the oldest windows if words are huge, but never the newest", () => {
  let history: WindowHistory = [];
  const word = (end: number) => String(end).padEnd(65_536, "x");
  for (let end = 1; end <= 200; end++) {
    history = addWindow(history, windowOf({ [word(end)]: 1 }, { endMs: end }));
  }
  assert.equal(history.length, 64);
  assert.equal(history.at(-1)?.endMs, 200);
  const huge = windowOf({ ["x".repeat(5 * 2 ** 20)]: 1 }, { endMs: 201 });
  assert.deepEqual(ends(addWindow(history, huge)), [201]);
});
