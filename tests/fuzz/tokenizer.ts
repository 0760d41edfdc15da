// The tokenizer: whatever the bytes are, their words are those that strings have.

import assert from "node:assert/strict";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import type { SplitRule, WordRules } from "../../lib/words/word_rules.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { referenceWords } from "../words/reference_words.ts";
import type { FuzzTarget } from "./fuzz_target.ts";

const SPLITS: readonly SplitRule[] = [
  { kind: "separator", separator: "," },
  { kind: "separator", separator: "→" },
  { kind: "pattern", pattern: "[\\p{L}\\p{N}]+" },
  { kind: "segmenter", locale: "und" },
];
/** Words of earlier texts are kept, as they are in life; now and then it begins anew. */
const MAX_WORDS = 10_000;

interface Bench {
  readonly rules: WordRules;
  table: WordTable;
  tokenizer: Tokenizer;
}

function benchOf(split: SplitRule, i: number): Bench {
  const rules = {
    split,
    trim: true,
    lowercase: i % 2 === 0,
    minLength: 1,
    maxLength: 20,
    stopWords: ["the"],
  };
  return { rules, ...fresh(rules) };
}

function fresh(rules: WordRules): { table: WordTable; tokenizer: Tokenizer } {
  const table = new WordTable();
  return { table, tokenizer: new Tokenizer(rules, table) };
}

const benches = SPLITS.map(benchOf);

export const tokenizer: FuzzTarget = {
  name: "tokenizer",
  seedCorpus: [
    "the, quick ,brown,,fox",
    "It's 3.14 o'clock: 1,000;x__ Ä→ΑΣ→İ",
    "日本語です。ภาษาไทย 中文分词 👩‍👩‍👧 العربية",
    "\ufeffa\u00a0,\u2028b\ufffd",
    "x".repeat(40),
  ].map((text) => new TextEncoder().encode(text)),
  run(bytes) {
    for (const bench of benches) {
      if (bench.table.size > MAX_WORDS) Object.assign(bench, fresh(bench.rules));
      const { rules, table, tokenizer } = bench;
      const count = tokenizer.tokenize(bytes, Int32Array.of(0), Int32Array.of(bytes.length), 0, 1);
      const words = [...tokenizer.ids.subarray(0, count)].map((id) => table.text(id));
      assert.deepEqual(words, referenceWords([bytes], rules).words);
    }
  },
};
