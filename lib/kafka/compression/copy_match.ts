/** Below so many bytes a loop is faster than a call. */
const LOOP_BYTES = 32;

/**
 * Repeats in `output`, from `at` on, the `length` bytes that begin `distance` before it. Where they reach beyond
 * `at` they repeat what is being written, as Lempel-Ziv codes mean it. The caller has checked that all of it lies
 * within `output`.
 */
export function copyMatch(output: Uint8Array, at: number, distance: number, length: number): void {
  if (length <= LOOP_BYTES) {
    for (let i = at, end = at + length; i < end; i++) output[i] = output[i - distance];
    return;
  }
  // What is repeated doubles with every copy.
  let copied = 0;
  while (copied < length) {
    const step = Math.min(distance + copied, length - copied);
    output.copyWithin(at + copied, at - distance, at - distance + step);
    copied += step;
  }
}
