const MAX_TRIES = 3000;
const MAX_MS = 10_000;

/** The smallest part of `input` that is found in a short time and for which `isSame` still holds. */
export async function minimise(
  input: Uint8Array,
  isSame: (smaller: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  const deadlineMs = performance.now() + MAX_MS;
  let smallest = input;
  let tries = 0;
  const isTimeLeft = () => tries++ < MAX_TRIES && performance.now() < deadlineMs;
  for (let size = Math.max(1, input.length >> 1); size > 0 && isTimeLeft(); size >>= 1) {
    for (let at = 0; at < smallest.length && isTimeLeft();) {
      const smaller = new Uint8Array(smallest.length - Math.min(size, smallest.length - at));
      smaller.set(smallest.subarray(0, at));
      smaller.set(smallest.subarray(at + size), at);
      if (await isSame(smaller)) smallest = smaller;
      else at += size;
    }
  }
  return smallest;
}
