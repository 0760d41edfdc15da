import assert from "node:assert/strict";
import { JsonPath } from "../../../lib/formats/json/json_path.ts";
import { JsonTexts } from "../../../lib/formats/json/json_texts.ts";
import { foundTexts, referenceTexts } from "./reference_json.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function textsOf(record: string | Uint8Array, path = "$.message"): string[] | undefined {
  const bytes = typeof record === "string" ? encode(record) : record;
  const found = foundTexts(bytes, new JsonTexts(path));
  assert.deepEqual(found, referenceTexts(bytes, new JsonPath(path)));
  return found;
}

const message = (value: string): string => `{"a":1,"message":${value},"b":[2]}`;

Deno.test("JsonTexts.add() takes strings, numbers, and those in an array; all else is no text", () => {
  const rows: [value: string, ...texts: string[]][] = [
    ['"x,y"', "x,y"],
    ['""', ""],
    ['"a\\n\\u00e4\\ud83d\\ude00"', "a\nä😀"],
    ['"a\\ud800b"', "a\ufffdb"],
    ["7", "7"],
    ["-0", "0"],
    ["100000000000000000000000", "1e+23"],
    ["12345678901234567", "12345678901234568"],
    ["1.50", "1.5"],
    ["1e999", "Infinity"],
    ['["x",7,"\\u0061",-1.0]', "x", "7", "a", "-1"],
    ['[["x"],{"a":"x"},true,null,"y"]', "y"],
    ["[]"],
    ["true"],
    ["null"],
    ['{"message":"x"}'],
  ];
  for (const [value, ...texts] of rows) {
    assert.deepEqual(textsOf(message(value)), texts, value);
    assert.deepEqual(textsOf(`[${value}]`, "$[0]"), texts, `${value}, parsed`);
  }
});

Deno.test("JsonTexts.add() finds nothing where the path leads to nothing, and says what is not JSON", () => {
  assert.deepEqual(textsOf('{"massage":"x"}'), []);
  assert.deepEqual(textsOf('"x"'), []);
  assert.deepEqual(textsOf('{"\\u006dessage":"x"}'), ["x"]);
  for (
    const text of ["", " \n", "x", "NaN", '{"message":NaN}', '{"message":"x"}x', '\ufeff{"message":"x"}']
  ) {
    assert.equal(textsOf(text), undefined, text);
    assert.equal(textsOf(text, "$.message[0]"), undefined, text);
  }
});

Deno.test("JsonTexts.add() decodes what is not UTF-8 as it does elsewhere", () => {
  const around = (...bytes: number[]) =>
    Uint8Array.of(...encode('{"message":"a'), ...bytes, ...encode('b"}'));
  assert.deepEqual(textsOf(around(0xff)), ["a\ufffdb"]);
  assert.deepEqual(textsOf(around(0xe2, 0x82)), ["a\ufffdb"]);
  assert.deepEqual(textsOf(around(0xed, 0xa0, 0x80)), ["a\ufffd\ufffd\ufffdb"]);
  assert.deepEqual(textsOf(around(0xef, 0xbb, 0xbf)), ["a\ufeffb"]);
  // The quote after a character that breaks off still ends the string.
  assert.deepEqual(textsOf(Uint8Array.of(...encode('{"message":"a'), 0xf0, 0x9f, ...encode('"}'))), [
    "a\ufffd",
  ]);
  assert.equal(textsOf(Uint8Array.of(0xff, ...encode('{"message":"a"}'))), undefined);
  // A name with a byte that is not UTF-8 is another, but one with U+FFFD.
  const named = Uint8Array.of(...encode('{"m'), 0xff, ...encode('":"x"}'));
  assert.deepEqual(textsOf(named, "$.m"), []);
  assert.deepEqual(textsOf(named, "$['m\ufffd']"), ["x"]);
});

Deno.test("JsonTexts keeps plain texts where they stand and makes the others", () => {
  const texts = new JsonTexts("$.message");
  const records = ['"plain"', "42", '"\\n"', '["x","y"]', "{}"].map((value) => encode(message(value)));
  const bytes = Uint8Array.from(records.flatMap((record) => [...record]));
  let start = 0;
  texts.reset(bytes);
  const outcomes = records.map((record) => texts.add(start, start += record.length));
  assert.deepEqual(outcomes, ["in_place", "in_place", "made", "made", "none"]);
  assert.equal(texts.inPlace.bytes, bytes);
  assert.deepEqual([texts.inPlace.count, texts.made.count], [2, 3]);
  texts.reset(bytes);
  assert.deepEqual([texts.inPlace.count, texts.made.count], [0, 0]);
});

/** Bad input of 1 MB each: it takes its time, but not a second, and not the stack. */
Deno.test("JsonTexts.add() comes to an end with a megabyte of anything", () => {
  const half = 500_000;
  const texts: [name: string, text: string, isJson: boolean][] = [
    ["one string", message(`"${"x".repeat(2 * half)}"`), true],
    ["escapes", message(`"${"\\u0061\\n".repeat(half / 4)}"`), true],
    ["half a string", `{"message":"${"x".repeat(2 * half)}`, false],
    ["arrays in arrays", "[".repeat(half) + "]".repeat(half), true],
    ["arrays that stay open", "[".repeat(2 * half), false],
    ["objects in objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, true],
    ["the same, as the message", message(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`), true],
    ["numbers", message(`[${"1,".repeat(half)}1]`), true],
    ["a long number", message("9".repeat(2 * half)), true],
    ["zeros", message("0".repeat(2 * half)), false],
    ["white space", " ".repeat(2 * half), false],
    ["white space around", " ".repeat(half) + message('"x"') + "\n".repeat(half), true],
    ["members", `{${'"message":"x",'.repeat(60_000)}"message":"y"}`, true],
    ["garbage behind", message('"x"') + "x".repeat(2 * half), false],
  ];
  for (const [name, text, isJson] of texts) {
    for (const path of ["$.message", "$.a.a.a", "$.message[*]"]) {
      const begunMs = performance.now();
      const found = foundTexts(encode(text), new JsonTexts(path));
      const elapsedMs = performance.now() - begunMs;
      assert.equal(found !== undefined, isJson, `${name}, ${path}`);
      assert.ok(elapsedMs < 2_000, `${name}, ${path}: ${elapsedMs} ms`);
    }
  }
});
