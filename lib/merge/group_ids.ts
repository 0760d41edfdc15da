// GroupIds finds the words of one table in the group's table. It remembers the id of each word there. Most words of a report
// were in the member's last one, too.

import { grownLength } from "../window/grown_length.ts";
import type { WordTable } from "../words/word_table.ts";
import { findIds } from "./pane_words.ts";
import type { WordBytes } from "./report_encoder.ts";

/** Arrays that have become so many times too long are cut, as the table of words is. Short ones stay. */
const SHRINK_FACTOR = 4;
const MIN_SHRUNK_IDS = 100_000;

/** The table of the words that are sent. */
export interface SentWords extends WordBytes {
  /** All ids are below this number. */
  readonly idLimit: number;
  /** All words have lower serials; those that are added later do not. */
  readonly nextSerial: number;
  /** A number that no other word gets, not even under the same id; -1 for a free id. */
  serial(id: number): number;
}

export class GroupIds {
  readonly words: SentWords;
  readonly #groupWords: WordTable;
  /** By id: the word's id in the group's table when it was last found, and the serials of both then. */
  #groupIds = new Int32Array(0);
  #serials = new Float64Array(0);
  #groupSerials = new Float64Array(0);

  constructor(words: SentWords, groupWords: WordTable) {
    this.words = words;
    this.#groupWords = groupWords;
  }

  /** The ids for which there is room; each takes 20 bytes. */
  get room(): number {
    return this.#groupIds.length;
  }

  /** The words' ids in the group's table, to which new words are added. Nothing holds them yet. */
  of(ids: Int32Array): Int32Array {
    const { words } = this;
    this.#reserve(words.idLimit);
    const group = this.#groupWords;
    const groupIds = this.#groupIds;
    const serials = this.#serials;
    const groupSerials = this.#groupSerials;
    const found = new Int32Array(ids.length);
    /** Indexes. */
    const unknown = new Int32Array(ids.length);
    let unknownCount = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      const groupId = groupIds[id];
      // Either table may have released the word since, and assigned the id anew.
      if (serials[id] === words.serial(id) && groupSerials[id] === group.serial(groupId)) found[i] = groupId;
      else unknown[unknownCount++] = i;
    }
    if (unknownCount > 0) this.#find(unknown.subarray(0, unknownCount), ids, found);
    return found;
  }

  #find(indexes: Int32Array, ids: Int32Array, found: Int32Array): void {
    const { words } = this;
    const unknown = indexes.map((index) => ids[index]);
    const lengths = words.byteLengths(unknown);
    const starts = new Int32Array(indexes.length);
    const ends = new Int32Array(indexes.length);
    let length = 0;
    for (let i = 0; i < unknown.length; i++) {
      starts[i] = length;
      length += lengths[i];
      ends[i] = length;
    }
    const bytes = new Uint8Array(length);
    words.copyWords(unknown, bytes);
    const groupIds = findIds({ bytes, starts, ends }, this.#groupWords);
    indexes.forEach((index, i) => {
      const id = unknown[i];
      found[index] = this.#groupIds[id] = groupIds[i];
      this.#serials[id] = words.serial(id);
      this.#groupSerials[id] = this.#groupWords.serial(groupIds[i]);
    });
  }

  #reserve(idLimit: number): void {
    const before = this.#groupIds.length;
    if (before >= idLimit && before <= Math.max(MIN_SHRUNK_IDS, SHRINK_FACTOR * idLimit)) return;
    const length = before < idLimit ? grownLength(before, idLimit) : idLimit;
    const kept = Math.min(before, length);
    const groupIds = new Int32Array(length);
    groupIds.set(this.#groupIds.subarray(0, kept));
    this.#groupIds = groupIds;
    // No word has this serial.
    const serials = new Float64Array(length).fill(NaN);
    serials.set(this.#serials.subarray(0, kept));
    this.#serials = serials;
    const groupSerials = new Float64Array(length);
    groupSerials.set(this.#groupSerials.subarray(0, kept));
    this.#groupSerials = groupSerials;
  }
}
