// Turns records into ids of words. Most pieces are words as they stand and have been seen before; a batch of them is
// looked up by bytes at once. WordClassifier decides about the others one by one.

import { isAscii } from "./ascii.ts";
import { MAX_WORD_BYTES, type Pieces, sharedPieces, type TextPlaces, type TextRange } from "./pieces.ts";
import { asciiSegmentSplitter, type AsciiSplitter, segmentSplitter, wordSegmenter } from "./segmenter.ts";
import { PatternQueue } from "./pattern_queue.ts";
import { separatorSplitter, type TextSplitter } from "./text_splitter.ts";
import { WordClassifier } from "./word_classifier.ts";
import { NO_WORD, type SplitRule, type WordRules } from "./word_rules.ts";
import type { WordTable } from "./word_table.ts";

const MAX_SEPARATOR_BYTES = 16;
const INITIAL_IDS = 1024;
const REPLACEMENT_CHARACTER = "\ufffd";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** `ascii`: ASCII texts are cut on bytes, other texts as strings. `whole`: no text is cut. */
type Splitter =
  | { readonly kind: "bytes"; readonly separator: Uint8Array }
  | { readonly kind: "text"; readonly splitText: TextSplitter }
  | { readonly kind: "pattern"; readonly queue: PatternQueue }
  | { readonly kind: "whole" }
  | { readonly kind: "ascii"; readonly splitAscii: AsciiSplitter; readonly splitText: TextSplitter };

/**
 * Turns texts into ids of the words in them. Nothing else may add words to its table: these rules decide which bytes are
 * a word as they stand.
 */
export class Tokenizer {
  /** Pieces that are no words, by reason: running totals. */
  readonly skipped: { tooLong: number; tooShort: number; stopWord: number } = {
    tooLong: 0,
    tooShort: 0,
    stopWord: 0,
  };
  /** @internal Whether the next `tokenize` notes the text of each word. */
  notesTexts = false;
  readonly #trim: boolean;
  readonly #table: WordTable;
  readonly #classifier: WordClassifier;
  readonly #splitter: Splitter;
  readonly #pieces: Pieces = sharedPieces();
  #ids = new Int32Array(INITIAL_IDS);
  #idCount = 0;
  /** Parallel to the ids, where texts are noted. */
  #textIndexes = new Int32Array(0);
  /** The index of the first text in the pieces. */
  #firstText = 0;

  /**
   * Prepares the rules.
   * @throws {RangeError} if a rule is out of bounds or the locale is no language tag
   * @throws {SyntaxError} if the pattern is not a regular expression
   */
  constructor(rules: WordRules, table: WordTable) {
    this.#splitter = splitterOf(rules.split);
    if (!(rules.minLength >= 0)) throw new RangeError(`minLength is ${rules.minLength}, wanted: at least 0`);
    if (!(rules.maxLength >= 1 && rules.maxLength <= MAX_WORD_BYTES)) {
      throw new RangeError(`maxLength is ${rules.maxLength}, wanted: 1 to ${MAX_WORD_BYTES}`);
    }
    this.#trim = rules.trim;
    this.#table = table;
    this.#classifier = new WordClassifier(rules, table);
  }

  /** The ids that the last `tokenize` found; valid up to the next call. */
  get ids(): Int32Array {
    return this.#ids;
  }

  /** @internal The index of the text of each id, with `notesTexts`; valid up to the next `tokenize`. */
  get textIndexes(): Int32Array {
    if (!this.notesTexts) throw new RangeError("cannot tell the texts of words: they are not noted");
    return this.#textIndexes;
  }

  /** @internal Whether words are found by a pattern, which may take long for a text. */
  get hasPattern(): boolean {
    return this.#splitter.kind === "pattern";
  }

  /**
   * @internal Runs the pattern on texts before `tokenize` gets them, in the same order. Returns how many texts it has
   * matched: fewer than all where time has run out, and 0 where the first text exceeds the time limit of a text. Without
   * a pattern it matches all.
   */
  match(spans: readonly TextRange[]): number {
    if (this.#splitter.kind === "pattern") return this.#splitter.queue.match(spans);
    return spans.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /**
   * Finds the words of the texts `bytes[starts[i]..ends[i])` for `from <= i < to`; a start of -1 stands for null. Returns
   * the number of ids, per text at most one more than it has bytes.
   */
  tokenize(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, from: number, to: number): number {
    this.#idCount = 0;
    const splitter = this.#splitter;
    const texts = { bytes, starts, ends };
    if (splitter.kind === "pattern") {
      let index = from;
      splitter.queue.take({ ...texts, from, to }, (text, split) => this.#addPieces(text, index++, split));
      return this.#idCount;
    }
    if (splitter.kind === "bytes") this.#addBytes(texts, from, to, splitter.separator);
    else if (splitter.kind === "ascii") this.#addMixed(texts, from, to, splitter);
    else if (splitter.kind === "whole") this.#addPlaces(texts, from, to, addWhole);
    else for (let i = from; i < to; i++) this.#addText(texts, i, splitter.splitText);
    return this.#idCount;
  }

  /** Sets the stop words from the next `tokenize` on. Words already counted keep their counts. */
  setStopWords(words: readonly string[]): void {
    this.#classifier.setStopWords(words);
  }

  #addBytes(texts: TextPlaces, from: number, to: number, separator: Uint8Array): void {
    const pieces = this.#pieces;
    for (let next = from; next < to;) {
      this.#firstText = next;
      next = pieces.load(texts, next, to);
      while (pieces.split(separator)) this.#resolvePieces();
    }
  }

  #addMixed(
    texts: TextPlaces,
    from: number,
    to: number,
    { splitAscii, splitText }: { splitAscii: AsciiSplitter; splitText: TextSplitter },
  ): void {
    const { bytes, starts, ends } = texts;
    let asciiFrom = from;
    for (let i = from; i < to; i++) {
      if (starts[i] < 0 || isAscii(bytes, starts[i], ends[i])) continue;
      this.#addPlaces(texts, asciiFrom, i, splitAscii);
      this.#addText(texts, i, splitText);
      asciiFrom = i + 1;
    }
    this.#addPlaces(texts, asciiFrom, to, splitAscii);
  }

  /** Cuts texts on their bytes. */
  #addPlaces(texts: TextPlaces, from: number, to: number, split: AsciiSplitter): void {
    const pieces = this.#pieces;
    for (let first = from; first < to;) {
      this.#firstText = first;
      const next = pieces.load(texts, first, to);
      for (let i = 0; i < next - first; i++) {
        let position = pieces.textStarts[i];
        const end = position < 0 ? position : pieces.textEnds[i];
        while (position < end) {
          position = split(pieces, position, end);
          if (pieces.count === pieces.capacity) this.#resolvePieces();
        }
      }
      this.#resolvePieces();
      first = next;
    }
  }

  #addText({ bytes, starts, ends }: TextPlaces, index: number, split: TextSplitter): void {
    if (starts[index] < 0) return;
    this.#addPieces(decoder.decode(bytes.subarray(starts[index], ends[index])), index, split);
  }

  #addPieces(text: string, index: number, split: TextSplitter): void {
    const pieces = this.#pieces;
    let unit = 0;
    this.#firstText = index;
    let position = pieces.loadText(text);
    const positionOf = (target: number): number => {
      for (; unit < target; unit++) position += utf8Length(text.charCodeAt(unit));
      return position;
    };
    split(text, (pieceStart, pieceEnd) => {
      pieces.add(positionOf(pieceStart), positionOf(pieceEnd));
      if (pieces.count === pieces.capacity) this.#resolvePieces();
    });
    this.#resolvePieces();
  }

  /** Appends the ids of the words among the pieces, then empties the pieces. */
  #resolvePieces(): void {
    const pieces = this.#pieces;
    pieces.prepare(this.#trim);
    const { bytes, starts, ends, count } = pieces;
    const at = this.#idCount;
    const ids = this.#reserveIds(at + count);
    const allFound = this.#table.findSettled(pieces, ids, at) === count;
    pieces.count = 0;
    this.#idCount = at + count;
    const textIndexes = this.#noteTexts(at, count);
    if (allFound) return;
    let idCount = at;
    for (let i = 0; i < count; i++) {
      let id = ids[at + i];
      if (id < 0) id = this.#classifier.classify(bytes, starts[i], ends[i]);
      if (id < 0) this.#countSkipped(id);
      else {
        if (textIndexes !== undefined) textIndexes[idCount] = textIndexes[at + i];
        ids[idCount++] = id;
      }
    }
    this.#idCount = idCount;
  }

  /** Notes the text of each piece: pieces and texts are both in the order of their bytes. */
  #noteTexts(at: number, count: number): Int32Array | undefined {
    if (!this.notesTexts) return undefined;
    if (this.#textIndexes.length < this.#ids.length) {
      const textIndexes = new Int32Array(this.#ids.length);
      textIndexes.set(this.#textIndexes.subarray(0, at));
      this.#textIndexes = textIndexes;
    }
    const textIndexes = this.#textIndexes;
    const { starts, textStarts, textEnds } = this.#pieces;
    let text = 0;
    for (let i = 0; i < count; i++) {
      while (textStarts[text] < 0 || starts[i] >= textEnds[text]) text++;
      textIndexes[at + i] = this.#firstText + text;
    }
    return textIndexes;
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

/** The whole text as a piece. */
function addWhole(pieces: Pieces, position: number, end: number): number {
  pieces.add(position, end);
  return end;
}

function splitterOf(rule: SplitRule): Splitter {
  if (rule.kind === "whole") return { kind: "whole" };
  if (rule.kind === "pattern") return { kind: "pattern", queue: new PatternQueue(rule.pattern) };
  if (rule.kind === "segmenter") {
    const segmenter = wordSegmenter(rule.locale);
    const splitAscii = asciiSegmentSplitter(segmenter);
    return { kind: "ascii", splitAscii, splitText: segmentSplitter(segmenter) };
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
  return { kind: "bytes", separator: bytes };
}

/** Bytes of UTF-8 that a UTF-16 unit takes, half of its pair's for a surrogate. The text has no lone surrogates. */
function utf8Length(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
}
