// Finds the few largest of many counts without sorting them all. A heap holds the best counts so far, with the smallest of
// them at the root, so that one comparison rejects nearly every other count.

export interface TopOptions {
  /** Only ids below it take part. */
  readonly limit: number;
  /** The most ids in the result. */
  readonly k: number;
  /** Whether an id with a count of 0 takes part. */
  isHeldAtZero(id: number): boolean;
  /** Orders words with equal counts: negative when a comes first. */
  compare(a: number, b: number): number;
}

/**
 * Returns the ids with the largest counts, largest first. O(limit * log k) at worst, about O(limit) on real counts.
 */
export function topIds(counts: Float64Array, { limit, k, isHeldAtZero, compare }: TopOptions): number[] {
  const isAfter = (a: number, b: number) =>
    counts[a] < counts[b] || (counts[a] === counts[b] && compare(a, b) > 0);
  const heap: number[] = [];
  let id = 0;
  for (; id < limit && heap.length < k; id++) {
    if (counts[id] > 0 || isHeldAtZero(id)) siftUp(heap, id, isAfter);
  }
  if (k > 0 && heap.length === k) {
    // The second loop sees nearly all ids. There, a check whether an id takes part would cost a third more time.
    for (; id < limit && counts[heap[0]] === 0; id++) {
      if ((counts[id] > 0 || isHeldAtZero(id)) && isAfter(heap[0], id)) siftDown(heap, id, isAfter);
    }
    let least = counts[heap[0]];
    for (; id < limit; id++) {
      const count = counts[id];
      if (count < least || !isAfter(heap[0], id)) continue;
      siftDown(heap, id, isAfter);
      least = counts[heap[0]];
    }
  }
  return heap.sort((a, b) => counts[b] - counts[a] || compare(a, b));
}

/** Adds an id to the heap. */
function siftUp(heap: number[], id: number, isAfter: (a: number, b: number) => boolean): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isAfter(id, heap[parent])) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = id;
}

/** Replaces the root of the heap by an id. */
function siftDown(heap: number[], id: number, isAfter: (a: number, b: number) => boolean): void {
  let at = 0;
  while (true) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isAfter(heap[child + 1], heap[child])) child++;
    if (!isAfter(heap[child], id)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = id;
}
