// Records in, ids of words out. Most pieces of most texts are words as they stand, and have been seen before: for them
// there is one look-up by bytes, a batch at a time. The others are judged one by one.

import { isAscii } from "./ascii.ts";
import { type ByteSplitter, byteSplitter } from "./byte_splitter.ts";
import { asciiSegmentSplitter, segmentSplitter, wordSegmenter } from "./segmenter.ts";
import { Spans } from "./spans.ts";
import { patternSplitter, separatorSplitter, type TextSplitter } from "./text_splitter.ts";
import { WordJudge } from "./word_judge.ts";
import { NO_WORD, type SplitRule, type WordRules } from "./word_rules.ts";
import type { WordTable } from "./word_table.ts";

const MAX_SEPARATOR_BYTES = 16;
const INITIAL_IDS = 1024;
/** A UTF-16 unit becomes at most so many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
const REPLACEMENT_CHARACTER = "\ufffd";
const SPACE = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** One of the two, or for texts that are ASCII alone the first one and for the others the second. */
type Splitter =
  | { readonly kind: "bytes"; readonly splitBytes: ByteSplitter }
  | { readonly kind: "text"; readonly splitText: TextSplitter }
  | { readonly kind: "ascii"; readonly splitBytes: ByteSplitter; readonly splitText: TextSplitter };

/**
 * Turns texts into the ids of the words in them. Nobody else may put words into its table: which of them stand for
 * themselves is decided by these rules.
 */
export class Tokenizer {
  /** Pieces that are no words, by reason; running totals. */
  readonly skipped: { tooLong: number; tooShort: number; stopWord: number } = {
    tooLong: 0,
    tooShort: 0,
    stopWord: 0,
  };
  readonly #trim: boolean;
  readonly #table: WordTable;
  readonly #judge: WordJudge;
  readonly #splitter: Splitter;
  readonly #spans = new Spans();
  #ids = new Int32Array(INITIAL_IDS);
  #idCount = 0;
  /** Texts that are cut as text, as UTF-8 again. */
  #encoded = new Uint8Array(0);

  /**
   * @throws {RangeError} for rules out of bounds or a locale that is no language tag, {SyntaxError} for a pattern that is
   * no regular expression.
   */
  constructor(rules: WordRules, table: WordTable) {
    this.#splitter = splitterOf(rules.split);
    if (!(rules.minLength >= 0)) throw new RangeError(`minLength is ${rules.minLength}, wanted: at least 0`);
    if (!(rules.maxLength >= 1)) throw new RangeError(`maxLength is ${rules.maxLength}, wanted: at least 1`);
    this.#trim = rules.trim;
    this.#table = table;
    this.#judge = new WordJudge(rules, table);
  }

  /** Ids found by the last `tokenize`; valid up to the next call. */
  get ids(): Int32Array {
    return this.#ids;
  }

  /**
   * Finds the words of the texts `bytes[starts[i]..ends[i])` for `from <= i < to`, a start of -1 standing for null;
   * returns how many ids there are, at most one more a text than it has bytes.
   */
  tokenize(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, from: number, to: number): number {
    this.#idCount = 0;
    const splitter = this.#splitter;
    this.#spans.reset(bytes);
    for (let i = from; i < to; i++) {
      const start = starts[i];
      const end = ends[i];
      if (start < 0) continue;
      if (splitter.kind === "bytes" || (splitter.kind === "ascii" && isAscii(bytes, start, end))) {
        this.#addBytes(start, end, splitter.splitBytes);
      } else {
        this.#addText(bytes, start, end, splitter.splitText);
      }
    }
    this.#resolveSpans();
    return this.#idCount;
  }

  /** Other stop words, from the next `tokenize` on; words that were counted stay what they are. */
  setStopWords(words: readonly string[]): void {
    this.#judge.setStopWords(words);
  }

  #addBytes(start: number, end: number, split: ByteSplitter): void {
    const spans = this.#spans;
    spans.starts[spans.count] = start;
    let position = start;
    while (position < end) {
      position = split(spans, position, end);
      if (spans.count * 2 < spans.capacity) continue;
      const pieceStart = spans.starts[spans.count];
      this.#resolveSpans();
      spans.starts[0] = pieceStart;
    }
    spans.ends[spans.count++] = end;
    if (spans.count === spans.capacity) this.#resolveSpans();
  }

  #addText(bytes: Uint8Array, start: number, end: number, split: TextSplitter): void {
    const spans = this.#spans;
    this.#resolveSpans();
    const text = decoder.decode(bytes.subarray(start, end));
    const encoded = this.#encode(text);
    spans.reset(encoded);
    let unit = 0;
    let position = 0;
    const positionOf = (target: number): number => {
      for (; unit < target; unit++) position += utf8Length(text.charCodeAt(unit));
      return position;
    };
    split(text, (pieceStart, pieceEnd) => {
      spans.starts[spans.count] = positionOf(pieceStart);
      spans.ends[spans.count++] = positionOf(pieceEnd);
      if (spans.count === spans.capacity) this.#resolveSpans();
    });
    this.#resolveSpans();
    spans.reset(bytes);
  }

  #encode(text: string): Uint8Array {
    const capacity = text.length * MAX_BYTES_PER_UNIT;
    if (this.#encoded.length < capacity) this.#encoded = new Uint8Array(capacity);
    encoder.encodeInto(text, this.#encoded);
    return this.#encoded;
  }

  /** Appends the ids of the words among the spans, and empties the spans. */
  #resolveSpans(): void {
    const spans = this.#spans;
    tidy(spans, this.#trim);
    const { bytes, starts, ends, count } = spans;
    const at = this.#idCount;
    const ids = this.#reserveIds(at + count);
    const allFound = this.#table.findSettled(spans, ids, at) === count;
    spans.count = 0;
    this.#idCount = at + count;
    if (allFound) return;
    let idCount = at;
    for (let i = 0; i < count; i++) {
      let id = ids[at + i];
      if (id < 0) id = this.#judge.judge(bytes, starts[i], ends[i]);
      if (id >= 0) ids[idCount++] = id;
      else this.#countSkipped(id);
    }
    this.#idCount = idCount;
  }

  #reserveIds(count: number): Int32Array {
    if (count > this.#ids.length) {
      const ids = new Int32Array(Math.max(count, this.#ids.length * 2));
      ids.set(this.#ids.subarray(0, this.#idCount));
      this.#ids = ids;
    }
    return this.#ids;
  }

  #countSkipped(reason: number): void {
    if (reason === NO_WORD.stopWord) this.skipped.stopWord++;
    else if (reason === NO_WORD.tooShort) this.skipped.tooShort++;
    else if (reason === NO_WORD.tooLong) this.skipped.tooLong++;
  }
}

function splitterOf(rule: SplitRule): Splitter {
  if (rule.kind === "pattern") return { kind: "text", splitText: patternSplitter(rule.pattern) };
  if (rule.kind === "segmenter") {
    const segmenter = wordSegmenter(rule.locale);
    const splitBytes = asciiSegmentSplitter(segmenter);
    return { kind: "ascii", splitBytes, splitText: segmentSplitter(segmenter) };
  }
  const { separator } = rule;
  const bytes = encoder.encode(separator);
  if (bytes.length < 1 || bytes.length > MAX_SEPARATOR_BYTES || !separator.isWellFormed()) {
    throw new RangeError(
      `separator is ${JSON.stringify(separator)}, wanted: 1 to ${MAX_SEPARATOR_BYTES} bytes of UTF-8`,
    );
  }
  if (separator.includes(REPLACEMENT_CHARACTER)) {
    return { kind: "text", splitText: separatorSplitter(separator) };
  }
  return { kind: "bytes", splitBytes: byteSplitter(bytes) };
}

/** Drops the empty spans, with `trim` also white space around them as far as it is ASCII. */
function tidy(spans: Spans, trim: boolean): void {
  const { bytes, starts, ends, count } = spans;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    let start = starts[i];
    let end = ends[i];
    if (trim && start < end && (bytes[start] <= SPACE || bytes[end - 1] <= SPACE)) {
      while (start < end && isAsciiSpace(bytes[start])) start++;
      while (start < end && isAsciiSpace(bytes[end - 1])) end--;
    }
    starts[kept] = start;
    ends[kept] = end;
    if (start < end) kept++;
  }
  spans.count = kept;
}

function isAsciiSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

/** Bytes that a UTF-16 unit of a text without lone surrogates takes in UTF-8; half of its pair's for a surrogate. */
function utf8Length(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
}
