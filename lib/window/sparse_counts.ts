// What a pane holds once nobody adds to it any more: ids and counts side by side, ids ascending. Ascending ids make
// entering and leaving a window a walk through memory in one direction, and merging a zip.

type CountArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Counts of words by id: ids ascending, each once. */
export interface SparseCounts {
  readonly ids: Int32Array;
  /** Beside `ids`; as narrow as the largest count allows. */
  readonly counts: CountArray;
  /** How many words were counted: the sum of `counts`, as long as they are exact. No count is above it. */
  readonly words: number;
  /**
   * A word that is not held may have occurred so often, and no count is below it or too high by more. 0: the counts are
   * exact, and the words all there were.
   */
  readonly smallest: number;
}

/** So many words at most are counted in 32 bits, whatever they are: no count overflows. */
export const MAX_WORDS = 2 ** 32 - 1;

/** Takes the first `length` ids and counts; both arrays are copied, and may be used again. */
export function sparseCounts(
  ids: Int32Array,
  counts: Uint32Array | Float64Array,
  { length, words, smallest }: { length: number; words: number; smallest: number },
): SparseCounts {
  const narrow = counts instanceof Float64Array ? counts.slice(0, length) : narrowed(counts, length);
  return { ids: ids.slice(0, length), counts: narrow, words, smallest };
}

/** How often the word occurs, or may have occurred where it is not held. O(log n). */
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

function narrowed(counts: Uint32Array, length: number): CountArray {
  let bits = 0; // of the largest count and others: as wide as it
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
 * Appends `added` to the runs of a pane, and merges runs so that few remain: a run is merged into the one before it
 * unless it is less than half as large. So there are at most log2 of the distinct words, and each entry is copied as
 * often. `holders` counts by id the runs that hold it; it loses one where a merge makes one entry of two.
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

/** One run that says of every word what both together say. */
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
