import assert from "node:assert/strict";
import { changeText, restRow, topRows } from "../../lib/page/top_rows.ts";
import { windowOf } from "./windows.ts";

Deno.test("topRows() returns the newest window's words with their change since the previous one", () => {
  const before = windowOf({ a: 10, b: 5, c: 1 }, { endMs: 1, distinct: 9 });
  const newest = windowOf({ b: 12, a: 6, d: 3, c: 1 }, { endMs: 2, distinct: 9 });
  const rows = topRows([before, newest], 3);
  assert.deepEqual(
    rows.map(({ word, count, ofLargest, change }) => [word, count, ofLargest, changeText(change)]),
    [
      ["b", 12, 1, "+7"],
      ["a", 6, 0.5, "−4"],
      ["d", 3, 0.25, "new"],
    ],
  );
});

Deno.test("topRows() has no change in the first window, and changes from 0 after a complete one", () => {
  const first = windowOf({ a: 1 }, { endMs: 1 });
  assert.deepEqual(topRows([first], 20).map(({ change }) => change), [undefined]);
  const second = windowOf({ b: 2_000, a: 1 }, { endMs: 2 });
  assert.deepEqual(topRows([first, second], 20).map(({ change }) => changeText(change)), ["+2,000", "0"]);
  assert.deepEqual(topRows([], 20), []);
  assert.deepEqual(topRows([windowOf({})], 20), []);
});

Deno.test("restRow() has the words that are in no row, and none where counts are too high", () => {
  const window = { ...windowOf({ a: 60, b: 30, c: 5 }, { endMs: 1, distinct: 9 }), words: 120 };
  const rows = topRows([window], 2);
  assert.deepEqual(rows.map(({ share }) => share), [0.5, 0.25]);
  assert.deepEqual(restRow([window], rows), { count: 30, share: 0.25 });
  const tooHigh = { ...window, words: 80 };
  assert.deepEqual(restRow([tooHigh], topRows([tooHigh], 20)), { count: 0, share: 0 });
  assert.equal(restRow([{ ...window, words: 0 }], []), undefined);
  assert.equal(restRow([], []), undefined);
});
