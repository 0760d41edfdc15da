// AliasCache remembers which word a span of bytes stands for, if the word has other bytes (" Ä " becomes "ä") or if the
// span is no word. To find that out takes decoding, so it is done once per span. The cache is emptied when it is full;
// an entry whose word has been removed is ignored.

import { WordTable } from "./word_table.ts";

const MAX_ENTRIES = 32_768;
/** A longer span is decoded each time: untrusted input must not fill the cache with long spans. */
const MAX_SPAN_BYTES = 256;

/** Maps spans of bytes to the id of a word in `words`, or to one of NO_WORD. */
export class AliasCache {
  readonly #words: WordTable;
  #spans = new WordTable();
  readonly #targets = new Int32Array(MAX_ENTRIES);
  readonly #serials = new Float64Array(MAX_ENTRIES);

  constructor(words: WordTable) {
    this.#words = words;
  }

  /** The word id or NO_WORD for `bytes[start..end)`; undefined when it is unknown or outdated. */
  get(bytes: Uint8Array, start: number, end: number): number | undefined {
    const span = this.#spans.find(bytes, start, end);
    if (span < 0) return undefined;
    const target = this.#targets[span];
    return target < 0 || this.#words.serial(target) === this.#serials[span] ? target : undefined;
  }

  set(bytes: Uint8Array, start: number, end: number, target: number): void {
    if (end - start > MAX_SPAN_BYTES) return;
    if (this.#spans.size === MAX_ENTRIES) this.clear();
    const span = this.#spans.intern(bytes, start, end);
    this.#targets[span] = target;
    if (target >= 0) this.#serials[span] = this.#words.serial(target);
  }

  clear(): void {
    this.#spans = new WordTable();
  }
}
