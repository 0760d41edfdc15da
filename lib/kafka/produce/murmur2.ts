// Assigns keys to partitions as Kafka's own producer does, so that other producers of the same key agree.

const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;

/** The hash of Kafka's default partitioner (`Utils.murmur2`), as a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(view.getInt32(at, true), FACTOR);
    word ^= word >>> 24;
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word, FACTOR);
  }
  if (whole < bytes.length) {
    for (let at = bytes.length - 1; at >= whole; at--) hash ^= bytes[at] << 8 * (at - whole);
    hash = Math.imul(hash, FACTOR);
  }
  hash = Math.imul(hash ^ hash >>> 13, FACTOR);
  return hash ^ hash >>> 15;
}

/** The partition of `key` among `partitions`, at least one. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
