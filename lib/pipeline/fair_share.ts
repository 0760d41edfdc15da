// Divides the records of one turn among the lanes that have some.

/**
 * The most that each lane may take so that all together take `total`: lanes with fewer records leave their rest to the
 * others. At least 1. O(n log n).
 */
export function fairShare(total: number, runLengths: readonly number[]): number {
  const ascending = Float64Array.from(runLengths).sort();
  let left = total;
  for (let index = 0; index < ascending.length; index++) {
    const share = left / (ascending.length - index);
    if (ascending[index] > share) return Math.max(1, Math.floor(share));
    left -= Math.max(0, ascending[index]);
  }
  return Math.max(1, total);
}
