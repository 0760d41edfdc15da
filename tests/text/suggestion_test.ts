import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, suggestion } from "../../lib/text/suggestion.ts";

Deno.test("editDistance() counts insertions, deletions, replacements and swaps", () => {
  const cases: [string, string, number][] = [
    ["", "", 0],
    ["grop", "group", 1],
    ["groupp", "group", 1],
    ["brokres", "brokers", 1],
    ["min", "max", 2],
    ["", "top", 3],
  ];
  for (const [a, b, distance] of cases) assert.equal(editDistance(a, b), distance, `${a} ${b}`);
});

Deno.test("editDistance() is symmetric, and 0 for equal texts alone", () => {
  const text = fc.string({ maxLength: 8 });
  fc.assert(fc.property(text, text, (a, b) => {
    assert.equal(editDistance(a, b), editDistance(b, a));
    assert.equal(editDistance(a, b) === 0, a === b);
  }));
});

Deno.test("suggestion() names what is close and keeps silent otherwise", () => {
  const known = ["brokers", "topics", "group"];
  assert.equal(suggestion("grop", known), ' (did you mean "group"?)');
  assert.equal(suggestion("brokres", known), ' (did you mean "brokers"?)');
  assert.equal(suggestion("sasl", known), "");
  assert.equal(suggestion("g".repeat(100_000), known), "");
});
