import assert from "node:assert/strict";
import { AliasCache } from "../../lib/words/alias_cache.ts";
import { NO_WORD } from "../../lib/words/word_rules.ts";
import { WordTable } from "../../lib/words/word_table.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function get(cache: AliasCache, span: Uint8Array): number | undefined {
  return cache.get(span, 0, span.length);
}

function set(cache: AliasCache, span: Uint8Array, target: number): void {
  cache.set(span, 0, span.length, target);
}

Deno.test("AliasCache.get() returns words and reasons, and the latest value of a span", () => {
  const words = new WordTable();
  const cache = new AliasCache(words);
  const word = encode("ä");
  const id = words.intern(word, 0, word.length);
  set(cache, encode("Ä"), id);
  set(cache, encode("Ö"), NO_WORD.stopWord);
  assert.equal(get(cache, encode("Ä")), id);
  assert.equal(get(cache, encode("Ö")), NO_WORD.stopWord);
  assert.equal(get(cache, encode("Ü")), undefined);
  set(cache, encode("Ö"), id);
  assert.equal(get(cache, encode("Ö")), id);
  cache.clear();
  assert.equal(get(cache, encode("Ä")), undefined);
});

Deno.test("AliasCache.get() forgets a released word, even when another word has its id", () => {
  const words = new WordTable();
  const cache = new AliasCache(words);
  const id = words.intern(encode("a"), 0, 1);
  set(cache, encode(" a"), id);
  words.release(id);
  assert.equal(get(cache, encode(" a")), undefined);
  assert.equal(words.intern(encode("b"), 0, 1), id);
  assert.equal(get(cache, encode(" a")), undefined);
});

Deno.test("AliasCache stays bounded: it empties when full and keeps no long spans", () => {
  const cache = new AliasCache(new WordTable());
  for (let i = 0; i < 100_000; i++) set(cache, encode(`ä${i}`), NO_WORD.tooShort);
  assert.equal(get(cache, encode("ä0")), undefined);
  assert.equal(get(cache, encode("ä99999")), NO_WORD.tooShort);
  const long = encode("ä".repeat(1000));
  set(cache, long, NO_WORD.tooLong);
  assert.equal(get(cache, long), undefined);
});
