// Decides which word a piece of a text stands for, or why it is no word. That is expensive (decoding, Unicode white space
// and lower case, lengths, stop words), so the result of a piece that is first seen is kept. A word that stands for
// itself is settled in the table; any other piece goes to the alias cache. ASCII is decided on its bytes, without cache.

import { AliasCache } from "./alias_cache.ts";
import { isAscii } from "./ascii.ts";
import { NO_WORD, type WordRules } from "./word_rules.ts";
import { WordTable } from "./word_table.ts";

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const LOWER_BIT = 0x20;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Classifies pieces by one set of rules. It alone adds words to its table. */
export class WordClassifier {
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

  /** Replaces the stop words and forgets all earlier results. */
  setStopWords(words: readonly string[]): void {
    this.#stopWords = new WordTable();
    for (const word of words) {
      // Encoding turns a lone surrogate into U+FFFD, but no decoded text contains one.
      if (word === "" || !word.isWellFormed()) continue;
      const bytes = encoder.encode(this.#rules.lowercase ? word.toLowerCase() : word);
      if (bytes.length <= this.#rules.maxLength) this.#stopWords.intern(bytes, 0, bytes.length);
    }
    this.#table.unsettleAll();
    this.#aliases.clear();
  }

  /**
   * The id of the word that the piece `bytes[start..end)` stands for, or one of NO_WORD. The piece is not empty. With
   * `trim`, the caller has removed ASCII white space around it.
   */
  classify(bytes: Uint8Array, start: number, end: number): number {
    if (isAscii(bytes, start, end)) return this.#classifyAscii(bytes, start, end);
    return this.#aliases.get(bytes, start, end) ?? this.#classifyText(bytes, start, end);
  }

  #classifyAscii(bytes: Uint8Array, start: number, end: number): number {
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

  #classifyText(bytes: Uint8Array, start: number, end: number): number {
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

  /** The NO_WORD of a length that is not allowed, else 0. */
  #reasonAgainst(characters: number, byteLength: number): number {
    if (characters < this.#rules.minLength) return NO_WORD.tooShort;
    if (byteLength > this.#rules.maxLength) return NO_WORD.tooLong;
    return 0;
  }

  /** The id of the final word `bytes[start..end)`, or NO_WORD.stopWord. */
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

/** Counts code points of valid UTF-8: all bytes that do not continue a character. */
function codePoints(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) {
    if ((byte & 0xc0) !== 0x80) count++;
  }
  return count;
}
