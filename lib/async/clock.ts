// The one place that reads a clock. Everything else is told the time, or holds a Clock.

/** Two clocks and a way to wait. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch; it may step. For timestamps. */
  nowMs(): number;
  /** Milliseconds since some fixed moment, with a fraction; it never goes back. For durations. */
  monotonicMs(): number;
  /**
   * Waits that long (Infinity: for ever), or until `signal` is aborted (then it resolves too: the caller looks at the
   * signal).
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

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
      const timer = Number.isFinite(ms) ? setTimeout(done, ms) : undefined;
      signal?.addEventListener("abort", done, { once: true });
    });
  },
};

/**
 * The system's monotonic clock in microseconds, as other processes read it (CLOCK_MONOTONIC): up to a second ahead, since
 * Deno tells the system's uptime in seconds, which the kernel rounds up. Needs the permission `sys: osUptime`.
 */
export function systemMonotonicUsec(): number {
  return Deno.osUptime() * 1_000_000;
}
