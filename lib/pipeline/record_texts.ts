// Which texts of records are split into words: their values, their keys, or what a path leads to in their values as
// JSON. A run of records is read first, as one that cannot be read is skipped, and a skipped record is not late.

import type { Records } from "../records/records.ts";
import type { SlidingWindow } from "../window/sliding_window.ts";
import { JsonTexts, type TextSpans } from "../formats/json/json_texts.ts";
import type { Tokenizer } from "../words/tokenizer.ts";

/** `path`: as `JsonPath` takes it. */
export type TextPart = { readonly kind: "value" | "key" } | { readonly kind: "json"; readonly path: string };

/** The texts of a run of records. */
export interface RecordTexts {
  /** Records of the last run that are not what they have to be, and so have no texts. */
  readonly invalid: readonly number[];
  /** Reads the records `from <= i < to`; returns how many are not invalid. */
  read(records: Records, from: number, to: number): number;
  /** Adds the words in the records last read to the window's selected pane; returns how many there were. */
  addWords(tokenizer: Tokenizer, window: SlidingWindow): number;
}

/** @throws {SyntaxError} for a path that is none. */
export function recordTexts(part: TextPart): RecordTexts {
  return part.kind === "json" ? new JsonRecordTexts(part.path) : new PlainRecordTexts(part.kind);
}

/** A value or a key, as it stands. */
class PlainRecordTexts implements RecordTexts {
  readonly invalid: readonly number[] = [];
  readonly #part: "value" | "key";
  #records: Records | undefined;
  #from = 0;
  #to = 0;

  constructor(part: "value" | "key") {
    this.#part = part;
  }

  read(records: Records, from: number, to: number): number {
    this.#records = records;
    this.#from = from;
    this.#to = to;
    return to - from;
  }

  addWords(tokenizer: Tokenizer, window: SlidingWindow): number {
    const records = this.#records;
    if (records === undefined) return 0;
    const starts = this.#part === "value" ? records.valueStarts : records.keyStarts;
    const ends = this.#part === "value" ? records.valueEnds : records.keyEnds;
    const words = tokenizer.tokenize(records.bytes, starts, ends, this.#from, this.#to);
    window.add(tokenizer.ids, words, this.#to - this.#from);
    return words;
  }
}

/** What a path leads to in values that are JSON. A null value has no texts, and is not invalid. */
class JsonRecordTexts implements RecordTexts {
  readonly invalid: number[] = [];
  readonly #texts: JsonTexts;
  /** Records whose texts stand in them, or that have none; and the others. */
  #plain = 0;
  #others = 0;

  constructor(path: string) {
    this.#texts = new JsonTexts(path);
  }

  read({ bytes, valueStarts, valueEnds }: Records, from: number, to: number): number {
    const texts = this.#texts;
    texts.reset(bytes);
    this.invalid.length = 0;
    this.#others = 0;
    for (let i = from; i < to; i++) {
      if (valueStarts[i] < 0) continue;
      const outcome = texts.add(valueStarts[i], valueEnds[i]);
      if (outcome === "invalid") this.invalid.push(i);
      else if (outcome === "made") this.#others++;
    }
    const valid = to - from - this.invalid.length;
    this.#plain = valid - this.#others;
    return valid;
  }

  addWords(tokenizer: Tokenizer, window: SlidingWindow): number {
    const { inPlace, made } = this.#texts;
    return addTexts(inPlace, this.#plain, { tokenizer, window }) +
      addTexts(made, this.#others, { tokenizer, window });
  }
}

function addTexts(
  { bytes, starts, ends, count }: TextSpans,
  records: number,
  { tokenizer, window }: { readonly tokenizer: Tokenizer; readonly window: SlidingWindow },
): number {
  const words = tokenizer.tokenize(bytes, starts, ends, 0, count);
  window.add(tokenizer.ids, words, records);
  return words;
}
