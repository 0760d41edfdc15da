import assert from "node:assert/strict";
import fc from "fast-check";
import { makeRecordTexts } from "../../lib/extraction/make_record_texts.ts";
import type { ReadingRules } from "../../lib/extraction/reading_rules.ts";
import { readingRules } from "../fakes/reading_rules.ts";
import type { NaiveRecord } from "../oracle/naive_reading.ts";
import { anyRecord, anyRules } from "./any_reading.ts";
import { read, readNaively, recordsOf } from "./reading.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("SelectedTexts reads what a naive reader reads, with each combination of keys", () => {
  const runs = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(anyRules, fc.array(anyRecord, { maxLength: 20 }), runs, (rules, records, runs) => {
      const all = readingRules(rules);
      assert.deepEqual(read(records, all, runs), readNaively(records, all));
    }),
    { numRuns: 3_000 },
  );
});

/** The words of one record by these rules, or the reason for which it does not count. */
function wordsOf(rules: Partial<ReadingRules>, record: Partial<NaiveRecord>): unknown {
  const all = readingRules(rules);
  const { skipped, filtered, counts } = read([{ key: null, value: null, headers: [], ...record }], all, [1]);
  return skipped[0]?.[1] ?? (filtered > 0 ? "filtered" : counts);
}

Deno.test("SelectedTexts skips records for the reasons of the contract", () => {
  const json = (value: unknown) => ({ value: encode(JSON.stringify(value)) });
  const weighted = { from: { kind: "field", path: "$.m" }, weight: "$.n" } as const;
  const timed = (format: "unix_ms" | "unix" | "rfc3339") =>
    ({ from: { kind: "field", path: "$.m" }, timestamp: { path: "$.t", format } }) as const;
  const rows: [name: string, rules: Partial<ReadingRules>, record: Partial<NaiveRecord>, wanted: unknown][] =
    [
      ["no such header", { from: { kind: "header", name: "h" } }, { headers: [["x", "y"]] }, {}],
      ["a path to an object", { from: { kind: "field", path: "$.m" } }, json({ m: {} }), {}],
      ["a null value", weighted, {}, "invalid_weight"],
      ["a weight of 3", weighted, json({ m: "x", n: 3 }), { "=x": 3 }],
      ["a weight of 3.0", weighted, { value: encode('{"m":"x","n":3.0}') }, { "=x": 3 }],
      ["a weight of 3e2", weighted, { value: encode('{"m":"x","n":3e2}') }, { "=x": 300 }],
      ["the largest weight", weighted, json({ m: "x", n: 2 ** 53 - 1 }), { "=x": 2 ** 53 - 1 }],
      ["a negative weight", weighted, json({ m: "x", n: -1 }), "invalid_weight"],
      ["a fractional weight", weighted, json({ m: "x", n: 0.5 }), "invalid_weight"],
      ["a weight of 1e300", weighted, json({ m: "x", n: 1e300 }), "invalid_weight"],
      ["a string of digits", weighted, json({ m: "x", n: "3" }), "invalid_weight"],
      ["no weight", weighted, json({ m: "x" }), "invalid_weight"],
      ["a time as a string", timed("unix_ms"), json({ m: "x", t: "1763805540000" }), "invalid_timestamp"],
      ["no time", timed("unix"), json({ m: "x" }), "invalid_timestamp"],
      ["a time that is no text", timed("rfc3339"), json({ m: "x", t: 5 }), "invalid_timestamp"],
      ["the year 9999", timed("rfc3339"), json({ m: "x", t: "9999-12-31T23:59:59Z" }), { "=x": 1 }],
      [
        "a key of 3 bytes",
        { from: { kind: "key" }, keyFormat: "int32" },
        { key: Uint8Array.of(1, 2, 3) },
        "invalid_key",
      ],
      ["a negative int32", { from: { kind: "key" }, keyFormat: "int32" }, {
        key: Uint8Array.of(255, 255, 255, 254),
      }, { "=-2": 1 }],
      ["an empty key as hex", { from: { kind: "key" }, keyFormat: "hex" }, { key: new Uint8Array(0) }, {}],
      ["a null key", { from: { kind: "key" }, keyFormat: "int64" }, {}, {}],
      [
        "no JSON",
        { format: "json", from: { kind: "key" } },
        { key: encode("k"), value: encode("x") },
        "invalid_json",
      ],
    ];
  for (const [name, rules, record, wanted] of rows) assert.deepEqual(wordsOf(rules, record), wanted, name);
});

Deno.test("SelectedTexts skips a record with damaged headers as corrupt", () => {
  const header = { kind: "header", name: "h" } as const;
  const exists = { kind: "exists", exists: false } as const;
  for (const rules of [{ from: header }, { where: [{ subject: header, test: exists }] }]) {
    const texts = makeRecordTexts(readingRules(rules));
    const records = recordsOf([{ key: null, value: encode("x"), headers: [["h", "x"]] }], texts);
    records.setHeaders(0, records.headerStarts[0], records.headerEnds[0] - 1);
    texts.read(records, 0, 1);
    assert.deepEqual(texts.skipped, [{ index: 0, reason: "corrupt" }]);
  }
});
