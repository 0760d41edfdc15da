// Words are data from strangers: the hash is keyed with random numbers, so that nobody can prepare words that fall
// into one slot. Every four bytes are spread over all bits before the next four join them; without that, differences
// that only reach the upper bits of a product could be made to cancel each other whatever the key is.

/** A random key of a hash; the multipliers are odd. */
export interface HashKey {
  readonly seed: number;
  readonly multiplier1: number;
  readonly multiplier2: number;
}

export function randomHashKey(): HashKey {
  const [seed, multiplier1, multiplier2] = crypto.getRandomValues(new Int32Array(3));
  return { seed, multiplier1: multiplier1 | 1, multiplier2: multiplier2 | 1 };
}

/** Takes four bytes more into `hash`, whose upper bits are the good ones. */
export function mixed(hash: number, word: number, multiplier1: number, multiplier2: number): number {
  const h = hash ^ word;
  const product = Math.imul(h ^ (h >>> 16), multiplier1);
  return Math.imul(product ^ (product >>> 15), multiplier2);
}
