// boundRuns limits the distinct words in the sparse counts of a pane. Dense counts keep to the limit themselves. A pane
// that leaves dense counts several times, or gains late records, has several sparse counts (runs), with too many words
// together. Then they are merged into one run that keeps the largest counts. The guarantees of Space-Saving still hold:
// no count is too low, and the smallest count bounds the count of any missing word and the error of every count.
// (Agarwal et al., Mergeable Summaries, 2012.)

import { mergeCounts, type SparseCounts } from "./sparse_counts.ts";
import type { WordHolders } from "./word_holders.ts";

/** The entries of all runs. A word has one entry in each run that holds it. */
export function entryCount(runs: readonly SparseCounts[]): number {
  return runs.reduce((sum, { ids }) => sum + ids.length, 0);
}

/**
 * Merges runs with more than `maxEntries` entries into one run of at most `maxWords` words. O(entries * log entries). A
 * `maxEntries` above `maxWords` makes this cost rare.
 */
export function boundRuns(
  runs: SparseCounts[],
  holders: WordHolders,
  { maxEntries, maxWords }: { readonly maxEntries: number; readonly maxWords: number },
): void {
  if (entryCount(runs) <= maxEntries) return;
  const all = runs.reduceRight((merged, run) => mergeCounts(run, merged, holders.counts));
  runs.length = 0;
  runs.push(all.ids.length <= maxWords ? all : keepLargest(all, maxWords, holders));
}

/** Keeps the `maxWords` words with the largest counts; of equal counts the lowest ids, which are the oldest. */
function keepLargest(
  { ids, counts, words }: SparseCounts,
  maxWords: number,
  holders: WordHolders,
): SparseCounts {
  const smallest = counts.slice().sort()[counts.length - maxWords];
  let atSmallest = maxWords;
  for (let i = 0; i < counts.length; i++) if (counts[i] > smallest) atSmallest--;
  const keptIds = new Int32Array(maxWords);
  const keptCounts = counts.slice(0, maxWords);
  let kept = 0;
  for (let i = 0; i < ids.length; i++) {
    if (counts[i] > smallest || (counts[i] === smallest && atSmallest-- > 0)) {
      keptIds[kept] = ids[i];
      keptCounts[kept++] = counts[i];
    } else holders.drop(ids[i]);
  }
  return { ids: keptIds, counts: keptCounts, words, smallest };
}
