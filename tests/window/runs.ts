// Writes and reads runs of counts for tests.

import type { AddedWords } from "../../lib/window/hot_counts.ts";
import { type SparseCounts, sparseCounts } from "../../lib/window/sparse_counts.ts";
import { WordHolders } from "../../lib/window/word_holders.ts";

type Entry = readonly [id: number, count: number];

/** A run of these entries. Its number of words is the sum of the counts unless it is given. */
export function runOf(
  entries: readonly Entry[],
  { words, smallest = 0 }: { words?: number; smallest?: number } = {},
): SparseCounts {
  const ids = Int32Array.from(entries, ([id]) => id);
  const counts = Uint32Array.from(entries, ([, count]) => count);
  const sum = counts.reduce((a, b) => a + b, 0);
  return sparseCounts(ids, counts, { length: entries.length, words: words ?? sum, smallest });
}

/** Words to add, each once. */
export function wordsOf(ids: readonly number[]): AddedWords {
  return { ids: Int32Array.from(ids), idCount: ids.length };
}

export function entriesOf({ ids, counts }: SparseCounts): Entry[] {
  return Array.from(ids, (id, i) => [id, counts[i]]);
}

/** Holders of ids below `idLimit`, with a log of the released ids. */
export function loggedHolders(idLimit: number): { holders: WordHolders; released: number[] } {
  const released: number[] = [];
  const holders = new WordHolders({ release: (id) => released.push(id) });
  holders.reserve(idLimit);
  return { holders, released };
}
