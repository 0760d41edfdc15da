// Decides what a piece of a text stands for: a word, or none and why. That is dear (decoding, white space and lower
// case of all of Unicode, lengths, stop words), so it happens when a piece is first seen, and the outcome is kept: a
// word whose bytes are their own outcome is settled in the table, any other piece goes to the alias cache. Plain ASCII
// is decided on the bytes and needs no cache.

import { AliasCache } from "./alias_cache.ts";
import { isAscii } from "./ascii.ts";
import { NO_WORD, type WordRules } from "./word_rules.ts";
import { WordTable } from "./word_table.ts";

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const LOWER_BIT = 0x20;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Judges pieces by one set of rules; the words go to one table, which nobody else fills. */
export class WordJudge {
  readonly #rules: WordRules;
  readonly #table: WordTable;
  readonly #aliases: AliasCache;
  #stopWords = new WordTable();
  #lowercased = new Uint8Array(0);

  constructor(rules: WordRules, table: WordTable) {
    this.#rules = rules;
    this.#table = table;
    this.#aliases = new AliasCache(table);
    this.setStopWords(rules.stopWords);
  }

  /** Other stop words; all that was decided is open again. */
  setStopWords(words: readonly string[]): void {
    this.#stopWords = new WordTable();
    for (const word of words) {
      // No text decodes to a lone surrogate, but encoding would make U+FFFD of it.
      if (word === "" || !word.isWellFormed()) continue;
      const bytes = encoder.encode(this.#rules.lowercase ? word.toLowerCase() : word);
      if (bytes.length <= this.#rules.maxLength) this.#stopWords.intern(bytes, 0, bytes.length);
    }
    this.#table.unsettleAll();
    this.#aliases.clear();
  }

  /**
   * What the piece `bytes[start..end)`, at least one byte, stands for: the id of a word, or one of NO_WORD. With `trim`,
   * white space around it must have been removed as far as it is ASCII.
   */
  judge(bytes: Uint8Array, start: number, end: number): number {
    if (isAscii(bytes, start, end)) return this.#judgeAscii(bytes, start, end);
    return this.#aliases.get(bytes, start, end) ?? this.#judgeText(bytes, start, end);
  }

  #judgeAscii(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    const reason = this.#reasonAgainst(length, length);
    if (reason < 0) return reason;
    if (!this.#rules.lowercase || !hasUpperCase(bytes, start, end)) {
      return this.#accept(bytes, start, end, true);
    }
    if (this.#lowercased.length < length) this.#lowercased = new Uint8Array(length * 2);
    const lowercased = this.#lowercased;
    for (let i = 0; i < length; i++) {
      const byte = bytes[start + i];
      lowercased[i] = byte >= UPPER_A && byte <= UPPER_Z ? byte | LOWER_BIT : byte;
    }
    return this.#accept(lowercased, 0, length, false);
  }

  #judgeText(bytes: Uint8Array, start: number, end: number): number {
    let text = decoder.decode(bytes.subarray(start, end));
    if (this.#rules.trim) text = text.trim();
    if (this.#rules.lowercase) text = text.toLowerCase();
    const word = encoder.encode(text);
    const isItself = word.length === end - start && word.every((byte, i) => byte === bytes[start + i]);
    const reason = word.length === 0 ? NO_WORD.empty : this.#reasonAgainst(codePoints(word), word.length);
    const target = reason < 0 ? reason : this.#accept(word, 0, word.length, isItself);
    if (target < 0 || !isItself) this.#aliases.set(bytes, start, end, target);
    return target;
  }

  /** One of NO_WORD for lengths that are not allowed, else 0. */
  #reasonAgainst(characters: number, byteLength: number): number {
    if (characters < this.#rules.minLength) return NO_WORD.tooShort;
    if (byteLength > this.#rules.maxLength) return NO_WORD.tooLong;
    return 0;
  }

  /** The id of the final word `bytes[start..end)`, unless it is a stop word. */
  #accept(bytes: Uint8Array, start: number, end: number, isItself: boolean): number {
    if (this.#stopWords.size > 0 && this.#stopWords.find(bytes, start, end) >= 0) return NO_WORD.stopWord;
    const id = this.#table.intern(bytes, start, end);
    if (isItself) this.#table.settle(id);
    return id;
  }
}

function hasUpperCase(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (bytes[i] >= UPPER_A && bytes[i] <= UPPER_Z) return true;
  }
  return false;
}

/** Of valid UTF-8: all bytes but those that continue a character. */
function codePoints(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) {
    if ((byte & 0xc0) !== 0x80) count++;
  }
  return count;
}
