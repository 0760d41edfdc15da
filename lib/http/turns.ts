// However many ask, answers take no more than a share of the time.

import type { Clock } from "../clock.ts";

/**
 * After a piece of work the next one waits so many times as long as it took: a fortieth of the time goes here at most, and
 * as much again to what cannot be measured.
 */
const REST_FACTOR = 40;
/** What an answer costs beside that, in sockets and system calls, more or less. */
const SOCKETS_MS = 0.3;
/** Answers that may come one upon the other before that is asked for: a page with all that belongs to it, a round of scrapes. */
const MAX_BURST = 1000;

/**
 * Makes a function that runs what it is given one after the other, in order, with a rest after each; the first of them
 * begins at once. The rests end when `signal` is aborted.
 */
export function takeTurns(clock: Clock, signal: AbortSignal): <T>(work: () => T | Promise<T>) => Promise<T> {
  let free: Promise<void> = Promise.resolve();
  const maxCreditMs = MAX_BURST * SOCKETS_MS * REST_FACTOR;
  let creditMs = maxCreditMs;
  let creditOfMs = clock.monotonicMs();

  /** How much of the rest that its sockets ask for an answer has to wait for. */
  function owedMs(nowMs: number): number {
    creditMs = Math.min(maxCreditMs, creditMs + nowMs - creditOfMs) - SOCKETS_MS * REST_FACTOR;
    creditOfMs = nowMs;
    return Math.max(0, -creditMs);
  }

  return (work) => {
    let restMs = 0;
    const turn = free.then(async () => {
      const startMs = clock.monotonicMs();
      try {
        return await work();
      } finally {
        const nowMs = clock.monotonicMs();
        restMs = (nowMs - startMs) * REST_FACTOR + owedMs(nowMs);
      }
    });
    const rest = () => restMs > 0 ? clock.sleep(restMs, signal) : undefined;
    free = turn.then(rest, rest);
    return turn;
  };
}
