import assert from "node:assert/strict";
import fc from "fast-check";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { type HashedWord, MIN_FILTER_CELLS, WordFilter } from "../../lib/trends/word_filter.ts";
import { WordHash } from "../../lib/words/word_hash.ts";

const anyHash = fc.nat({ max: 2 ** 32 - 1 });
const anyWord: fc.Arbitrary<HashedWord> = fc.record({ first: anyHash, second: anyHash });
const encoder = new TextEncoder();

function hashOf(word: string): HashedWord {
  const bytes = encoder.encode(word);
  const hash = new WordHash();
  hash.hash(bytes, 0, bytes.length);
  return hash;
}

Deno.test("WordFilter has every word that was added, also after folds and after a restore", () => {
  fc.assert(
    fc.property(fc.array(anyWord, { maxLength: 500 }), fc.nat({ max: 4 }), (words, folds) => {
      const filter = new WordFilter(MIN_FILTER_CELLS << 4);
      for (const word of words) filter.add(word);
      for (let i = 0; i < folds; i++) filter.fold();
      assert.ok(words.every((word) => filter.has(word)));
      const restored = WordFilter.restore(filter.save({ copies: false }));
      assert.ok(words.every((word) => restored.has(word)));
      assert.equal(restored.fill, filter.fill);
      assert.equal(restored.cells, filter.cells);
    }),
    { numRuns: 30 },
  );
});

Deno.test("WordFilter.add() says whether the word was missing", () => {
  const filter = new WordFilter(MIN_FILTER_CELLS);
  assert.equal(filter.add(hashOf("a")), true);
  assert.equal(filter.add(hashOf("a")), false);
});

Deno.test("WordFilter.falseShare is the share of other words that it takes for added ones", () => {
  const filter = new WordFilter(MIN_FILTER_CELLS << 4);
  for (let n = 0; n < 40_000; n++) filter.add(hashOf(`known-${n}`));
  for (const fold of [false, true]) {
    if (fold) filter.fold();
    const others = 50_000;
    let taken = 0;
    for (let n = 0; n < others; n++) if (filter.has(hashOf(`other-${n}`))) taken++;
    const wanted = filter.falseShare * others;
    assert.ok(wanted > 50, `${wanted} are enough to compare`);
    assert.ok(
      Math.abs(taken - wanted) < 0.1 * wanted + 4 * Math.sqrt(wanted),
      `${taken}, expected ${wanted}`,
    );
  }
});

Deno.test("WordFilter.foldSparse() keeps the share of set bits low, and the words", () => {
  const random = seededRandom(1, 0);
  const filter = new WordFilter(MIN_FILTER_CELLS << 8);
  const words = Array.from(
    { length: 5_000 },
    () => ({ first: random() * 2 ** 32, second: random() * 2 ** 32 }),
  );
  for (const word of words) filter.add(word);
  filter.foldSparse();
  assert.ok(filter.fill > 1 / 16 && filter.fill <= 1 / 8, `fill ${filter.fill}`);
  assert.ok(words.every((word) => filter.has(word)));
});

Deno.test("WordFilter.save() returns what later additions do not alter", () => {
  for (const count of [10, 30_000]) {
    const filter = new WordFilter(MIN_FILTER_CELLS);
    for (let n = 0; n < count; n++) filter.add(hashOf(`w${n}`));
    const saved = filter.save({ copies: true });
    const before = structuredClone(saved);
    for (let n = 0; n < 1_000; n++) filter.add(hashOf(`later-${n}`));
    assert.deepEqual(saved, before);
  }
});
