import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../lib/text/duration.ts";

const DAY_MS = 86_400_000;

Deno.test("parseDuration() reads a whole number and a unit, and 0 alone", () => {
  const valid: [string, number][] = [
    ["0", 0],
    ["0s", 0],
    ["1ms", 1],
    ["500ms", 500],
    ["10s", 10_000],
    ["1m", 60_000],
    ["2h", 7_200_000],
    ["1d", DAY_MS],
    ["007s", 7000],
  ];
  for (const [text, ms] of valid) assert.equal(parseDuration(text), ms, text);
});

Deno.test("parseDuration() refuses what is none, or beyond exact numbers", () => {
  const invalid = [
    "",
    "5",
    "00",
    "s",
    "1.5s",
    "-1s",
    "+1s",
    "1 s",
    " 1s",
    "1S",
    "1sec",
    "1s1ms",
    "1e3s",
    "٣s",
    "1s\n",
  ];
  for (const text of [...invalid, "9007199254740992ms", "99999999999999999999d"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

Deno.test("formatDuration() takes the largest unit that fits, and 60s for a minute", () => {
  const cases: [number, string][] = [[0, "0s"], [60_000, "60s"], [120_000, "2m"], [3_600_000, "1h"], [
    1500,
    "1500ms",
  ]];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});

Deno.test("parseDuration(formatDuration(ms)) is ms", () => {
  const unit = fc.constantFrom(1, 1000, 60_000, 3_600_000, DAY_MS);
  fc.assert(
    fc.property(fc.nat(1_000_000), unit, (n, unit) => parseDuration(formatDuration(n * unit)) === n * unit),
  );
});
