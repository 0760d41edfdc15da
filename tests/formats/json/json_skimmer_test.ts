import assert from "node:assert/strict";
import { JsonSkimmer, SKIMMED } from "../../../lib/formats/json/json_skimmer.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The result for a text, and the value as it stands in it. */
function skim(text: string, names: readonly string[] = ["a"]): [number, string?] {
  const skimmer = new JsonSkimmer(names);
  const bytes = encode(`x${text}"`);
  const skimmed = skimmer.skim(bytes, 1, bytes.length - 1);
  if (skimmed !== SKIMMED.string && skimmed !== SKIMMED.other) return [skimmed];
  return [skimmed, new TextDecoder().decode(bytes.subarray(skimmer.valueStart, skimmer.valueEnd))];
}

Deno.test("JsonSkimmer.skim() finds the last member of each name, wherever it stands", () => {
  const { invalid, nothing, string, other, undecided } = SKIMMED;
  const rows: [text: string, names: string[], ...wanted: ReturnType<typeof skim>][] = [
    ['{"a":"x"}', ["a"], string, '"x"'],
    [' {\n"b" : [{"a":1}] , "a"\t:\r"x" } ', ["a"], string, '"x"'],
    ['{"a":"x\\n"}', ["a"], other, '"x\\n"'],
    ['{"a":-1.5e3}', ["a"], other, "-1.5e3"],
    ['{"a":{"a":1}}', ["a"], other, '{"a":1}'],
    ['{"a":{}}', ["a"], other, "{}"],
    ['{"a":[ ]}', ["a"], other, "[ ]"],
    ['{"a":"x","a":"y"}', ["a"], string, '"y"'],
    ['{"a":"x","a":null}', ["a"], other, "null"],
    ['{"b":{"a":"x"}}', ["a"], nothing],
    ['[{"a":"x"}]', ["a"], nothing],
    ['"a"', ["a"], nothing],
    ['{"a":{"b":{"c":"x"}}}', ["a", "b", "c"], string, '"x"'],
    ['{"a":{"b":{"c":"x"},"b":{}}}', ["a", "b", "c"], nothing],
    ['{"a":{"b":{"c":"x"}},"a":7}', ["a", "b", "c"], nothing],
    ['{"a":{"b":{"c":"x"}},"d":{"b":{"c":"y"}}}', ["a", "b", "c"], string, '"x"'],
    ['{"b":{"c":"y"},"a":{"b":{"c":"x"},"c":1},"c":2}', ["a", "b", "c"], string, '"x"'],
    ['{"a":{"b":1},"b":{"a":2}}', ["b", "a"], other, "2"],
    ['"text"', [], string, '"text"'],
    [" [1] ", [], other, "[1]"],
    ['{"":{"ä":"x"}}', ["", "ä"], string, '"x"'],
    ['{"\\u0061":"x"}', ["a"], undecided],
    ['{"b":{"\\u0061":"x"}}', ["a"], nothing],
    ['{"\\u0061":"x"}', [], other, '{"\\u0061":"x"}'],
    ["", ["a"], invalid],
    ["  ", ["a"], invalid],
    ['{"a":"x"} x', ["a"], invalid],
    ['{"a":"x"}\0', ["a"], invalid],
    ['{"a":"x"}{}', ["a"], invalid],
    ['{"a":"x",}', ["a"], invalid],
    ['{"a":"x"', ["a"], invalid],
    ['{"a":"x', ["a"], invalid],
    ['\ufeff{"a":"x"}', ["a"], invalid],
    ["1,2", ["a"], invalid],
    ["]", ["a"], invalid],
    ["[}", ["a"], invalid],
    ["{]", ["a"], invalid],
  ];
  for (const [text, names, ...wanted] of rows) assert.deepEqual(skim(text, names), wanted, text);
});

Deno.test("JsonSkimmer.skim() reads records up to its maximum at any nesting", () => {
  const { maxRecordBytes } = new JsonSkimmer([]);
  const half = maxRecordBytes / 2;
  assert.deepEqual(skim("[".repeat(half) + "]".repeat(half))[0], SKIMMED.nothing);
  assert.deepEqual(skim("[".repeat(half) + "]".repeat(half - 1))[0], SKIMMED.invalid);
  assert.deepEqual(skim("[".repeat(maxRecordBytes))[0], SKIMMED.invalid);
  const text = `"${"x".repeat(maxRecordBytes - 2)}"`;
  assert.deepEqual(skim(text, []), [SKIMMED.string, text]);
});

Deno.test("JsonSkimmer.skim() does not depend on the record before", () => {
  const skimmer = new JsonSkimmer(["a"]);
  const of = (text: string) => skimmer.skim(encode(text), 0, encode(text).length);
  assert.equal(of('{"b":"0123456789012345678901234567890123456789","a":"x"}'), SKIMMED.string);
  for (const text of ['{"b":"0123', '{"b":"\\', '{"b":"\\u00', '{"b":1', '{"b":tr', "[[[["]) {
    assert.equal(of(text), SKIMMED.invalid, text);
  }
  assert.equal(of("{}"), SKIMMED.nothing);
});

Deno.test("JsonSkimmer.canFind() refuses names that bytes do not identify, and names that are too long", () => {
  assert.ok(JsonSkimmer.canFind(["ä", "", "x".repeat(4_070)]));
  assert.ok(!JsonSkimmer.canFind(["x".repeat(4_090)]));
  assert.ok(!JsonSkimmer.canFind(["x\ufffd"]));
  assert.ok(!JsonSkimmer.canFind(["\ud800"]));
});
