// PlainTexts takes the whole value or key of each record where no key of the configuration asks for more. The tokenizer
// reads the texts where they stand.

import type { Records } from "../records/records.ts";
import type { TextRange } from "../words/pieces.ts";
import type { Tokenizer } from "../words/tokenizer.ts";
import type { NotedWords, RecordTexts, UnreadableRecord, WordSink } from "./record_texts.ts";

export class PlainTexts implements RecordTexts {
  readonly needsHeaders = false;
  readonly isPrompt = true;
  readonly findsTimes = false;
  readonly schemas = undefined;
  readonly skipped: readonly UnreadableRecord[] = [];
  readonly filtered = 0;
  readonly limitReason = "pattern_limit";
  counted = 0;
  firstCounted = 0;
  readonly #part: "value" | "key";
  #range: TextRange | undefined;
  #offsets: Float64Array = new Float64Array(0);

  constructor(part: "value" | "key") {
    this.#part = part;
  }

  findTimes(): void {}

  faultOf(): undefined {}

  read(records: Records, from: number, to: number): number {
    const { bytes } = records;
    const starts = this.#part === "value" ? records.valueStarts : records.keyStarts;
    const ends = this.#part === "value" ? records.valueEnds : records.keyEnds;
    this.#range = { bytes, starts, ends, from, to };
    this.#offsets = records.offsets;
    this.counted = to - from;
    this.firstCounted = from;
    return to - from;
  }

  match(tokenizer: Tokenizer): number {
    return this.#range === undefined ? 0 : tokenizer.match([this.#range]);
  }

  addWords(tokenizer: Tokenizer, sink: WordSink, noted?: NotedWords): number {
    if (this.#range === undefined) return 0;
    const { bytes, starts, ends, from, to } = this.#range;
    tokenizer.notesTexts = noted !== undefined;
    const words = tokenizer.tokenize(bytes, starts, ends, from, to);
    const { ids } = tokenizer;
    noted?.note({ ids, idCount: words, textIndexes: tokenizer.textIndexes, offsets: this.#offsets });
    sink.add(ids, words, to - from);
    return words;
  }
}
