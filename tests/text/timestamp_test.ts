import assert from "node:assert/strict";
import fc from "fast-check";
import { rfc3339Time, unixMsTime, unixTime } from "../../lib/text/timestamp.ts";

/** The time of a text that stands between other bytes. */
function timeOf(text: string): number {
  const bytes = new TextEncoder().encode(`0${text}0`);
  return rfc3339Time(bytes, 1, bytes.length - 1);
}

Deno.test("rfc3339Time() equals Date.parse for times with any fraction and offset", () => {
  const time = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
  const offset = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
  fc.assert(
    fc.property(
      time,
      offset,
      fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 9 }),
      (date, minutes, digits) => {
        const fraction = digits === "" ? "" : `.${digits}`;
        const two = (n: number) => String(n).padStart(2, "0");
        const sign = minutes < 0 ? "-" : "+";
        const hours = two(Math.floor(Math.abs(minutes) / 60));
        const zone = minutes === 0 ? "Z" : `${sign}${hours}:${two(Math.abs(minutes) % 60)}`;
        const text = `${date.toISOString().slice(0, 19)}${fraction}${zone}`;
        const wanted =
          Date.parse(`${date.toISOString().slice(0, 19)}.${digits.slice(0, 3).padEnd(3, "0")}Z`) -
          minutes * 60_000;
        assert.equal(timeOf(text), wanted < 0 ? NaN : wanted, text);
      },
    ),
  );
});

Deno.test("rfc3339Time() takes lower case, a space, leap days and leap seconds", () => {
  const rows: [text: string, iso: string][] = [
    ["2026-11-30t10:00:00z", "2026-11-30T10:00:00Z"],
    ["2026-11-30 10:00:00.5Z", "2026-11-30T10:00:00.500Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
    ["2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"],
    ["1969-12-31T23:59:59-00:01", "1970-01-01T00:00:59Z"],
  ];
  for (const [text, iso] of rows) assert.equal(timeOf(text), Date.parse(iso), text);
});

Deno.test("rfc3339Time() refuses anything else", () => {
  const texts = [
    "",
    "2026",
    "2026-11-30",
    "2026-11-30T10:00:00",
    "2026-11-30T10:00Z",
    "2026-11-30T10:00:00.Z",
    "2026-11-30T10:00:00,5Z",
    "2026-11-30T24:00:00Z",
    "2026-11-30T10:60:00Z",
    "2026-11-30T10:00:61Z",
    "2026-11-31T10:00:00Z",
    "2026-13-01T10:00:00Z",
    "2026-00-01T10:00:00Z",
    "2026-11-00T10:00:00Z",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2026-11-30T10:00:00+24:00",
    "2026-11-30T10:00:00+01",
    "2026-11-30T10:00:00+0100",
    "2026-11-30T10:00:00Zx",
    " 2026-11-30T10:00:00Z",
    "2026/11/30T10:00:00Z",
    "12026-11-30T10:00:00Z",
  ];
  for (const text of texts) assert.equal(timeOf(text), NaN, text);
});

Deno.test("unixMsTime() and unixTime() take times from 1970 on that a Date can hold", () => {
  const rows: [number: number, ms: number, seconds: number][] = [
    [0, 0, 0],
    [-0, 0, 0],
    [1_763_805_540.123, NaN, 1_763_805_540_123],
    [1_763_805_540.9999, NaN, 1_763_805_540_999],
    [1.001, NaN, 1001],
    [1_763_805_540_123, 1_763_805_540_123, 1_763_805_540_123_000],
    [-1, NaN, NaN],
    [1e300, NaN, NaN],
    [8.64e15, 8.64e15, NaN],
    [8.64e15 + 2, NaN, NaN],
    [Infinity, NaN, NaN],
    [NaN, NaN, NaN],
  ];
  for (const [number, ms, seconds] of rows) {
    assert.equal(unixMsTime(number), ms, `${number} ms`);
    assert.equal(unixTime(number), seconds, `${number} s`);
  }
});
