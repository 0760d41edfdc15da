import assert from "node:assert/strict";
import { JsonPath } from "../../../lib/formats/json/json_path.ts";
import { parseSalted, unsaltedAll } from "../../../lib/text/salted_json.ts";

const ROOT = { a: { b: ["x", "y", "z"], "c d": 1 }, "": 0, ä: null, list: [[1, 2], { b: 3 }], __proto__: 4 };

function salted(json: string): unknown {
  return parseSalted(new TextEncoder().encode(json));
}

/** The values that the path leads to in the JSON, without salt. */
function selected(json: string, path: string): unknown[] {
  return [...new JsonPath(path).select(salted(json))].map((value) => {
    return JSON.parse(unsaltedAll(JSON.stringify(value)));
  });
}

Deno.test("JsonPath.select() follows names, indexes, slices, wildcards and lists of them", () => {
  const rows: [path: string, ...values: unknown[]][] = [
    ["$", ROOT],
    ["$.a.b", ["x", "y", "z"]],
    ["$['a'][\"c d\"]", 1],
    ["$['']", 0],
    ["$.ä", null],
    ["$['\\u00e4']", null],
    ["$.a.b[0]", "x"],
    ["$.a.b[-1]", "z"],
    ["$.a.b[3]"],
    ["$.a.b[1:]", "y", "z"],
    ["$.a.b[::-2]", "z", "x"],
    ["$.a.b[*]", "x", "y", "z"],
    ["$.a.*", ["x", "y", "z"], 1],
    ["$.a.b[2, 0]", "z", "x"],
    ["$.list[*].b", 3],
    ["$.list[*][1]", 2],
    ["$.missing.b"],
    ["$.a.b.length"],
    ["$.a['0']"],
    ["$.toString"],
    ["$['']['x']"],
  ];
  const root = JSON.stringify(ROOT);
  for (const [path, ...values] of rows) assert.deepEqual(selected(root, path), values, path);
  assert.deepEqual(selected('{"__proto__": "x"}', "$.__proto__"), ["x"]);
});

Deno.test("JsonPath.steps is set if the path has only names and indexes from 0 on", () => {
  const rows: [string, (string | number)[] | undefined][] = [
    ["$", []],
    ["$.a['b c'].ä", ["a", "b c", "ä"]],
    ["$['a','b']", undefined],
    ["$.a[0]['1']", ["a", 0, "1"]],
    ["$.a[-1]", undefined],
    ["$.*", undefined],
  ];
  for (const [path, steps] of rows) assert.deepEqual(new JsonPath(path).steps, steps, path);
});

Deno.test("JsonPath refuses paths that it does not support, and says where", () => {
  const rows: [path: string, message: string][] = [
    ["message", "expected '$', found 'm' at character 1"],
    ["$.a[", "unclosed bracketed selection at character 5"],
    ["$.a b", "expected '.', '..' or a bracketed selection, found 'b' at character 5"],
    ["$.", "a selector is expected, or the end at character 3"],
    ["$.a ", "a selector is expected, or the end at character 5"],
    ["$[01]", "leading zero in index selector at character 3"],
    ["$['\\ud800']", "incomplete escape sequence at index 3 at character 4"],
    ["$..a", "descendants (..) are not supported at character 2"],
    ["$.a[?@.b > 1]", "filters are not supported at character 5"],
    ["$.a[0, ?match(@.b, '(a*)*')]", "filters are not supported at character 8"],
  ];
  for (const [path, message] of rows) {
    assert.throws(() => new JsonPath(path), (error) => {
      assert.ok(error instanceof SyntaxError);
      assert.equal(error.message, message, path);
      return true;
    });
  }
});

Deno.test("JsonPath.select() handles any number of elements and any depth", () => {
  const wide = JSON.parse(`[${"[1],".repeat(300_000)}[1]]`);
  assert.equal([...new JsonPath("$[*][0]").select(wide)].length, 300_001);
  assert.equal([...new JsonPath("$[:].*").select(wide)].length, 300_001);
  const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  assert.equal([...new JsonPath("$[0][0][*]").select(deep)].length, 1);
});
