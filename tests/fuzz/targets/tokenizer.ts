// The tokenizer finds the words that a tokenizer on strings finds, for any bytes, at first and from its caches.

import assert from "node:assert/strict";
import { Tokenizer } from "../../../lib/words/tokenizer.ts";
import type { SplitRule, WordRules } from "../../../lib/words/word_rules.ts";
import { WordTable } from "../../../lib/words/word_table.ts";
import { referenceWords } from "../../oracle/reference_words.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const SPLITS: readonly SplitRule[] = [
  { kind: "separator", separator: "," },
  { kind: "separator", separator: "→" },
  { kind: "separator", separator: "\ufffd" },
  { kind: "pattern", pattern: "[\\p{L}\\p{N}]+" },
  { kind: "segmenter", locale: "und" },
];

const allRules: readonly WordRules[] = SPLITS.map((split, i) => ({
  split,
  trim: i % 3 !== 2,
  lowercase: i % 2 === 0,
  minLength: i === 0 ? 2 : 1,
  maxLength: 20,
  stopWords: ["the", "Ä"],
}));

export const tokenizer: FuzzTarget = {
  name: "tokenizer",
  seedCorpus: encodeAll([
    "the, quick ,brown,,fox",
    "It's 3.14 o'clock: 1,000;x__ Ä→ΑΣ→İ",
    "日本語です。ภาษาไทย 中文分词 👩‍👩‍👧 العربية",
    "\ufeffa\u00a0,\u2028b\ufffd",
    "x".repeat(40),
  ]),
  dictionary: [...encodeAll([",", "→", " ", "\u00a0", "İ", "\ufeff", "ẞ", "Σ"]), Uint8Array.of(0xe2, 0x86)],
  // Each input runs through five tokenizers twice, and through a model of each.
  maxMs: 5_000,
  run(bytes) {
    // Where a record ends depends on the input too.
    const middle = bytes.length >> 1;
    const starts = Int32Array.of(0, -1, middle);
    const ends = Int32Array.of(middle, -1, bytes.length);
    for (const rules of allRules) {
      const table = new WordTable();
      const tokenizer = new Tokenizer(rules, table);
      const wanted = referenceWords([bytes.subarray(0, middle), null, bytes.subarray(middle)], rules);
      for (const times of [1, 2]) {
        const count = tokenizer.tokenize(bytes, starts, ends, 0, 3);
        const words = Array.from(tokenizer.ids.subarray(0, count), (id) => table.text(id));
        assert.deepEqual(words, wanted.words);
        const { tooLong, tooShort, stopWord } = wanted.skipped;
        assert.deepEqual(tokenizer.skipped, {
          tooLong: tooLong * times,
          tooShort: tooShort * times,
          stopWord: stopWord * times,
        });
      }
    }
  },
};
