// Spans that stand for a word whose bytes are others (" Ä " for "ä"), or for none. Finding that out takes decoding,
// so it is done once for each. It is a cache: emptied when full, and an entry whose word is gone is as good as none.

import { WordTable } from "./word_table.ts";

const MAX_ENTRIES = 32_768;
/** A longer span is decoded each time; there is a bound to what strangers can make us keep. */
const MAX_SPAN_BYTES = 256;

/** What spans of bytes stand for: the id of a word in `words`, or one of NO_WORD. */
export class AliasCache {
  readonly #words: WordTable;
  #spans = new WordTable();
  readonly #targets = new Int32Array(MAX_ENTRIES);
  readonly #births = new Float64Array(MAX_ENTRIES);

  constructor(words: WordTable) {
    this.#words = words;
  }

  /** What `bytes[start..end)` stands for; undefined when that is not known, or no longer right. */
  get(bytes: Uint8Array, start: number, end: number): number | undefined {
    const span = this.#spans.find(bytes, start, end);
    if (span < 0) return undefined;
    const target = this.#targets[span];
    return target < 0 || this.#words.birth(target) === this.#births[span] ? target : undefined;
  }

  set(bytes: Uint8Array, start: number, end: number, target: number): void {
    if (end - start > MAX_SPAN_BYTES) return;
    if (this.#spans.size === MAX_ENTRIES) this.clear();
    const span = this.#spans.intern(bytes, start, end);
    this.#targets[span] = target;
    if (target >= 0) this.#births[span] = this.#words.birth(target);
  }

  clear(): void {
    this.#spans = new WordTable();
  }
}
