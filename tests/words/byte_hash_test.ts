import assert from "node:assert/strict";
import { mixed, randomHashKey } from "../../lib/words/byte_hash.ts";

const BUCKETS_LOG2 = 14;
const PAIRS = 1 << BUCKETS_LOG2;
/** With 1 on average. A key that is bad for some words turns up; most keys are not. */
const MOST_IN_A_BUCKET = 20;
const KEYS = 5;

/** Pairs of four bytes that a simpler hash throws together, whatever its key is. */
const FAMILIES: Record<string, (n: number) => [number, number]> = {
  "numbers in the first word": (n) => [n, 0],
  "numbers in the second word": (n) => [0, n],
  "upper bits of the first word": (n) => [n << (32 - BUCKETS_LOG2), 0],
  "upper bits of both words": (n) => [(n >> 7) << 25, n << 25],
  "halves that undo each other": (n) => [(n >> 7) * 0x00010001, (n & 127) * 0x00010001],
  "halves that undo each other, high": (n) => [((n >> 7) << 9) * 0x00010001, ((n & 127) << 9) * 0x00010001],
  "two letters twice": (n) => [(0x61 + (n % 26)) * 0x01000100 + (0x61 + (n >> 5) % 26) * 0x00010001, n],
};

for (const [name, pairOf] of Object.entries(FAMILIES)) {
  Deno.test(`mixed() spreads ${name}`, () => {
    const fullest = Array.from({ length: KEYS }, () => fullestBucket(pairOf)).toSorted((a, b) => a - b);
    assert.ok(fullest[KEYS >> 1] <= MOST_IN_A_BUCKET, `${fullest} in one bucket`);
  });
}

/** How many pairs of a family fall into one bucket, with a random key. */
function fullestBucket(pairOf: (n: number) => [number, number]): number {
  const { seed, multiplier1, multiplier2 } = randomHashKey();
  const buckets = new Uint32Array(PAIRS);
  for (let n = 0; n < PAIRS; n++) {
    const [first, second] = pairOf(n);
    const hash = mixed(mixed(seed, first, multiplier1, multiplier2), second, multiplier1, multiplier2);
    buckets[hash >>> (32 - BUCKETS_LOG2)]++;
  }
  return Math.max(...buckets);
}
