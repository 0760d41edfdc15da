// The counts of a pane to which nothing is added any more: ids in ascending order, with their counts. Ascending ids let a
// window gain and lose a pane in one direction through memory, and let two panes merge in one pass.

type CountArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Counts of words by id: ids ascending, each once. */
export interface SparseCounts {
  readonly ids: Int32Array;
  /** Parallel to `ids`, in the narrowest type that fits the largest count. */
  readonly counts: CountArray;
  /** The number of words counted, or the sum of their weights. No count is above it; exact counts add up to it. */
  readonly words: number;
  /**
   * The largest possible count of a word that is missing here. No count is below it, and none is too high by more. At 0
   * the counts are exact and no word is missing.
   */
  readonly smallest: number;
}

/** No 32-bit count overflows up to this many words. */
export const MAX_WORDS = 2 ** 32 - 1;
/** Where fewer than one id in this many is touched, sorting the touched ids is cheaper than a walk through all ids. */
const SORT_BELOW_ONE_IN = 64;

/** Copies the first `length` ids and counts, so that the caller may reuse both arrays. */
export function sparseCounts(
  ids: Int32Array,
  counts: Uint32Array | Float64Array,
  { length, words, smallest }: { length: number; words: number; smallest: number },
): SparseCounts {
  const narrow = counts instanceof Float64Array ? narrowedSums(counts, length) : narrowed(counts, length);
  return { ids: ids.slice(0, length), counts: narrow, words, smallest };
}

/** Whether `takeTouched` is cheaper than a walk through all `counts`. */
export function isCheapToSort(touched: number, counts: { readonly length: number }): boolean {
  return touched * SORT_BELOW_ONE_IN < counts.length;
}

/** Takes the counts of the first `length` ids out of an array with a count for every id. Sorts these ids in place. */
export function takeTouched(
  touched: Int32Array,
  counts: Uint32Array | Float64Array,
  totals: { readonly length: number; readonly words: number; readonly smallest: number },
): SparseCounts {
  const { length } = totals;
  const ids = touched.subarray(0, length).sort();
  const taken = counts instanceof Float64Array ? new Float64Array(length) : new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    taken[i] = counts[ids[i]];
    counts[ids[i]] = 0;
  }
  return sparseCounts(ids, taken, totals);
}

/** Returns the count of the word; for a missing word, its largest possible count. O(log n). */
export function countIn({ ids, counts, smallest }: SparseCounts, id: number): number {
  let from = 0;
  let to = ids.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ids[middle] < id) from = middle + 1;
    else to = middle;
  }
  return ids[from] === id ? counts[from] : smallest;
}

function narrowedSums(counts: Float64Array, length: number): CountArray {
  let largest = 0;
  for (let i = 0; i < length; i++) if (counts[i] > largest) largest = counts[i];
  const sums = counts.subarray(0, length);
  return largest > MAX_WORDS ? sums.slice() : narrowed(new Uint32Array(sums), length);
}

function narrowed(counts: Uint32Array, length: number): CountArray {
  let bits = 0; // as wide as the largest count
  for (let i = 0; i < length; i++) bits |= counts[i];
  const narrow = bits >>> 8 === 0
    ? new Uint8Array(length)
    : bits >>> 16 === 0
    ? new Uint16Array(length)
    : new Uint32Array(length);
  narrow.set(counts.subarray(0, length));
  return narrow;
}

/**
 * Appends `added` to the runs of a pane and merges runs so that few remain: a run merges with the one before it unless it
 * is less than half as large. So at most log2(distinct words) runs remain, and each entry is copied as often. `holders`
 * counts the runs that hold an id, so a merge of two entries lowers it.
 */
export function appendCounts(runs: SparseCounts[], added: SparseCounts, holders: Uint32Array): void {
  let last = added;
  for (let before = runs.at(-1); before !== undefined; before = runs.at(-1)) {
    if (last.ids.length * 2 < before.ids.length) break;
    last = mergeCounts(before, last, holders);
    runs.pop();
  }
  runs.push(last);
}

/** Returns one run with the sum of both counts for every word. */
export function mergeCounts(a: SparseCounts, b: SparseCounts, holders: Uint32Array): SparseCounts {
  const words = a.words + b.words;
  const ids = new Int32Array(a.ids.length + b.ids.length);
  const counts = words <= MAX_WORDS ? new Uint32Array(ids.length) : new Float64Array(ids.length);
  let i = 0;
  let j = 0;
  let length = 0;
  while (i < a.ids.length || j < b.ids.length) {
    const idA = i < a.ids.length ? a.ids[i] : Infinity;
    const idB = j < b.ids.length ? b.ids[j] : Infinity;
    const id = idA < idB ? idA : idB;
    const countA = idA === id ? a.counts[i++] : a.smallest;
    const countB = idB === id ? b.counts[j++] : b.smallest;
    if (idA === idB) holders[id]--;
    ids[length] = id;
    counts[length++] = countA + countB;
  }
  return sparseCounts(ids, counts, { length, words, smallest: a.smallest + b.smallest });
}
