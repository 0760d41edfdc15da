import assert from "node:assert/strict";
import fc from "fast-check";
import { DepartedCounts } from "../../lib/trends/departed_counts.ts";
import { WordHash } from "../../lib/words/word_hash.ts";

const encoder = new TextEncoder();

function hashed(hash: WordHash, word: string): WordHash {
  const bytes = encoder.encode(`_${word}_`);
  hash.hash(bytes, 1, bytes.length - 1);
  return hash;
}

Deno.test("DepartedCounts.countOf() is never below what was added, and hardly ever above", () => {
  const words = fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 100 })));
  fc.assert(
    fc.property(words, (added) => {
      const departed = new DepartedCounts();
      const hash = new WordHash();
      const sums = new Map<string, number>();
      for (const [word, count] of added) {
        departed.add(hashed(hash, word), count);
        sums.set(word, (sums.get(word) ?? 0) + count);
      }
      for (const [word, sum] of sums) assert.ok(departed.countOf(hashed(hash, word)) >= sum, word);
      departed.scale(0.5);
      const copy = new DepartedCounts();
      copy.restore(departed.save());
      for (const [word, sum] of sums) {
        const count = copy.countOf(hashed(hash, word));
        assert.ok(count >= sum / 2 && count === departed.countOf(hashed(hash, word)), word);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("DepartedCounts.countOf() is about 0 for words that were never added beside a hundred thousand others", () => {
  const departed = new DepartedCounts();
  const hash = new WordHash();
  for (let i = 0; i < 100_000; i++) departed.add(hashed(hash, `word-${i}`), 1);
  let wrong = 0;
  for (let i = 0; i < 10_000; i++) wrong += Number(departed.countOf(hashed(hash, `other-${i}`)) > 0);
  // (1 - e^(-100,000 / 2^18))^2 = 0.1
  assert.ok(wrong > 800 && wrong < 1_200, `${wrong} of 10000`);
  departed.clear();
  assert.equal(departed.countOf(hashed(hash, "word-1")), 0);
});
