// copyMatch is the copying step that the decompressors of LZ4 and Snappy share.

/** Up to this length a loop is faster than a call. */
const LOOP_BYTES = 32;

/** Copies from `distance` before `at`, and repeats the bytes just written, as Lempel-Ziv codes do. Unchecked. */
export function copyMatch(output: Uint8Array, at: number, distance: number, length: number): void {
  if (length <= LOOP_BYTES) {
    for (let i = at, end = at + length; i < end; i++) output[i] = output[i - distance];
    return;
  }
  // The repeated part doubles with every copy.
  let copied = 0;
  while (copied < length) {
    const step = Math.min(distance + copied, length - copied);
    output.copyWithin(at + copied, at - distance, at - distance + step);
    copied += step;
  }
}
