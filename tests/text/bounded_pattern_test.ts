import assert from "node:assert/strict";
import fc from "fast-check";
import { BoundedPattern } from "../../lib/text/bounded_pattern.ts";

/** The matches of each text before the first one that exceeded the limit. */
function matchesOf(pattern: BoundedPattern, texts: readonly string[]): string[][] {
  const { firsts, bounds } = pattern.match(texts);
  return firsts.slice(1).map((end, i) =>
    Array.from({ length: end - firsts[i] }, (_, n) => {
      const at = 2 * (firsts[i] + n);
      return texts[i].slice(bounds[at], bounds[at + 1]);
    })
  );
}

Deno.test("BoundedPattern.match() finds what String.matchAll finds, without the empty matches", () => {
  const patterns = ["[a-c]+", "\\p{L}+", "a*", "(?=b)", "^.", "(?<=a)b|", "."];
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " ", "ä", "😀"), maxLength: 20 });
  fc.assert(fc.property(fc.constantFrom(...patterns), fc.array(text, { maxLength: 50 }), (source, texts) => {
    const expected = texts.map((each) =>
      [...each.matchAll(new RegExp(source, "gu"))].map(([match]) => match).filter((match) => match !== "")
    );
    assert.deepEqual(matchesOf(new BoundedPattern(source), texts), expected);
  }));
});

Deno.test("BoundedPattern.match() keeps the matches of texts with many of them", () => {
  const texts = ["x".repeat(3_000), "yx".repeat(3_000)];
  assert.deepEqual(matchesOf(new BoundedPattern("x"), texts).map(({ length }) => length), [3_000, 3_000]);
});

const EXPENSIVE: readonly (readonly [name: string, pattern: string, text: string])[] = [
  ["quadratic", "[\\w.+-]+@[\\w-]+", "a".repeat(400_000)],
  ["cubic", "(\\w+)(\\w+)(\\w+)@", "a".repeat(20_000)],
  ["exponential on 40 characters", "(a+)+$", `${"a".repeat(40)}!`],
  ["exponential by alternatives", "(?:a|a)*$", `${"a".repeat(60)}!`],
  ["with a back reference", "(a*)*\\1$", `${"a".repeat(40)}!`],
];

for (const [name, source, text] of EXPENSIVE) {
  Deno.test(`BoundedPattern.match() ends with a pattern that is ${name}`, () => {
    const pattern = new BoundedPattern(source);
    // Without a limit this takes minutes, or for ever.
    assert.deepEqual(matchesOf(pattern, [text]), []);
    assert.equal(matchesOf(pattern, ["aaa", text, "a"]).length, 1, "the text before has its matches");
    assert.equal(matchesOf(pattern, ["aaa"]).length, 1, "later texts have their matches");
  });
}
