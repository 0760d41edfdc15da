import assert from "node:assert/strict";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import type { WordRules } from "../../lib/words/word_rules.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { packTexts, tokenizeTexts } from "./packed_texts.ts";

const RULES: WordRules = {
  split: { kind: "separator", separator: "," },
  trim: true,
  lowercase: false,
  minLength: 1,
  maxLength: 256,
  stopWords: [],
};

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function wordsOf(texts: readonly (Uint8Array | string | null)[], rules: Partial<WordRules> = {}): string[] {
  const table = new WordTable();
  const tokenizer = new Tokenizer({ ...RULES, ...rules }, table);
  const encoded = texts.map((text) => typeof text === "string" ? encode(text) : text);
  const ids = tokenizeTexts(tokenizer, encoded);
  assert.deepEqual(tokenizeTexts(tokenizer, encoded), ids, "cached results are the same");
  return ids.map((id) => table.text(id));
}

const separator = (separator: string): Partial<WordRules> => ({ split: { kind: "separator", separator } });
const pattern = (pattern: string): Partial<WordRules> => ({ split: { kind: "pattern", pattern } });
const segmenter = (locale: string): Partial<WordRules> => ({ split: { kind: "segmenter", locale } });

const TABLE: {
  name: string;
  texts: (Uint8Array | string | null)[];
  rules?: Partial<WordRules>;
  words: string[];
}[] = [
  { name: "splits at each separator", texts: ["a,b,a", "b"], words: ["a", "b", "a", "b"] },
  { name: "finds nothing in null and empty texts", texts: [null, "", ",,,", " , "], words: [] },
  {
    name: "trims ASCII and Unicode white space",
    texts: [" a,\tb\r,\u00a0c\u2028,\ufeffd"],
    words: [..."abcd"],
  },
  { name: "keeps white space without trim", texts: [" a, "], rules: { trim: false }, words: [" a", " "] },
  {
    name: "keeps a byte order mark without trim",
    texts: ["\ufeffa"],
    rules: { trim: false },
    words: ["\ufeffa"],
  },
  {
    name: "decodes invalid UTF-8 to U+FFFD",
    texts: [Uint8Array.of(0x61, 0xff, 0x2c, 0xe2, 0x82, 0x2c, 0xc0, 0x80), Uint8Array.of(0xed, 0xa0, 0x80)],
    words: ["a\ufffd", "\ufffd", "\ufffd\ufffd", "\ufffd\ufffd\ufffd"],
  },
  {
    name: "lowercases beyond ASCII, each word by itself",
    texts: ["ÄB,ΑΣ,Σ,İ,Ab"],
    rules: { lowercase: true },
    words: ["äb", "ας", "σ", "i\u0307", "ab"],
  },
  {
    name: "splits at overlapping separators from the left",
    texts: ["xaaay"],
    rules: separator("aa"),
    words: ["x", "ay"],
  },
  {
    name: "splits at a separator of several bytes",
    texts: ["a→b→→ä"],
    rules: separator("→"),
    words: ["a", "b", "ä"],
  },
  {
    name: "splits after a truncated character",
    texts: [Uint8Array.of(0xe2, 0xc3, 0xa9, 0xa9)],
    rules: separator("é"),
    words: ["\ufffd", "\ufffd"],
  },
  {
    name: "splits at U+FFFD, and so at invalid UTF-8",
    texts: [Uint8Array.of(0x61, 0xff, 0x62, 0xef, 0xbf, 0xbd, 0x63)],
    rules: separator("\ufffd"),
    words: [..."abc"],
  },
  {
    name: "takes the matches of a pattern as words",
    texts: ["It's 5 o'clock, Ärger 😀x😀", "…"],
    rules: pattern("[\\p{L}\\p{N}]+"),
    words: ["It", "s", "5", "o", "clock", "Ärger", "x"],
  },
  { name: "drops empty matches of a pattern", texts: ["aab"], rules: pattern("a*"), words: ["aa"] },
  {
    name: "does not split a surrogate pair by a pattern",
    texts: ["😀a"],
    rules: pattern("."),
    words: ["😀", "a"],
  },
  {
    name: "finds Unicode words in ASCII texts",
    texts: ["It's 5 o'clock: 3.14, 1,000;x b-c _ __ _a 'q' <b>", " ... "],
    rules: segmenter("und"),
    words: ["It's", "5", "o'clock", "3.14", "1,000", "x", "b", "c", "__", "_a", "q", "b"],
  },
  {
    name: "finds Unicode words beyond ASCII, and in ASCII texts beside them",
    texts: ["plain text", "l’été, 😀👩‍👩‍👧 naïve", "more", "", "日本語です"],
    rules: segmenter("und"),
    words: ["plain", "text", "l’été", "naïve", "more", "日本語", "です"],
  },
  {
    name: "finds words beside invalid UTF-8",
    texts: [Uint8Array.of(0x61, 0xff, 0x62, 0x20, 0xe2, 0x82, 0x63)],
    rules: segmenter("und"),
    words: [..."abc"],
  },
];

for (const { name, texts, rules, words } of TABLE) {
  Deno.test(`Tokenizer.tokenize() ${name}`, () => {
    assert.deepEqual(wordsOf(texts, rules), words);
  });
}

Deno.test("Tokenizer.tokenize() finds all words of a text longer than a batch", () => {
  const words = Array.from({ length: 5000 }, (_, i) => `w${i % 77}`.padEnd(i % 23, "x"));
  assert.deepEqual(wordsOf([words.join(","), words.join(",")]), [...words, ...words]);
});

Deno.test("Tokenizer.tokenize() takes pieces of any length and trims long white space", () => {
  const long = "x".repeat(65_536);
  const texts = [`a,${long},${long}x,${long}ä`, `${" ".repeat(200_000)}b\u00a0${" ".repeat(200_000)}`];
  for (const split of [separator(","), pattern("[^,]+")]) {
    const table = new WordTable();
    const tokenizer = new Tokenizer({ ...RULES, ...split, maxLength: 65_536 }, table);
    const ids = tokenizeTexts(tokenizer, texts.map(encode));
    assert.deepEqual(ids.map((id) => table.text(id)), ["a", long, "b"]);
    assert.equal(tokenizer.skipped.tooLong, 2);
  }
});

Deno.test("Tokenizer.tokenize() reads only the texts asked for", () => {
  const table = new WordTable();
  const tokenizer = new Tokenizer(RULES, table);
  const { bytes, starts, ends } = packTexts(["a", "b", "c"].map(encode));
  assert.equal(tokenizer.tokenize(bytes, starts, ends, 1, 2), 1);
  assert.equal(table.text(tokenizer.ids[0]), "b");
});

Deno.test("Tokenizer.skipped counts every skipped piece by its reason", () => {
  const table = new WordTable();
  const tokenizer = new Tokenizer(
    { ...RULES, lowercase: true, minLength: 2, maxLength: 4, stopWords: ["The", "ÄÄ"] },
    table,
  );
  const texts = ["the,THE,Ää,äÄ,x,ä,abcde,äöü,\u00a0,ok", "y".repeat(2000), `ä${"y".repeat(2000)}`].map(
    encode,
  );
  for (let turn = 1; turn <= 2; turn++) {
    const ids = tokenizeTexts(tokenizer, texts);
    assert.deepEqual(ids.map((id) => table.text(id)), ["ok"]);
    assert.deepEqual(tokenizer.skipped, { tooShort: 2 * turn, tooLong: 4 * turn, stopWord: 4 * turn });
  }
  assert.equal(table.size, 1);
});

Deno.test("Tokenizer.setStopWords() accepts words longer than the longest word allowed", () => {
  const tokenizer = new Tokenizer(RULES, new WordTable());
  tokenizer.setStopWords(["x".repeat(100_000), "a"]);
  assert.deepEqual(tokenizeTexts(tokenizer, [encode("a")]), []);
});

Deno.test("Tokenizer.setStopWords() applies to later texts and keeps the words in the table", () => {
  const table = new WordTable();
  const tokenizer = new Tokenizer({ ...RULES, lowercase: true, stopWords: ["a"] }, table);
  const texts = [encode("a,b,Ä,ä")];
  const wordsNow = () => tokenizeTexts(tokenizer, texts).map((id) => table.text(id));
  assert.deepEqual(wordsNow(), ["b", "ä", "ä"]);
  const b = table.find(encode("b"), 0, 1);
  tokenizer.setStopWords(["B", "Ä"]);
  assert.deepEqual(wordsNow(), ["a"]);
  assert.equal(table.text(b), "b");
  assert.deepEqual(wordsNow(), ["a"]);
  tokenizer.setStopWords([]);
  assert.deepEqual(wordsNow(), ["a", "b", "ä", "ä"]);
  assert.equal(table.find(encode("b"), 0, 1), b);
});

Deno.test("Tokenizer.tokenize() never returns a released id for the old word", () => {
  const table = new WordTable();
  const tokenizer = new Tokenizer({ ...RULES, lowercase: true }, table);
  const [id] = tokenizeTexts(tokenizer, [encode("Ä")]);
  table.release(id);
  assert.deepEqual(tokenizeTexts(tokenizer, [encode("other")]), [id], "the id belongs to the other word now");
  const [again] = tokenizeTexts(tokenizer, [encode("Ä")]);
  assert.notEqual(again, id);
  assert.equal(table.text(again), "ä");
});

Deno.test("Tokenizer.tokenize() adds nothing to the table for pieces that are no words", () => {
  const table = new WordTable();
  const tokenizer = new Tokenizer({ ...RULES, minLength: 12 }, table);
  const text = Array.from({ length: 50_000 }, (_, i) => i % 2 ? `ä${i}` : `a${i}`).join(",");
  assert.deepEqual(tokenizeTexts(tokenizer, [encode(text)]), []);
  assert.equal(tokenizer.skipped.tooShort, 50_000);
  assert.equal(table.size, 0);
});

Deno.test("Tokenizer refuses rules that are out of bounds", () => {
  const table = new WordTable();
  const refused = (rules: Partial<WordRules>, error: ErrorConstructor) =>
    assert.throws(() => new Tokenizer({ ...RULES, ...rules }, table), error);
  refused(separator(""), RangeError);
  refused(separator("12345678901234567"), RangeError);
  refused(separator("\ud800"), RangeError);
  refused({ minLength: -1 }, RangeError);
  refused({ maxLength: 0 }, RangeError);
  refused({ maxLength: 65_537 }, RangeError);
  refused(pattern("("), SyntaxError);
  refused(segmenter("not a locale"), RangeError);
});
