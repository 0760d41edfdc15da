// Finds the texts of records that are split into words: the values, the keys, or the values at a JSON path. A run of
// records is read before it is counted, since a record that is not valid JSON is skipped and so cannot be late.

import type { Records } from "../records/records.ts";
import type { PaneCounts } from "./pane_counts.ts";
import { JsonTexts, type TextSpans } from "../formats/json/json_texts.ts";
import type { TextRange } from "../words/pieces.ts";
import type { Tokenizer } from "../words/tokenizer.ts";

/** `path` has the syntax of `JsonPath`. */
export type TextPart = { readonly kind: "value" | "key" } | { readonly kind: "field"; readonly path: string };

/** The texts of a run of records. */
export interface RecordTexts {
  /** Indexes of the records of the last run that are not valid JSON, ascending. */
  readonly invalid: readonly number[];
  /** Reads the records `from <= i < to` and returns how many are valid. */
  read(records: Records, from: number, to: number): number;
  /**
   * Runs the tokenizer's pattern on the records last read. Returns how many of them it has matched: fewer than all where
   * time has run out, then a shorter run is read. At 0 the first record exceeds the time limit.
   */
  match(tokenizer: Tokenizer): number;
  /** Adds the words of the records last read to the selected pane and returns how many there were. */
  addWords(tokenizer: Tokenizer, panes: Pick<PaneCounts, "add">): number;
}

/** @throws {SyntaxError} for an invalid path. */
export function recordTexts(part: TextPart): RecordTexts {
  return part.kind === "field" ? new JsonRecordTexts(part.path) : new PlainRecordTexts(part.kind);
}

/** Takes the whole value or key. */
class PlainRecordTexts implements RecordTexts {
  readonly invalid: readonly number[] = [];
  readonly #part: "value" | "key";
  #range: TextRange | undefined;

  constructor(part: "value" | "key") {
    this.#part = part;
  }

  read(records: Records, from: number, to: number): number {
    const { bytes } = records;
    const starts = this.#part === "value" ? records.valueStarts : records.keyStarts;
    const ends = this.#part === "value" ? records.valueEnds : records.keyEnds;
    this.#range = { bytes, starts, ends, from, to };
    return to - from;
  }

  match(tokenizer: Tokenizer): number {
    return this.#range === undefined ? 0 : tokenizer.match([this.#range]);
  }

  addWords(tokenizer: Tokenizer, panes: Pick<PaneCounts, "add">): number {
    if (this.#range === undefined) return 0;
    const { bytes, starts, ends, from, to } = this.#range;
    const words = tokenizer.tokenize(bytes, starts, ends, from, to);
    panes.add(tokenizer.ids, words, to - from);
    return words;
  }
}

/** Takes the texts at a path in JSON values. A null value is valid and has no texts. */
class JsonRecordTexts implements RecordTexts {
  readonly invalid: number[] = [];
  readonly #texts: JsonTexts;
  /** Valid records whose texts are part of their bytes, or that have no texts. */
  #plain = 0;
  /** Valid records with a text that had to be decoded. */
  #decoded = 0;
  #records: Records | undefined;
  #from = 0;
  #to = 0;

  constructor(path: string) {
    this.#texts = new JsonTexts(path);
  }

  read(records: Records, from: number, to: number): number {
    const { bytes, valueStarts, valueEnds } = records;
    this.#records = records;
    this.#from = from;
    this.#to = to;
    const texts = this.#texts;
    texts.reset(bytes);
    this.invalid.length = 0;
    this.#decoded = 0;
    for (let i = from; i < to; i++) {
      if (valueStarts[i] < 0) continue;
      const outcome = texts.add(valueStarts[i], valueEnds[i]);
      if (outcome === "invalid") this.invalid.push(i);
      else if (outcome === "made") this.#decoded++;
    }
    const valid = to - from - this.invalid.length;
    this.#plain = valid - this.#decoded;
    return valid;
  }

  match(tokenizer: Tokenizer): number {
    const { inPlace, made } = this.#texts;
    const all = inPlace.count + made.count;
    const matched = tokenizer.match([rangeOf(inPlace), rangeOf(made)]);
    if (matched === all || this.#records === undefined) return this.#to - this.#from;
    return this.#recordsWith(this.#records, matched);
  }

  addWords(tokenizer: Tokenizer, panes: Pick<PaneCounts, "add">): number {
    const { inPlace, made } = this.#texts;
    return addTexts(inPlace, this.#plain, { tokenizer, panes }) +
      addTexts(made, this.#decoded, { tokenizer, panes });
  }

  /** How many of the records, read one after the other, have at most `matched` texts together. */
  #recordsWith(records: Records, matched: number): number {
    const [from, to] = [this.#from, this.#to];
    let texts = 0;
    let index = from;
    for (; index < to; index++) {
      this.read(records, index, index + 1);
      texts += this.#texts.inPlace.count + this.#texts.made.count;
      if (texts > matched) break;
    }
    return index - from;
  }
}

function rangeOf(spans: TextSpans): TextRange {
  return { bytes: spans.bytes, starts: spans.starts, ends: spans.ends, from: 0, to: spans.count };
}

function addTexts(
  { bytes, starts, ends, count }: TextSpans,
  records: number,
  { tokenizer, panes }: { readonly tokenizer: Tokenizer; readonly panes: Pick<PaneCounts, "add"> },
): number {
  const words = tokenizer.tokenize(bytes, starts, ends, 0, count);
  panes.add(tokenizer.ids, words, records);
  return words;
}
