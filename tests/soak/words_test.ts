import assert from "node:assert/strict";
import { type Random, randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import type { SplitRule, WordRules } from "../../lib/words/word_rules.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { referenceWords } from "../oracle/reference_words.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

const TEXTS = soakLength({ short: 10_000, long: 100_000 });
const TEXTS_PER_CALL = 25;

const SPLITS: readonly SplitRule[] = [
  { kind: "separator", separator: "," },
  { kind: "separator", separator: "→ " },
  { kind: "separator", separator: "\ufffd" },
  { kind: "pattern", pattern: "[\\p{L}\\p{N}]+" },
  { kind: "pattern", pattern: "[^\\s,]*" },
  { kind: "segmenter", locale: "und" },
  { kind: "segmenter", locale: "th" },
];

// Characters that are difficult for one step or another: white space, case, lengths, joints, marks, scripts, invalid UTF-8.
const FRAGMENTS = [
  ..."aAbz,,,  \t\n;:.'_-1",
  "the",
  "THE",
  "o'clock",
  "3.14",
  "1,000",
  "x".repeat(12),
  "→ ",
  "→",
]
  .concat(
    "ä",
    "Ä",
    "ß",
    "İ",
    "Σ",
    "ΑΣ",
    "\u212a",
    "ﬁ",
    "\u00a0",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\u3000",
    "\ufffd",
  )
  .concat(
    "\u0301",
    "\u200d",
    "\u00ad",
    "😀",
    "👩‍👩‍👧",
    "🇯🇵",
    "中文分词",
    "日本語の",
    "カタ",
    "ไทยแลนด์",
    "العربية",
    "한국어",
    "हिन्दी",
  )
  .map((text) => new TextEncoder().encode(text));
const BROKEN = [[0xff], [0x80], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98], [0xc0, 0x80]];
const STOP_WORDS = ["a", "THE", "Ä", "\ufffd", "i\u0307", "日本語", "o'clock"];

/** Half of the texts are ASCII; some of the others are invalid UTF-8. */
function randomText(random: Random): Uint8Array {
  const ascii = FRAGMENTS.filter((fragment) => fragment.every((byte) => byte < 0x80));
  const fragments = random() < 0.5 ? ascii : FRAGMENTS;
  const broken = fragments === FRAGMENTS && random() < 0.3 ? 0.1 : 0;
  const parts = Array.from({ length: randomInteger(random, 0, 30) }, () => {
    const from = random() < broken ? BROKEN : fragments;
    return [...from[randomInteger(random, 0, from.length - 1)]];
  });
  return Uint8Array.from(parts.flat());
}

function randomRules(random: Random, split: SplitRule): WordRules {
  return {
    split,
    trim: random() < 0.7,
    lowercase: random() < 0.5,
    minLength: randomInteger(random, 0, 3),
    maxLength: random() < 0.5 ? 256 : randomInteger(random, 1, 12),
    stopWords: random() < 0.5 ? [] : STOP_WORDS,
  };
}

for (const split of SPLITS) {
  const name = Object.values(split).map((value) => JSON.stringify(value)).join(" ");
  Deno.test(`Tokenizer.tokenize() finds the words that a tokenizer on strings finds, cut by ${name}`, () => {
    const random = seededRandom(soakSeed("Tokenizer.tokenize()"), 0);
    for (let done = 0; done < TEXTS; done += TEXTS_PER_CALL) {
      const texts = Array.from({ length: TEXTS_PER_CALL }, () => randomText(random));
      const rules = randomRules(random, split);
      const wanted = referenceWords(texts, rules);
      const table = new WordTable();
      const tokenizer = new Tokenizer(rules, table);
      const ends = Int32Array.from(texts, (text) => text.length);
      for (let i = 1; i < ends.length; i++) ends[i] += ends[i - 1];
      const starts = Int32Array.from(texts, (text, i) => ends[i] - text.length);
      const bytes = Uint8Array.from(texts.flatMap((text) => [...text]));
      // In the second pass all words are known.
      for (const times of [1, 2]) {
        const count = tokenizer.tokenize(bytes, starts, ends, 0, texts.length);
        const words = [...tokenizer.ids.subarray(0, count)].map((id) => table.text(id));
        assert.deepEqual(
          words,
          wanted.words,
          JSON.stringify({ rules, texts: texts.map((text) => [...text]) }),
        );
        const { tooLong, tooShort, stopWord } = wanted.skipped;
        const skipped = { tooLong: tooLong * times, tooShort: tooShort * times, stopWord: stopWord * times };
        assert.deepEqual(tokenizer.skipped, skipped);
      }
    }
  });
}
