import assert from "node:assert/strict";
import fc from "fast-check";
import { walk } from "../walk.ts";
import { memberOf, parseSalted, unsalted, unsaltedAll } from "../../lib/text/salted_json.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("parseSalted() reads what JSON.parse reads, and refuses what it refuses", () => {
  const json = fc.oneof(
    fc.json({ noUnicodeString: false }),
    fc.json().map((text) => text.replaceAll('"', '\\"')),
    fc.string({ unit: fc.constantFrom('"', "\\", "u0061", "{", "}", ":", "[", "]", ",", "1", "a", " ") }),
  );
  fc.assert(fc.property(json, (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      assert.throws(() => parseSalted(encode(text)), new SyntaxError("the text is not JSON"));
      return;
    }
    const read = unsaltedAll(JSON.stringify(parseSalted(encode(text))));
    assert.deepEqual(JSON.parse(read), JSON.parse(JSON.stringify(value).toWellFormed()));
  }));
});

Deno.test("parseSalted() gives each string and each name the same secret prefix", () => {
  const value = parseSalted(encode('{"a":"","":"\\u0041b","__proto__":{"toString":"x"}}'));
  assert.equal(unsalted(memberOf(value, "a") as string), "");
  assert.equal(unsalted(memberOf(value, "") as string), "Ab");
  assert.equal(unsalted(memberOf(memberOf(value, "__proto__"), "toString") as string), "x");
  const names = Object.keys(value as object);
  assert.ok(names.every((name) => name.length >= 12), "longer than the strings that the engine keeps");
  assert.equal(new Set(names.map((name) => name.slice(0, 12))).size, 1);
  for (const name of ["b", "toString", "constructor", "hasOwnProperty"]) {
    assert.equal(memberOf(value, name), undefined, name);
  }
  for (const none of [undefined, null, 7, "text", []]) assert.equal(memberOf(none, "length"), undefined);
});

/** These parse JSON that the program, its page or its operator provides. */
const OWN_JSON = [
  "lib/page/window_history.ts",
  "lib/snapshot/snapshot_codec.ts",
  "lib/text/salted_json.ts",
];

Deno.test("lib: no other file gives foreign JSON to JSON.parse", async () => {
  const files: string[] = [];
  for (const url of await walk(new URL("../../lib/", import.meta.url))) {
    const isCode = url.endsWith(".ts") && !url.endsWith("lib/http/page_document.ts");
    if (isCode && (await Deno.readTextFile(new URL(url))).includes("JSON.parse(")) {
      files.push(url.slice(url.lastIndexOf("/lib/") + 1));
    }
  }
  assert.deepEqual(files.toSorted(), OWN_JSON);
});
