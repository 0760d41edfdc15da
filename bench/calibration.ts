// Measures the present speed of the machine with a fixed loop: half arithmetic, half memory accesses beyond the caches, as
// in counting words. The baseline stores times as multiples of its step.

import { systemClock } from "../lib/async/clock.ts";
import { median } from "../tests/oracle/median.ts";

const STEPS = 4_000_000;
const ROUNDS = 7;
/** Numbers of 4 bytes: more than the second-level cache holds. */
const TABLE_LENGTH = 1 << 22;

/** The nanoseconds of one step, the median of some rounds; takes about half a second. */
export function calibrate(): number {
  const table = new Uint32Array(TABLE_LENGTH);
  const times = Array.from({ length: ROUNDS }, () => {
    const startMs = systemClock.monotonicMs();
    walk(table);
    return (systemClock.monotonicMs() - startMs) * 1e6 / STEPS;
  });
  return median(times);
}

/** Each step hashes a number and counts in its slot. */
function walk(table: Uint32Array): void {
  let state = 1;
  for (let step = 0; step < STEPS; step++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + step | 0;
    state ^= state >>> 12;
    table[state & (TABLE_LENGTH - 1)]++;
  }
}
