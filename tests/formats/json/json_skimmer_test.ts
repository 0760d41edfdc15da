import assert from "node:assert/strict";
import type { JsonStep } from "../../../lib/formats/json/json_path.ts";
import { CELL, JSON_KIND, JsonSkimmer, SKIMMED } from "../../../lib/formats/json/json_skimmer.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function skimmerOf(...paths: (readonly JsonStep[])[]): JsonSkimmer {
  const skimmer = JsonSkimmer.of(paths);
  assert.ok(skimmer !== undefined);
  return skimmer;
}

type Kind = keyof typeof JSON_KIND;

/** The value of the first path, as it stands in the bytes. */
function valueIn(bytes: Uint8Array, { base, numbers }: JsonSkimmer): string {
  return new TextDecoder().decode(bytes.subarray(base + numbers[CELL.start], base + numbers[CELL.end]));
}

/** The kind of the value at the path, and the value as it stands in the text; or one of SKIMMED. */
function skim(text: string, steps: readonly JsonStep[] = ["a"]): [Kind | number, string?] {
  const skimmer = skimmerOf(steps);
  const bytes = encode(`x${text}"`);
  skimmer.begin(bytes, bytes.length);
  const skimmed = skimmer.skim(1, bytes.length - 1);
  if (skimmed !== SKIMMED.valid) return [skimmed];
  const [kind] = Object.entries(JSON_KIND).find(([, kind]) => kind === skimmer.numbers[CELL.kind]) ?? [];
  if (kind === "nothing") return [kind];
  return [kind as Kind, valueIn(bytes, skimmer)];
}

Deno.test("JsonSkimmer.skim() finds the last member of each name, and elements, wherever they stand", () => {
  const { invalid, undecided } = SKIMMED;
  const rows: [text: string, steps: JsonStep[], ...wanted: ReturnType<typeof skim>][] = [
    ['{"a":"x"}', ["a"], "string", '"x"'],
    [' {\n"b" : [{"a":1}] , "a"\t:\r"x" } ', ["a"], "string", '"x"'],
    ['{"a":"x\\n"}', ["a"], "escapedString", '"x\\n"'],
    ['{"a":-1.5e3}', ["a"], "number", "-1.5e3"],
    ['{"a":{"a":1}}', ["a"], "object", '{"a":1}'],
    ['{"a":{}}', ["a"], "object", "{}"],
    ['{"a":[ ]}', ["a"], "array", "[ ]"],
    ['{"a":"x","a":"y"}', ["a"], "string", '"y"'],
    ['{"a":"x","a":null}', ["a"], "null", "null"],
    ['{"b":{"a":"x"}}', ["a"], "nothing"],
    ['[{"a":"x"}]', ["a"], "nothing"],
    ['"a"', ["a"], "nothing"],
    ['{"a":{"b":{"c":"x"}}}', ["a", "b", "c"], "string", '"x"'],
    ['{"a":{"b":{"c":"x"},"b":{}}}', ["a", "b", "c"], "nothing"],
    ['{"a":{"b":{"c":"x"}},"a":7}', ["a", "b", "c"], "nothing"],
    ['{"a":{"b":{"c":"x"}},"d":{"b":{"c":"y"}}}', ["a", "b", "c"], "string", '"x"'],
    ['{"b":{"c":"y"},"a":{"b":{"c":"x"},"c":1},"c":2}', ["a", "b", "c"], "string", '"x"'],
    ['{"a":{"b":1},"b":{"a":2}}', ["b", "a"], "number", "2"],
    ['"text"', [], "string", '"text"'],
    [" [1] ", [], "array", "[1]"],
    ['{"":{"ä":"x"}}', ["", "ä"], "string", '"x"'],
    ['{"\\u0061":"x"}', ["a"], undecided],
    ['{"b":{"\\u0061":"x"}}', ["a"], "nothing"],
    ['{"\\u0061":"x"}', [], "object", '{"\\u0061":"x"}'],
    ['{"a":[true,{"b":"x"},[false]]}', ["a", 1, "b"], "string", '"x"'],
    ['{"a":[true,{"b":"x"},[false]]}', ["a", 2, 0], "false", "false"],
    ['{"a":[true,{"b":"x"},[false]]}', ["a", 3], "nothing"],
    ['{"a":{"0":1}}', ["a", 0], "nothing"],
    ['{"a":[1]}', ["a", "0"], "nothing"],
    ['{"a":[1],"a":[]}', ["a", 0], "nothing"],
    ['[[1,2],[3,"\\u0061"]]', [1, 1], "escapedString", '"\\u0061"'],
    ["[{},{}]", [1], "object", "{}"],
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
  for (const [text, steps, ...wanted] of rows) assert.deepEqual(skim(text, steps), wanted, text);
});

Deno.test("JsonSkimmer.skim() reads records up to its maximum at any nesting", () => {
  const { maxRecordBytes } = skimmerOf([]);
  const half = maxRecordBytes / 2;
  assert.deepEqual(skim("[".repeat(half) + "]".repeat(half))[0], "nothing");
  assert.deepEqual(skim("[".repeat(half) + "]".repeat(half - 1))[0], SKIMMED.invalid);
  assert.deepEqual(skim("[".repeat(maxRecordBytes))[0], SKIMMED.invalid);
  const text = `"${"x".repeat(maxRecordBytes - 2)}"`;
  assert.deepEqual(skim(text, []), ["string", text]);
});

Deno.test("JsonSkimmer.skim() does not depend on the record before", () => {
  const skimmer = skimmerOf(["a"]);
  const of = (text: string) => {
    const bytes = encode(text);
    skimmer.begin(bytes, bytes.length);
    return skimmer.skim(0, bytes.length);
  };
  assert.equal(of('{"b":"0123456789012345678901234567890123456789","a":"x"}'), SKIMMED.valid);
  assert.equal(skimmer.numbers[CELL.kind], JSON_KIND.string);
  for (const text of ['{"b":"0123', '{"b":"\\', '{"b":"\\u00', '{"b":1', '{"b":tr', "[[[["]) {
    assert.equal(of(text), SKIMMED.invalid, text);
  }
  assert.equal(of("{}"), SKIMMED.valid);
  assert.equal(skimmer.numbers[CELL.kind], JSON_KIND.nothing);
});

Deno.test("JsonSkimmer.skim() reads records of any lengths and distances from one array of bytes", () => {
  const skimmer = skimmerOf(["a"]);
  const lengths = [0, 1, 20, 20, 40_000, 20, 40_000, 70_000, 20, skimmer.maxRecordBytes, 20, 0, 20];
  for (const gap of ["", '"', '"}{"a":', "x".repeat(60_000)]) {
    let text = gap;
    const records = lengths.map((length, i) => {
      const record = length < 20 ? "1".repeat(length) : `{"a":"${`${i}`.padEnd(length - 8, ".")}"}`;
      const start = text.length;
      text += record + gap;
      return { record, start };
    });
    const bytes = encode(text);
    skimmer.begin(bytes, bytes.length);
    // Skimming a record leaves the others as they are.
    for (const { record, start } of [...records, ...records.toReversed()]) {
      const skimmed = skimmer.skim(start, start + record.length);
      assert.equal(skimmed, record === "" ? SKIMMED.invalid : SKIMMED.valid, `${start}`);
      if (record.length < 20) continue;
      assert.equal(valueIn(bytes, skimmer), record.slice(5, -1));
    }
  }
});

Deno.test("JsonSkimmer.begin() forgets bytes that have changed", () => {
  const skimmer = skimmerOf(["a"]);
  const bytes = encode('{"a":1}');
  for (const digit of "123") {
    bytes.set(encode(digit), 5);
    skimmer.begin(bytes, bytes.length);
    assert.equal(skimmer.skim(0, bytes.length), SKIMMED.valid);
    assert.equal(
      new TextDecoder().decode(bytes.subarray(skimmer.base + skimmer.numbers[CELL.start])),
      `${digit}}`,
    );
  }
});

Deno.test("JsonSkimmer.of() refuses names that bytes do not identify, other steps, and too much", () => {
  const long = "x".repeat(4_000);
  const rows: [paths: (readonly JsonStep[] | undefined)[], isPossible: boolean][] = [
    [[["ä", "", long], ["b"]], true],
    [[], true],
    [["a", "b", "c", "d"].map((name) => [name, long]), false],
    [Array.from({ length: 64 }, (_, i) => [`${i}`]), true],
    [Array.from({ length: 65 }, (_, i) => [`${i}`]), false],
    [Array.from({ length: 200 }, (_, i) => ["a", i % 2]), true],
    [[Array(1_000).fill("")], false],
    [[["x\ufffd"]], false],
    [[["\ud800"]], false],
    [[["a"], undefined], false],
    [[[2 ** 31 - 1]], true],
    [[[2 ** 31]], false],
  ];
  for (const [paths, isPossible] of rows) {
    assert.equal(JsonSkimmer.of(paths) !== undefined, isPossible, JSON.stringify(paths).slice(0, 100));
  }
});

Deno.test("JsonSkimmer.skim() finds what the deepest path leads to", () => {
  const steps = Array.from({ length: 350 }, (_, i) => i % 2 === 0 ? "a" : 0);
  const text = `${'{"a":['.repeat(175)}"x"${"]}".repeat(175)}`;
  assert.deepEqual(skim(text, steps), ["string", '"x"']);
  assert.deepEqual(skim(text, steps.slice(1)), ["nothing"]);
});
