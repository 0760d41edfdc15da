import assert from "node:assert/strict";
import {
  countOf,
  formatDuration,
  formatFigure,
  formatMilliseconds,
  formatMoment,
  formatRate,
} from "../../lib/page/quantity.ts";

Deno.test("quantities are formatted in words with few digits", () => {
  const table: readonly (readonly [told: string, wanted: string])[] = [
    [countOf(1, "record"), "1 record"],
    [countOf(0, "record"), "0 records"],
    [countOf(1_234_567, "word"), "1,234,567 words"],
    [formatFigure(123_456_789), "123,456,789"],
    [formatFigure(12_345_678_901), "12.3B"],
    [formatRate(0), "0"],
    [formatRate(0.44), "0.4"],
    [formatRate(12.34), "12"],
    [formatRate(1_234.5), "1,235"],
    [formatMilliseconds(0), "0 ms"],
    [formatMilliseconds(3.26), "3.3 ms"],
    [formatMilliseconds(340.2), "340 ms"],
    [formatMilliseconds(2_449), "2.4 s"],
    [formatDuration(-5), "0.0 s"],
    [formatDuration(2_449), "2.4 s"],
    [formatDuration(59_900), "59 s"],
    [formatDuration(60_000), "1 min"],
    [formatDuration(200_000), "3 min 20 s"],
    [formatDuration(7_500_000), "2 h 5 min"],
    [formatDuration(273_600_000), "3 d 4 h"],
  ];
  for (const [told, wanted] of table) assert.equal(told, wanted);
});

Deno.test("formatMoment() includes the date of distant times, and accepts any number", () => {
  const noon = new Date(2026, 10, 22, 12, 0, 2).getTime();
  assert.equal(formatMoment(noon, noon + 3_600_000), "12:00:02");
  assert.equal(formatMoment(noon, noon + 2 * 86_400_000), "22 Nov 2026, 12:00:02");
  assert.equal(formatMoment(1e18, noon), "1000000000000000000");
});
