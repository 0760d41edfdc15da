// JSON records: skimming and parsing find what JSON.parse finds. JSON paths: any text is a path, or an error that says
// where.

import assert from "node:assert/strict";
import { jsonpath } from "json-p3";
import { JsonPath } from "../../../lib/formats/json/json_path.ts";
import { JsonTexts } from "../../../lib/formats/json/json_texts.ts";
import { parseSalted, unsaltedAll } from "../../../lib/text/salted_json.ts";
import { assertSameTexts, foundTexts, referenceTexts } from "../../formats/json/reference_json.ts";
import { randomRecord } from "../../formats/json/random_json.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const PATHS = ["$.message", "$", "$.a.b", "$.a[-1]", "$[*]"];
const readers = PATHS.map((path) => ({ path: jsonpath.compile(path), texts: new JsonTexts(path) }));
const DOCUMENT = '{"a":[{"b":"x"},["y"],7],"message":"z","":{"\\"":null}}';
const document = parseSalted(new TextEncoder().encode(DOCUMENT));

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
    for (const { path, texts } of readers) {
      assertSameTexts(foundTexts(bytes, texts), referenceTexts(bytes, path));
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
    if (path.names === undefined) return;
    const wanted = path.names.reduce<unknown>((value, name) => {
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      return isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    }, JSON.parse(DOCUMENT));
    assert.equal(unsaltedAll(JSON.stringify(values)), JSON.stringify(wanted === undefined ? [] : [wanted]));
  },
};
