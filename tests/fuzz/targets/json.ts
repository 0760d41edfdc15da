// JSON records: skimming and parsing find what JSON.parse finds. JSON paths: any text is a path, or an error that says
// where.

import assert from "node:assert/strict";
import { JsonPath } from "../../../lib/formats/json/json_path.ts";
import { JsonValues } from "../../../lib/formats/json/json_values.ts";
import { parseSalted, unsaltedAll } from "../../../lib/text/salted_json.ts";
import { foundValues, referencePaths, referenceValues, wantedOf } from "../../formats/json/reference_json.ts";
import { randomRecord } from "../../formats/json/random_json.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

/** The first paths are skimmed together, the last ones make the record be parsed. */
const PATH_SETS = [["$.message", "$", "$.a.b", "$.a", "$.a[0]", "$.a.b[1]", "$[0].message"], [
  "$.a[-1]",
  "$[*]",
]];
const readers = PATH_SETS.map((paths) => {
  const wanted = wantedOf(paths);
  return {
    paths: referencePaths(wanted),
    values: new JsonValues(wanted),
  };
});
const DOCUMENT = '{"a":[{"b":"x"},["y"],7],"message":"z","":{"\\"":null}}';
const document = parseSalted(new TextEncoder().encode(DOCUMENT));

/** Confluent's wire format begins with a zero and four bytes. */
function withoutFrame(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0 && bytes.length >= 5 ? bytes.subarray(5) : bytes;
}

export const jsonRecords: FuzzTarget = {
  name: "json-records",
  seedCorpus: encodeAll([
    '{"message":"a,b","n":[1,-0,1.5e3,true,null]}',
    ' {"a" : {"b":"\\u00e4\\n\\ud800"},\t"a":{"b":["x",7,[]]}} ',
    '["x",{"message":"😀"}]',
    '"text"',
    '{"\\u006dessage":"x","message":{}}',
  ]),
  generate: randomRecord,
  dictionary: encodeAll([
    '"message":',
    '"a":{"b":',
    "\\u0000",
    "\\ud800",
    '\\"',
    "1e999",
    "\t",
    "\u2028",
    "[]",
    "{}",
  ]),
  run(bytes) {
    for (const { paths, values } of readers) {
      assert.deepEqual(foundValues(bytes, values, paths.length), referenceValues(withoutFrame(bytes), paths));
    }
  },
};

export const jsonPaths: FuzzTarget = {
  name: "json-paths",
  seedCorpus: encodeAll([
    "$.message",
    "$['a'][\"b c\"].ä",
    "$.a[-1][1:3:2].*",
    "$['a', 'b'][*]",
    "$..a[?@.b > 1]",
  ]),
  dictionary: encodeAll([
    "..",
    "[?",
    "[*]",
    "[::-1]",
    "[-1]",
    "['",
    "']",
    "\\u0061",
    "[9007199254740993]",
    ".a",
    ",",
  ]),
  // The configuration limits the length of a path, because following it recurses.
  maxBytes: 4096,
  run(bytes) {
    let path: JsonPath;
    try {
      path = new JsonPath(new TextDecoder().decode(bytes));
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
      assert.match(error.message, / at character [0-9]+$/);
      return;
    }
    const values = [...path.select(document)];
    if (path.steps === undefined) return;
    const wanted = path.steps.reduce<unknown>((value, step) => {
      if (Array.isArray(value)) return typeof step === "number" ? value[step] : undefined;
      const isObject = typeof value === "object" && value !== null && typeof step === "string";
      return isObject && Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
    }, JSON.parse(DOCUMENT));
    assert.equal(unsaltedAll(JSON.stringify(values)), JSON.stringify(wanted === undefined ? [] : [wanted]));
  },
};
