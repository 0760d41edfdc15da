import assert from "node:assert/strict";
import fc from "fast-check";
import { BytePattern } from "../../lib/text/byte_pattern.ts";

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

const POSSIBLE = [
  "\\d+",
  "[0-9]+",
  "\\d{3,}",
  "\\b\\d+\\b",
  "\\b\\d+",
  "\\d+\\b",
  "0x[0-9a-fA-F]+",
  "\\b[0-9a-f]{8,}\\b",
  "[a-f\\d]{4}",
  UUID,
  `\\b${UUID}\\b`,
  UUID.replaceAll("a-f", "a-fA-F"),
  "user-\\d+",
  "a",
  "\\.",
  "\\w+",
  "[\\w.-]+",
  "ab\\b",
  "\\bab",
];

const IMPOSSIBLE = [
  "\\d*",
  "\\d?",
  "\\d+?",
  "\\d{2,3}",
  "\\d+a",
  "a|b",
  "(a)",
  ".",
  "\\s+",
  "\\S+",
  "\\p{L}+",
  "[^a]+",
  "ä",
  "[aä]",
  "\\D+",
  "\\d{0,}",
  "^a",
  "a$",
  "\\b[a.]+",
  "ab[a-z]+\\b",
  "\\n",
  "a{9999}",
  "\\b",
  "",
  "[\\S]",
];

function matches(source: string, text: string): string[] {
  const pattern = BytePattern.of(source);
  assert.ok(pattern !== undefined, source);
  const bytes = new TextEncoder().encode(`0a${text}0a`);
  const [start, end] = [2, bytes.length - 2];
  const found: string[] = [];
  for (let from = start; pattern.find(bytes, from, start, end); from = pattern.matchEnd) {
    found.push(new TextDecoder().decode(bytes.subarray(pattern.matchStart, pattern.matchEnd)));
  }
  return found;
}

Deno.test("BytePattern.find() finds what the regular expression finds", () => {
  const uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const part = fc.constantFrom(
    ..."0129afgAG_-. ",
    "ä",
    "€",
    "0x",
    "0x1f",
    "user-7",
    "ab",
    uuid,
    "deadbeef",
    "12345",
  );
  fc.assert(
    fc.property(fc.constantFrom(...POSSIBLE), fc.array(part, { maxLength: 30 }), (source, parts) => {
      const text = parts.join("");
      assert.deepEqual(
        matches(source, text),
        text.match(new RegExp(source, "gu")) ?? [],
        `${source} in ${text}`,
      );
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("BytePattern.of() refuses what could go back or match other characters", () => {
  for (const source of IMPOSSIBLE) assert.equal(BytePattern.of(source), undefined, source);
});

Deno.test("BytePattern.find() searches long texts in linear time", () => {
  const length = 2_000_000;
  const rows: [source: string, text: string][] = [
    ["\\b[0-9a-f]{8,}\\b", `g${"a".repeat(length)}`],
    ["[0-9a-f]{8,}\\b", `${"a".repeat(length)}g`],
    [UUID, "0".repeat(length)],
    [UUID, "0f8fad5b-d9cb-".repeat(length / 14)],
    ["\\d+", "a".repeat(length)],
    ["a{256}", `${"a".repeat(255)}b`.repeat(length / 256)],
  ];
  for (const [source, text] of rows) assert.deepEqual(matches(source, text), [], source);
});
