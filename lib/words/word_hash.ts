// WordHash hashes the bytes of words for what is stored by hash: snapshots outlive the process, and the keys of WordSlots do
// not. The hash is the same in every process, so that the same stream gives the same result. A stream can aim at the
// places of another word: it may serve only where that gains no more than writing the other word itself.

const MULTIPLIER_A = 0x85ebca6b;
const MULTIPLIER_B = 0xc2b2ae35;
const START_A = 0x2c1b3c6d;
const START_B = 0x297a2d39;
const STEP_A = 0x9e3779b1;
const STEP_B = 0x5f356495;

export class WordHash {
  /** Two hashes of the word last hashed, each of 32 bits. They are independent of each other. */
  first = 0;
  second = 0;

  /** Sets `first` and `second` to those of `bytes[start..end)`. */
  hash(bytes: Uint8Array, start: number, end: number): void {
    let a = START_A;
    let b = START_B;
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
