// WordHash hashes the bytes of words under a seed that is kept with what is stored by hash: snapshots outlive the process,
// and the keys of WordSlots do not. The seed is random, so that no stream can aim at the places of another word.

const MULTIPLIER_A = 0x85ebca6b;
const MULTIPLIER_B = 0xc2b2ae35;
const STEP_A = 0x9e3779b1;
const STEP_B = 0x5f356495;

/** Two 32-bit numbers. */
export type HashSeed = readonly [number, number];

export function randomHashSeed(): HashSeed {
  const [a, b] = crypto.getRandomValues(new Int32Array(2));
  return [a, b];
}

export class WordHash {
  readonly seed: HashSeed;
  /** Two hashes of the word last hashed, each of 32 bits. They are independent of each other. */
  first = 0;
  second = 0;

  constructor(seed: HashSeed) {
    this.seed = seed;
  }

  /** Sets `first` and `second` to those of `bytes[start..end)`. */
  hash(bytes: Uint8Array, start: number, end: number): void {
    let [a, b] = this.seed;
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      a = Math.imul(a ^ byte, STEP_A);
      a ^= a >>> 15;
      b = Math.imul(b ^ byte, STEP_B);
      b ^= b >>> 13;
    }
    this.first = mixed(a ^ Math.imul(b, MULTIPLIER_A));
    this.second = mixed(b ^ Math.imul(a, MULTIPLIER_B));
  }
}

function mixed(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ mixed >>> 16, MULTIPLIER_A);
  mixed = Math.imul(mixed ^ mixed >>> 13, MULTIPLIER_B);
  return mixed ^ mixed >>> 16;
}
