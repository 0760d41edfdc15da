import assert from "node:assert/strict";
import fc from "fast-check";
import { parseStatus, parseWindow } from "../../lib/top/shown_window.ts";

const WINDOW = {
  window_start: 0,
  window_end: 60_000,
  records: 4,
  words: 9,
  distinct: 3,
  error: 0,
  top: [["a", 5], ["b", 3]],
};

Deno.test("parseWindow() reads a window, and ignores other keys", () => {
  const window = parseWindow(JSON.stringify({ ...WINDOW, partitions: { t: [0] }, later: 1 }));
  assert.deepEqual([window.endMs, window.top], [60_000, [["a", 5], ["b", 3]]]);
});

Deno.test("parseWindow() refuses other texts", () => {
  const wrong = [
    "",
    "null",
    "[]",
    "{}",
    ...Object.keys(WINDOW).map((key) => JSON.stringify({ ...WINDOW, [key]: null })),
    JSON.stringify({ ...WINDOW, top: [["a"]] }),
    JSON.stringify({ ...WINDOW, top: [[1, "a"]] }),
    JSON.stringify({ ...WINDOW, top: ["a"] }),
  ];
  for (const text of wrong) assert.throws(() => parseWindow(text), SyntaxError, text);
});

Deno.test("parseStatus() reads any JSON, and ignores unknown values", () => {
  fc.assert(fc.property(fc.json(), (json) => {
    const { lag, late, skipped, notReady } = parseStatus(json);
    assert.ok(Number.isFinite(lag) && Number.isFinite(late) && Number.isFinite(skipped));
    assert.equal(notReady, "it does not say why");
  }));
  assert.throws(() => parseStatus("<html>"), SyntaxError);
});
