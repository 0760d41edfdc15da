// What a pane holds once nobody adds to it any more: ids and counts side by side, ids ascending. Ascending ids make
// entering and leaving a window a walk through memory in one direction, and merging a zip.

type CountArray = Uint8Array | Uint16Array | Uint32Array;

/** Counts of words by id: ids ascending, each once. */
export interface SparseCounts {
  readonly ids: Int32Array;
  /** Beside `ids`; as narrow as the largest count allows. */
  readonly counts: CountArray;
  /** Sum of `counts`, at most MAX_WORDS. */
  readonly words: number;
}

/** So many words go into one array of counts, whatever they are: no count overflows. */
export const MAX_WORDS = 2 ** 32 - 1;

/** Takes the first `length` ids and counts; both arrays are copied, and may be used again. */
export function sparseCounts(
  ids: Int32Array,
  counts: Uint32Array,
  { length, words }: { length: number; words: number },
): SparseCounts {
  let bits = 0; // of the largest count and others: as wide as it
  for (let i = 0; i < length; i++) bits |= counts[i];
  const narrow = bits >>> 8 === 0
    ? new Uint8Array(length)
    : bits >>> 16 === 0
    ? new Uint16Array(length)
    : new Uint32Array(length);
  narrow.set(counts.subarray(0, length));
  return { ids: ids.slice(0, length), counts: narrow, words };
}

/**
 * Appends `added` to the runs of a pane, and merges runs so that few remain: a run is merged into the one before it
 * unless it is less than half as large. So there are at most log2 of the distinct words, and each entry is copied as
 * often. `holders` counts by id the runs that hold it; it loses one where a merge makes one entry of two.
 */
export function appendCounts(runs: SparseCounts[], added: SparseCounts, holders: Uint32Array): void {
  let last = added;
  for (let before = runs.at(-1); before !== undefined; before = runs.at(-1)) {
    if (last.ids.length * 2 < before.ids.length || before.words + last.words > MAX_WORDS) break;
    last = mergeCounts(before, last, holders);
    runs.pop();
  }
  runs.push(last);
}

function mergeCounts(a: SparseCounts, b: SparseCounts, holders: Uint32Array): SparseCounts {
  const ids = new Int32Array(a.ids.length + b.ids.length);
  const counts = new Uint32Array(ids.length);
  let i = 0;
  let j = 0;
  let length = 0;
  while (i < a.ids.length || j < b.ids.length) {
    const idA = i < a.ids.length ? a.ids[i] : Infinity;
    const idB = j < b.ids.length ? b.ids[j] : Infinity;
    const id = idA < idB ? idA : idB;
    let count = 0;
    if (idA === id) count += a.counts[i++];
    if (idB === id) count += b.counts[j++];
    if (idA === idB) holders[id]--;
    ids[length] = id;
    counts[length++] = count;
  }
  return sparseCounts(ids, counts, { length, words: a.words + b.words });
}
