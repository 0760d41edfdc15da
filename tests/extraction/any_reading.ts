// Any rules by which records are read, and any records, for properties.

import fc from "fast-check";
import type { ReadingRules } from "../../lib/extraction/reading_rules.ts";
import type { NaiveRecord } from "../oracle/naive_reading.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const PATHS = ["$.a", "$.b", "$.t", "$.n", "$.a.b", "$.c[0]", "$.c[-1]", "$.c[*]", "$.none", "$"];
const path = fc.constantFrom(...PATHS);
const word: fc.Arbitrary<string> = fc.constantFrom(
  "a",
  "b",
  "x,y",
  "500",
  "-5",
  "1.50",
  " ä ",
  "",
  "id 42 of 7",
  "\ud800",
  "\ufffd",
  'z\n"',
);
const scalar = fc.oneof(word, fc.constantFrom<string | number | boolean>(500, -5, 1.5, 0, true, false));

const time = fc.constantFrom<unknown>(
  0,
  1_763_805_540_123,
  1_763_805_540.25,
  -1,
  1e300,
  "2026-11-30T10:00:00.5+01:00",
  "5",
);
const weight = fc.constantFrom<unknown>(0, 1, 3, 2 ** 40, 2 ** 53, -1, 0.5, 1e300, "7", null);
const anyValue = fc.oneof(
  scalar,
  fc.constantFrom<unknown>(null, { b: "x" }, { b: 7 }, [1, "a"], []),
  fc.array(fc.oneof(scalar, fc.constantFrom<unknown>(null, {}, [1])), { maxLength: 3 }),
);
const object = fc.record(
  { a: anyValue, b: anyValue, c: fc.array(anyValue, { maxLength: 3 }), t: time, n: weight },
  { requiredKeys: [] },
);

const frame = Uint8Array.of(0, 0, 0, 0, 9);
const value = fc.oneof(
  { weight: 8, arbitrary: object.map((value) => encode(JSON.stringify(value))) },
  { weight: 1, arbitrary: object.map((value) => Uint8Array.of(...frame, ...encode(JSON.stringify(value)))) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(encode('{"a":"x"'), encode(""), encode('"text, b"'), encode("a,b")),
  },
  { weight: 1, arbitrary: fc.constantFrom(Uint8Array.of(...encode('{"a":"'), 0xc3, ...encode('1"}'))) },
);
const key = fc.oneof(
  word.map(encode),
  fc.uint8Array({ maxLength: 17 }),
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 8, maxLength: 8 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.uuid().map((uuid) => encode(uuid.toUpperCase())),
);
const headerName = fc.constantFrom("h", "tenant", "ä");
const header: fc.Arbitrary<[string, string | null]> = fc.tuple(
  headerName,
  fc.oneof(word.map((text) => text.toWellFormed()), fc.constant(null)),
);
/** Records with what is hard to read in keys, values and headers. */
export const anyRecord: fc.Arbitrary<NaiveRecord> = fc.record({
  key: fc.option(key),
  value: fc.option(value, { freq: 10 }),
  headers: fc.array(header, { maxLength: 4 }),
});

const number = fc.constantFrom(-Infinity, -5, 0, 1.5, 499.5, 500, Infinity);
const test: fc.Arbitrary<ReadingRules["where"][number]["test"]> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("in" as const, "not_in" as const),
    values: fc.array(scalar, { minLength: 1, maxLength: 4 }),
  }),
  fc.tuple(number, number).map(([a, b]) => ({
    kind: "range" as const,
    min: Math.min(a, b),
    max: Math.max(a, b),
  })),
  fc.record({
    kind: fc.constant("matches" as const),
    pattern: fc.constantFrom("^5", "x|ä", "\\d", "^$", "\\ufffd"),
  }),
  fc.record({ kind: fc.constant("exists" as const), exists: fc.boolean() }),
);
const fieldSubject = path.map((path) => ({ kind: "field" as const, path }));
const otherSubject = fc.oneof(
  headerName.map((name) => ({ kind: "header" as const, name })),
  fc.constant({ kind: "key" as const }),
);
const where = (subject: fc.Arbitrary<ReadingRules["where"][number]["subject"]>) =>
  fc.array(fc.record({ subject, test }), { maxLength: 2 });

const replacement = fc.record({
  pattern: fc.constantFrom("\\d+", "\\b\\d+\\b", "[a-z]{2}", "(\\w)(\\w)", "x*", "ä|,", "(?<n>[a-f\\d]+)"),
  with: fc.constantFrom("<N>", "", "$2$1", "[$&]", "$$", "$<n>", "$12", "ä"),
});
const joiner = fc.constantFrom(" ", "", "->");
const common = {
  keyFormat: fc.constantFrom(
    "text" as const,
    "int32" as const,
    "int64" as const,
    "uuid" as const,
    "hex" as const,
  ),
  replace: fc.oneof(fc.constant([]), fc.array(replacement, { maxLength: 2 })),
};
const anyFrom: fc.Arbitrary<ReadingRules["from"]> = fc.oneof(
  fc.constantFrom({ kind: "value" } as const, { kind: "key" } as const),
  headerName.map((name) => ({ kind: "header" as const, name })),
);
const fieldFrom: fc.Arbitrary<ReadingRules["from"]> = fc.oneof(
  path.map((path) => ({ kind: "field" as const, path })),
  fc.record({
    kind: fc.constant("fields" as const),
    paths: fc.array(path, { minLength: 1, maxLength: 3 }),
    joiner,
  }),
);
/** Rules with each combination of keys. */
export const anyRules: fc.Arbitrary<Partial<ReadingRules>> = fc.oneof(
  fc.record({ format: fc.constant("text" as const), where: where(otherSubject), from: anyFrom, ...common }),
  fc.record({
    format: fc.constant("json" as const),
    timestamp: fc.option(
      fc.record({
        path: fc.constantFrom("$.t", "$['t','a']"),
        format: fc.constantFrom("unix_ms" as const, "unix" as const, "rfc3339" as const),
      }),
      { nil: undefined },
    ),
    where: where(fc.oneof({ weight: 3, arbitrary: fieldSubject }, { weight: 1, arbitrary: otherSubject })),
    from: fc.oneof(fieldFrom, anyFrom),
    weight: fc.option(fc.constantFrom("$.n", "$.a"), { nil: undefined }),
    ...common,
  }),
);
