import assert from "node:assert/strict";
import fc from "fast-check";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import type { SplitRule } from "../../lib/words/word_rules.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { referenceWords } from "../oracle/reference_words.ts";

const SPLITS: readonly SplitRule[] = [
  { kind: "separator", separator: "," },
  { kind: "separator", separator: "\ufffd" },
  { kind: "pattern", pattern: "[a-zä]+" },
  { kind: "segmenter", locale: "und" },
  { kind: "whole" },
];

Deno.test("Tokenizer.textIndexes names the text of each word", () => {
  const part = fc.constantFrom(
    "a",
    "b",
    "ä",
    ",",
    ",",
    " ",
    "\ufffd",
    "stop",
    "x".repeat(40),
    "a,".repeat(3_000),
  );
  const text = fc.option(fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")));
  fc.assert(fc.property(fc.constantFrom(...SPLITS), fc.array(text, { maxLength: 600 }), (split, texts) => {
    const rules = { split, trim: true, lowercase: false, minLength: 1, maxLength: 30, stopWords: ["stop"] };
    const table = new WordTable();
    const tokenizer = new Tokenizer(rules, table);
    tokenizer.notesTexts = true;
    const encoded = texts.map((text) => text === null ? null : new TextEncoder().encode(text));
    const starts = new Int32Array(texts.length);
    const ends = new Int32Array(texts.length);
    const bytes = new Uint8Array(encoded.reduce((sum, text) => sum + (text?.length ?? 0) + 100, 0));
    let at = 0;
    encoded.forEach((text, i) => {
      starts[i] = text === null ? -1 : at;
      if (text !== null) bytes.set(text, at);
      ends[i] = text === null ? -1 : at + text.length;
      // Gaps of different lengths make the tokenizer load texts one by one and together.
      at += (text?.length ?? 0) + (i % 3) * 50;
    });
    const from = Math.floor(texts.length / 3);
    const count = tokenizer.tokenize(bytes, starts, ends, from, texts.length);
    const found = Array.from(
      { length: count },
      (_, i) => [tokenizer.textIndexes[i], table.text(tokenizer.ids[i])],
    );
    const wanted = encoded.flatMap((text, i) =>
      i < from ? [] : referenceWords([text], rules).words.map((word) => [i, word])
    );
    assert.deepEqual(found, wanted);
  }));
});

Deno.test("Tokenizer.textIndexes throws unless they are noted", () => {
  const rules = { trim: true, lowercase: false, minLength: 1, maxLength: 30, stopWords: [] };
  const tokenizer = new Tokenizer({ ...rules, split: SPLITS[0] }, new WordTable());
  assert.throws(() => tokenizer.textIndexes, RangeError);
});
