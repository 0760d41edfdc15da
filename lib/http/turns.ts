// However many ask, answers take no more than a share of the time.

import type { Clock } from "../clock.ts";

/**
 * After a piece of work the next one waits so many times as long as it took: a twentieth of the time goes here at most, and
 * as much again to the sockets.
 */
const REST_FACTOR = 20;

/**
 * Makes a function that runs what it is given one after the other, in order, with a rest after each; the first of them
 * begins at once. The rests end when `signal` is aborted.
 */
export function takeTurns(clock: Clock, signal: AbortSignal): <T>(work: () => Promise<T>) => Promise<T> {
  let free: Promise<void> = Promise.resolve();
  return (work) => {
    let restMs = 0;
    const turn = free.then(async () => {
      const startMs = clock.monotonicMs();
      try {
        return await work();
      } finally {
        restMs = (clock.monotonicMs() - startMs) * REST_FACTOR;
      }
    });
    const rest = () => restMs > 0 ? clock.sleep(restMs, signal) : undefined;
    free = turn.then(rest, rest);
    return turn;
  };
}
