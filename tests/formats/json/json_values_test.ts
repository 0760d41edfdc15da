import assert from "node:assert/strict";
import { jsonStart, JsonValues } from "../../../lib/formats/json/json_values.ts";
import type { WantedValue } from "../../../lib/formats/json/selected_values.ts";
import { type Found, foundValues, referencePaths, referenceValues } from "./reference_json.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function valuesOf(record: string | Uint8Array, wanted: readonly WantedValue[]): Found[] | undefined {
  const bytes = typeof record === "string" ? encode(record) : record;
  const found = foundValues(bytes, new JsonValues(wanted), wanted.length);
  assert.deepEqual(found, referenceValues(bytes, referencePaths(wanted)));
  return found;
}

function valueOf(record: string | Uint8Array, path = "$.message", elements = true): Found | undefined {
  return valuesOf(record, [{ path, elements }])?.[0];
}

const message = (value: string): string => `{"a":1,"message":${value},"b":[2]}`;

Deno.test("JsonValues.read() finds each kind of value, skimmed and parsed", () => {
  const rows: [value: string, found: Found][] = [
    ['"x,y"', "x,y"],
    ['""', ""],
    ['"a\\n\\u00e4\\ud83d\\ude00"', "a\nä😀"],
    ['"a\\ud800b"', "a\ufffdb"],
    ["7", 7],
    ["-0", 0],
    ["100000000000000000000000", 1e23],
    ["12345678901234567", 12345678901234568],
    ["1.50", 1.5],
    ["1e999", Infinity],
    ['["x",7,"\\u0061",[-1.0]]', { kind: "list", list: [7, "a", "x", { kind: "composite" }] }],
    ["[]", { kind: "list", list: [] }],
    ["true", { kind: "true" }],
    ["false", { kind: "false" }],
    ["null", { kind: "null" }],
    ['{"message":"x"}', { kind: "composite" }],
  ];
  for (const [value, found] of rows) {
    assert.deepEqual(valueOf(message(value)), found, value);
    assert.deepEqual(valueOf(`[${value},1]`, "$[-2]"), found, `${value}, parsed`);
    assert.deepEqual(valueOf(`[1,${value}]`, "$[1]"), found, `${value}, an element`);
  }
  assert.deepEqual(valueOf(message("[1]"), "$.message", false), { kind: "composite" });
  assert.deepEqual(valueOf(message("[1]"), "$['message','a']", false), {
    kind: "list",
    list: [1, { kind: "composite" }],
  });
});

Deno.test("JsonValues.read() finds what several paths lead to, which may lie within each other", () => {
  const wanted = ["$", "$.a", "$.a.b", "$.a.b[1]", "$.a.c", "$.d", "$.a.b", "$[0]"].map((path) => ({
    path,
    elements: false,
  }));
  const composite = { kind: "composite" };
  const nothing = { kind: "nothing" };
  assert.deepEqual(
    valuesOf('{"a":{"b":[1,"x"],"c":true},"d":"y"}', wanted),
    [composite, composite, composite, "x", { kind: "true" }, "y", composite, nothing],
  );
  assert.deepEqual(
    valuesOf('{"a":{"b":[1,"x"],"c":true},"d":"y","a":{"c":2}}', wanted),
    [composite, composite, nothing, nothing, 2, "y", nothing, nothing],
  );
  assert.deepEqual(valuesOf("[5]", wanted), [composite, ...Array(6).fill(nothing), 5]);
});

Deno.test("JsonValues.read() finds nothing if the path leads nowhere, and reports what is not JSON", () => {
  assert.deepEqual(valueOf('{"massage":"x"}'), { kind: "nothing" });
  assert.deepEqual(valueOf('"x"'), { kind: "nothing" });
  assert.deepEqual(valueOf('{"\\u006dessage":"x"}'), "x");
  for (
    const text of ["", " \n", "x", "NaN", '{"message":NaN}', '{"message":"x"}x', '\ufeff{"message":"x"}']
  ) {
    assert.equal(valueOf(text), undefined, text);
    assert.equal(valueOf(text, "$.message[-1]"), undefined, text);
  }
});

Deno.test("JsonValues.read() decodes invalid UTF-8 as TextDecoder does", () => {
  const around = (...bytes: number[]) =>
    Uint8Array.of(...encode('{"message":"a'), ...bytes, ...encode('b"}'));
  assert.equal(valueOf(around(0xff)), "a\ufffdb");
  assert.equal(valueOf(around(0xe2, 0x82)), "a\ufffdb");
  assert.equal(valueOf(around(0xed, 0xa0, 0x80)), "a\ufffd\ufffd\ufffdb");
  assert.equal(valueOf(around(0xef, 0xbb, 0xbf)), "a\ufeffb");
  // The quote after a truncated character still ends the string.
  assert.equal(valueOf(Uint8Array.of(...encode('{"message":"a'), 0xf0, 0x9f, ...encode('"}'))), "a\ufffd");
  assert.equal(valueOf(Uint8Array.of(0xff, ...encode('{"message":"a"}'))), undefined);
  // A name with invalid UTF-8 equals only a name with U+FFFD.
  const named = Uint8Array.of(...encode('{"m'), 0xff, ...encode('":"x"}'));
  assert.deepEqual(valueOf(named, "$.m"), { kind: "nothing" });
  assert.equal(valueOf(named, "$['m\ufffd']"), "x");
});

Deno.test("JsonValues.read() reads JSON in Confluent's wire format like plain JSON", () => {
  const framed = (...bytes: readonly number[]) => Uint8Array.of(...bytes, ...encode(message('"x"')));
  for (const path of ["$.message", "$['message','none']"]) {
    const values = new JsonValues([{ path, elements: true }]);
    assert.deepEqual(foundValues(framed(0, 0, 0, 0, 7), values, 1), ["x"]);
    assert.deepEqual(foundValues(framed(0, 1, 2, 3, 4), values, 1), ["x"]);
    for (const bytes of [[0], [0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 7]]) {
      assert.equal(foundValues(framed(...bytes), values, 1), undefined, String(bytes));
    }
    assert.equal(foundValues(Uint8Array.of(0, 0, 0, 0, 7), values, 1), undefined);
  }
  assert.equal(jsonStart(Uint8Array.of(0, 0, 0, 0), 0, 4), 0);
});

/** A recursive or quadratic algorithm would overflow the stack or run for minutes. */
Deno.test("JsonValues.read() handles a megabyte of any input in linear time and without deep recursion", () => {
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
      const values = new JsonValues([{ path, elements: true }]);
      assert.equal(foundValues(encode(text), values, 1) !== undefined, isJson, `${name}, ${path}`);
    }
  }
});
