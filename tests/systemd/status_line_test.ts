import assert from "node:assert/strict";
import fc from "fast-check";
import { formatStatusLine, type Summary } from "../../lib/systemd/status_line.ts";

const SERVING: Summary = {
  notReady: undefined,
  recordsPerSecond: 412.4,
  lag: 7,
  topWord: { word: "word", count: 123 },
};

Deno.test("formatStatusLine() shows the known figures, and why the daemon is not ready", () => {
  const cases: [changes: Partial<Summary>, line: string][] = [
    [{}, "412 records/s, lag 7, top word ('word', 123)"],
    [{ lag: 0, topWord: undefined }, "412 records/s, lag 0"],
    [
      { recordsPerSecond: 0, lag: undefined, topWord: undefined, notReady: "connecting to 127.0.0.1:9092" },
      "0 records/s, not ready: connecting to 127.0.0.1:9092",
    ],
    [
      { topWord: { word: "a\nWATCHDOG=1", count: 2 } },
      "412 records/s, lag 7, top word ('a\\nWATCHDOG=1', 2)",
    ],
    [
      { lag: undefined, topWord: undefined, notReady: "no\n\x1b[31mbroker\u2028" },
      "412 records/s, not ready: no\\n\\x1b[31mbroker\\u2028",
    ],
  ];
  for (const [changes, line] of cases) assert.equal(formatStatusLine({ ...SERVING, ...changes }), line);
});

Deno.test("formatStatusLine() is one line that fits into a message, for any words and reasons", () => {
  const anyText = fc.string({ unit: "binary", maxLength: 3_000 });
  fc.assert(fc.property(anyText, anyText, (word, notReady) => {
    const line = formatStatusLine({ ...SERVING, topWord: { word, count: 1 }, notReady });
    assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u);
    assert.ok(new TextEncoder().encode(`READY=1\nSTATUS=${line}`).length <= 4_096);
  }));
});
