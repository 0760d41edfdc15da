// How fast this machine is just now: a loop that never changes, half arithmetic and half memory that no cache holds, as
// counting words is. What the program takes is compared over time as multiples of it.

import { systemClock } from "../lib/async/clock.ts";
import { median } from "../tests/oracle/median.ts";

const STEPS = 4_000_000;
const ROUNDS = 7;
/** Numbers of 4 bytes each: beyond the second cache of today's processors. */
const TABLE_LENGTH = 1 << 22;

/** Nanoseconds of one step, the median of some rounds; about half a second. */
export function calibrate(): number {
  const table = new Uint32Array(TABLE_LENGTH);
  const times = Array.from({ length: ROUNDS }, () => {
    const startMs = systemClock.monotonicMs();
    walk(table);
    return (systemClock.monotonicMs() - startMs) * 1e6 / STEPS;
  });
  return median(times);
}

/** Each step hashes a number and counts at that place. */
function walk(table: Uint32Array): void {
  let state = 1;
  for (let step = 0; step < STEPS; step++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + step | 0;
    state ^= state >>> 12;
    table[state & (TABLE_LENGTH - 1)]++;
  }
}
