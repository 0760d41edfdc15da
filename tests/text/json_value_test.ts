import assert from "node:assert/strict";
import { JsonValue } from "../../lib/text/json_value.ts";

Deno.test("JsonValue is undefined for a value that is missing or of another kind", () => {
  const value = JsonValue.parse('{"a":[{"b":"text"},1],"n":2.5,"null":null}');
  assert.equal(value.at("a", 0, "b").text, "text");
  assert.equal(value.at("n").number, 2.5);
  assert.deepEqual(value.at("a").items?.map(({ number }) => number), [undefined, 1]);
  for (
    const path of [["x"], ["a", 7], ["n", "x"], ["null", "x"], ["constructor"], ["__proto__"]]
  ) {
    const at = value.at(...path);
    assert.deepEqual([at.text, at.number, at.items], [undefined, undefined, undefined], path.join("."));
  }
  assert.equal(value.at("n").text, undefined);
});

Deno.test("JsonValue.parse() is undefined for other texts", () => {
  for (const text of ["", "<html>", "{"]) assert.equal(JsonValue.parse(text).isNothing, true);
});
