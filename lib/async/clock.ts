// The only file that reads the system clock or sets a timer. All other code takes the time as an argument or holds a
// Clock, so that tests and the simulation control time.

/** Two clocks and a way to wait. */
export interface Clock {
  /** Wall clock, in milliseconds since the epoch, for timestamps. It may step. */
  nowMs(): number;
  /** Milliseconds since some fixed moment, with a fraction, for durations. It never goes back. */
  monotonicMs(): number;
  /**
   * Waits that long; Infinity waits for ever, a time below 0 not at all. An abort of `signal` ends the wait early, and
   * resolves too.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = ms < Infinity ? setTimeout(done, Math.max(ms, 0)) : undefined;
      signal?.addEventListener("abort", done, { once: true });
    });
  },
};

/** An abort without a reason makes an exception with a stack, which is expensive. */
const CANCELLED = "cancelled";

/** Calls `action` after `ms`, unless the function that it returns is called before. */
export function runAfter(clock: Pick<Clock, "sleep">, ms: number, action: () => void): () => void {
  const cancelling = new AbortController();
  void clock.sleep(ms, cancelling.signal).then(() => {
    if (!cancelling.signal.aborted) action();
  });
  return () => cancelling.abort(CANCELLED);
}

/**
 * The system's monotonic clock (CLOCK_MONOTONIC) in microseconds, as other processes read it. It is up to a second ahead:
 * Deno reports the uptime in seconds, which the kernel rounds up. It needs the permission `sys: osUptime`.
 */
export function systemMonotonicUsec(): number {
  return Deno.osUptime() * 1_000_000;
}
