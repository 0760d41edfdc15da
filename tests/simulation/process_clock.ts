// The clocks of one simulated process: time passes while it is frozen, and its wall clock may be wrong.

import type { Clock } from "../../lib/async/clock.ts";
import type { Process, Timeline } from "./timeline.ts";

/** The correct wall-clock time at the beginning of a simulation. */
export const EPOCH_MS = 1_000_000_000_000;

/** How far ahead of a process's clock a record may be dated. */
export const MAX_FUTURE_MS = 60_000;

export class ProcessClock implements Clock {
  readonly #timeline: Timeline;
  readonly #process: Process;
  readonly #wallOffsetMs: () => number;

  /** @param wallOffsetMs how much the wall clock is ahead */
  constructor(timeline: Timeline, process: Process, wallOffsetMs: () => number) {
    this.#timeline = timeline;
    this.#process = process;
    this.#wallOffsetMs = wallOffsetMs;
  }

  nowMs(): number {
    return EPOCH_MS + this.#timeline.nowMs + this.#wallOffsetMs();
  }

  monotonicMs(): number {
    return this.#timeline.nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      // No timer is shorter than a millisecond, so that time passes.
      if (Number.isFinite(ms)) {
        this.#timeline.at(this.#timeline.nowMs + Math.max(1, ms), this.#process, resolve);
      }
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
