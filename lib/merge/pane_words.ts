// PaneWords are words of a report as ids of the group's table. Words are looked up in batches, as the tokenizer looks up the
// words of records.

import { type SparseCounts, sparseCounts } from "../window/sparse_counts.ts";
import { sharedPieces, type TextPlaces } from "../words/pieces.ts";
import type { WordTable } from "../words/word_table.ts";
import type { PaneSection } from "./report_decoder.ts";

/** An id, below 2^26, and an index below this make one exact number. */
const MAX_ENTRIES = 2 ** 27;

/** Some words of a pane. The numbers are those of the whole pane in its report. */
export interface PaneWords extends Pick<PaneSection, "startMs" | "records" | "words" | "error"> {
  /** Parallel to `counts`; no order. */
  readonly ids: Int32Array;
  readonly counts: Float64Array;
  /** The length of all these words. */
  readonly wordBytes: number;
}

/** Finds the ids of the words, and adds new words to the table. Nothing holds them yet. O(bytes). */
export function findWords(section: PaneSection, table: WordTable): PaneWords {
  const { startMs, records, words, error, bytes, counts } = section;
  return { startMs, records, words, error, ids: findIds(section, table), counts, wordBytes: bytes.length };
}

/** Ids of words that follow each other without a gap. New words are added to the table; nothing holds them yet. O(bytes). */
export function findIds(places: TextPlaces, table: WordTable): Int32Array {
  const { bytes, starts, ends } = places;
  const pieces = sharedPieces();
  const ids = new Int32Array(starts.length);
  for (let from = 0; from < ids.length;) {
    const to = pieces.load(places, from, ids.length);
    // The words lie together there, too.
    const shift = pieces.textStarts[0] - starts[from];
    for (let i = from; i < to; i++) pieces.add(starts[i] + shift, ends[i] + shift);
    pieces.prepare(false);
    const allFound = table.findSettled(pieces, ids, from) === to - from;
    pieces.count = 0;
    for (let i = from; !allFound && i < to; i++) {
      if (ids[i] >= 0) continue;
      ids[i] = table.intern(bytes, starts[i], ends[i]);
      table.settle(ids[i]);
    }
    from = to;
  }
  return ids;
}

/** Sections to be added one after the other. The sections of a pane with an error have to become one run. */
export function inSteps<T extends Pick<PaneWords, "startMs" | "error">>(sections: readonly T[]): T[][] {
  const exact = sections.filter(({ error }) => error === 0).map((section) => [section]);
  const bounded = Map.groupBy(sections.filter(({ error }) => error > 0), ({ startMs }) => startMs);
  return [...exact, ...bounded.values()];
}

/** One run of all words of a pane. O(n log n). */
export function runOf(parts: readonly PaneWords[]): SparseCounts {
  const words = Math.max(...parts.map(({ words }) => words));
  const smallest = Math.min(...parts.map(({ error }) => error));
  const total = parts.reduce((sum, { ids }) => sum + ids.length, 0);
  const order = new Float64Array(total);
  const unordered = new Float64Array(total);
  let index = 0;
  for (const { ids, counts } of parts) {
    for (let i = 0; i < ids.length; i++, index++) {
      order[index] = ids[i] * MAX_ENTRIES + index;
      unordered[index] = counts[i];
    }
  }
  // Numbers sort several times as fast as indexes with a comparison.
  order.sort();
  const ids = new Int32Array(total);
  const counts = new Float64Array(total);
  let length = 0;
  for (const key of order) {
    const id = Math.floor(key / MAX_ENTRIES);
    // Only a wrong report has a word twice.
    if (length === 0 || ids[length - 1] !== id) ids[length++] = id;
    counts[length - 1] = Math.min(words, counts[length - 1] + unordered[key % MAX_ENTRIES]);
  }
  return sparseCounts(ids, counts, { length, words, smallest });
}
