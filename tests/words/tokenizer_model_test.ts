// Compares the tokenizer with one that works on strings, on random texts and rules.

import assert from "node:assert/strict";
import fc from "fast-check";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import type { WordRules } from "../../lib/words/word_rules.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { referenceWords } from "../oracle/reference_words.ts";
import { tokenizeTexts } from "./packed_texts.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

// Characters and bytes that are difficult for one step or another.
const FRAGMENTS = [
  ..."aAbz, \t;\u0000\u0001",
  "aa",
  "abcdefgh",
  "abcdefghi",
  "THE",
  "the",
  "ä",
  "Ä",
  "İ",
  "Σ",
  "ΑΣ",
  "\u212a",
  "\u00a0",
  "\u0085",
  "\ufeff",
  "\u3000",
  "\ufffd",
  "→",
  "😀",
  "it's",
  "3.14_",
  "日本",
  "ไทย",
  "\u0301",
  "\u200d",
].map(encode);
const fragment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...FRAGMENTS) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 4 }) },
);
// Sometimes a text has more pieces than a batch holds.
const repeats = fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, {
  weight: 1,
  arbitrary: fc.integer({ min: 2, max: 60 }),
});
const text = fc.option(
  fc.tuple(fc.array(fragment, { maxLength: 40 }), repeats).map(([parts, times]) => {
    const once = parts.flatMap((part) => [...part]);
    return Uint8Array.from({ length: once.length * times }, (_, i) => once[i % once.length]);
  }),
  { freq: 20 },
);
const rules: fc.Arbitrary<WordRules> = fc.record({
  split: fc.oneof(
    fc.constantFrom(",", ",", "aa", "aba", "→", "ä", ", ", "😀", "\ufffd", "\ufeff", "\u0000", "a,").map((
      separator,
    ) => ({ kind: "separator", separator }) as const),
    fc.constantFrom("[\\p{L}\\p{N}]+", "[^,]*", "a|.b", "(?<=a).", "\\ufffd|\\s+").map((pattern) =>
      ({ kind: "pattern", pattern }) as const
    ),
    fc.constantFrom("und", "ja").map((locale) => ({ kind: "segmenter", locale }) as const),
  ),
  trim: fc.boolean(),
  lowercase: fc.boolean(),
  minLength: fc.integer({ min: 0, max: 3 }),
  maxLength: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(256)),
  stopWords: fc.subarray(["a", "THE", "Ä", "\ufffd", "i\u0307", "", " ", "abcdefghi", "\ud800"]),
});

Deno.test("Tokenizer.tokenize() finds the words that a tokenizer on strings finds, with any releases and stop words", () => {
  const step = fc.record({
    texts: fc.array(text, { maxLength: 6 }),
    release: fc.array(fc.nat(), { maxLength: 4 }),
    stopWords: fc.option(fc.subarray(["a", "b", "THE", "ä", "σ", "\ufffd"]), { freq: 6 }),
  });
  fc.assert(
    fc.property(rules, fc.array(step, { minLength: 1, maxLength: 6 }), (startRules, steps) => {
      const table = new WordTable();
      const tokenizer = new Tokenizer(startRules, table);
      const live = new Map<number, string>();
      const skipped = { tooLong: 0, tooShort: 0, stopWord: 0 };
      let rules = startRules;
      for (const { texts, release, stopWords } of steps) {
        const ids = tokenizeTexts(tokenizer, texts);
        const expected = referenceWords(texts, rules);
        assert.deepEqual(ids.map((id) => table.text(id)), expected.words);
        for (const id of ids) {
          assert.equal(live.get(id) ?? table.text(id), table.text(id));
          live.set(id, table.text(id));
        }
        assert.equal(new Set(live.values()).size, live.size, "equal words have one id");
        assert.equal(table.size, live.size);
        for (const reason of ["tooLong", "tooShort", "stopWord"] as const) {
          skipped[reason] += expected.skipped[reason];
        }
        assert.deepEqual(tokenizer.skipped, skipped);
        for (const pick of release) {
          const id = [...live.keys()][pick % live.size];
          if (id === undefined) continue;
          table.release(id);
          live.delete(id);
        }
        if (stopWords !== null) {
          tokenizer.setStopWords(stopWords);
          rules = { ...rules, stopWords };
        }
      }
    }),
    { numRuns: 800 },
  );
});
