// However many ask, answers take no more than a share of the time.

import type { Clock } from "../async/clock.ts";

/** One of so many parts of the time goes to answers at most, and as much again to what cannot be measured. */
const PARTS = 40;
/** What an answer costs beside its own work, in sockets and system calls, more or less. */
const SOCKETS_MS = 0.3;
/** So much may be used at once, after a while without: a page with all that belongs to it, a round of scrapes. */
const MAX_CREDIT_MS = 300;

/**
 * Makes a function that runs what it is given one after the other, in order; once its share of the time is used up, with
 * rests in between. The rests end when `signal` is aborted.
 */
export function takeTurns(clock: Clock, signal: AbortSignal): <T>(work: () => T | Promise<T>) => Promise<T> {
  let free: Promise<void> = Promise.resolve();
  let creditMs = MAX_CREDIT_MS;
  let creditOfMs = clock.monotonicMs();

  /** Takes what a piece of work has cost off the credit; returns how long to rest until there is some again. */
  function charge(costMs: number): number {
    const nowMs = clock.monotonicMs();
    creditMs = Math.min(MAX_CREDIT_MS, creditMs + (nowMs - creditOfMs) / PARTS) - costMs;
    creditOfMs = nowMs;
    return Math.max(0, -creditMs * PARTS);
  }

  return (work) => {
    let restMs = 0;
    const turn = free.then(async () => {
      const startMs = clock.monotonicMs();
      try {
        return await work();
      } finally {
        restMs = charge(clock.monotonicMs() - startMs + SOCKETS_MS);
      }
    });
    const rest = () => restMs > 0 ? clock.sleep(restMs, signal) : undefined;
    free = turn.then(rest, rest);
    return turn;
  };
}
