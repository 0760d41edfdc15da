// The bound on a pane's distinct words, for what has left its dense counts. Those keep to it themselves; but a pane that
// goes in and out of them, or gains late records, has several runs, and all their words together may be too many. Then
// the runs become one of its largest counts. What Space-Saving promises holds on: a count is never too low, and the
// smallest one is a bound to what any word may have that is not held, and to how much a count is too high.
// (Agarwal et al., Mergeable Summaries, 2012.)

import { mergeCounts, type SparseCounts } from "./sparse_counts.ts";
import type { WordHolders } from "./word_holders.ts";

/** How many entries the runs have; a word has one in each that holds it. */
export function entryCount(runs: readonly SparseCounts[]): number {
  return runs.reduce((sum, { ids }) => sum + ids.length, 0);
}

/**
 * Where the runs have more than `maxEntries`, makes them one run of at most `maxWords` words. O(entries * log entries);
 * a `maxEntries` of a multiple of `maxWords` lets as many entries come in between.
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

/** Keeps as many words as that, those with the largest counts; of equal counts the lowest ids, which are oldest. */
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
