import assert from "node:assert/strict";
import { jsonpath } from "json-p3";
import { JsonTexts } from "../../../lib/formats/json/json_texts.ts";
import { foundTexts, referenceTexts } from "./reference_json.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function textsOf(record: string | Uint8Array, path = "$.message"): string[] | undefined {
  const bytes = typeof record === "string" ? encode(record) : record;
  const found = foundTexts(bytes, new JsonTexts(path));
  assert.deepEqual(found, referenceTexts(bytes, jsonpath.compile(path)));
  return found;
}

const message = (value: string): string => `{"a":1,"message":${value},"b":[2]}`;

Deno.test("JsonTexts.add() finds strings, numbers, and those of an array, and no other value", () => {
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

Deno.test("JsonTexts.add() finds no text if the path leads nowhere, and reports what is not JSON", () => {
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

Deno.test("JsonTexts.add() decodes invalid UTF-8 as TextDecoder does", () => {
  const around = (...bytes: number[]) =>
    Uint8Array.of(...encode('{"message":"a'), ...bytes, ...encode('b"}'));
  assert.deepEqual(textsOf(around(0xff)), ["a\ufffdb"]);
  assert.deepEqual(textsOf(around(0xe2, 0x82)), ["a\ufffdb"]);
  assert.deepEqual(textsOf(around(0xed, 0xa0, 0x80)), ["a\ufffd\ufffd\ufffdb"]);
  assert.deepEqual(textsOf(around(0xef, 0xbb, 0xbf)), ["a\ufeffb"]);
  // The quote after a truncated character still ends the string.
  assert.deepEqual(textsOf(Uint8Array.of(...encode('{"message":"a'), 0xf0, 0x9f, ...encode('"}'))), [
    "a\ufffd",
  ]);
  assert.equal(textsOf(Uint8Array.of(0xff, ...encode('{"message":"a"}'))), undefined);
  // A name with invalid UTF-8 equals only a name with U+FFFD.
  const named = Uint8Array.of(...encode('{"m'), 0xff, ...encode('":"x"}'));
  assert.deepEqual(textsOf(named, "$.m"), []);
  assert.deepEqual(textsOf(named, "$['m\ufffd']"), ["x"]);
});

Deno.test("JsonTexts leaves plain texts in place and copies the others", () => {
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

/** A recursive or quadratic algorithm would overflow the stack or run for minutes. */
Deno.test("JsonTexts.add() handles a megabyte of any input in linear time and without deep recursion", () => {
  const half = 500_000;
  const texts: [name: string, text: string, isJson: boolean][] = [
    ["one string", message(`"${"x".repeat(2 * half)}"`), true],
    ["escapes", message(`"${"\\u0061\\n".repeat(half / 4)}"`), true],
    ["a string without an end", `{"message":"${"x".repeat(2 * half)}`, false],
    ["arrays in arrays", "[".repeat(half) + "]".repeat(half), true],
    ["arrays without an end", "[".repeat(2 * half), false],
    ["objects in objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, true],
    [
      "objects in objects, as the message",
      message(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`),
      true,
    ],
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
      assert.equal(foundTexts(encode(text), new JsonTexts(path)) !== undefined, isJson, `${name}, ${path}`);
    }
  }
});
