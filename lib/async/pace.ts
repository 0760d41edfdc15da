// A Pace limits how often a loop sends requests. After some requests in a row without progress it pauses before each
// further one, and doubles the pause each time, up to 2 s.

import type { Clock } from "./clock.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** After this long without a request the loop starts afresh. */
const QUIET_MS = 3 * LONGEST_PAUSE_MS;
const FREE_REQUESTS = 10;

/** Requests without progress: some are free, so that normal work is not slowed; then the pauses double, up to 2 s. */
export class Pace {
  readonly #clock: Pick<Clock, "monotonicMs" | "sleep">;
  readonly #freeRequests: number;
  #requests = 0;
  #lastMs = -Infinity;

  constructor(
    clock: Pick<Clock, "monotonicMs" | "sleep">,
    { freeRequests = FREE_REQUESTS }: { readonly freeRequests?: number } = {},
  ) {
    this.#clock = clock;
    this.#freeRequests = freeRequests;
  }

  /** The free requests are used up: the loop makes no progress. */
  get isSlow(): boolean {
    return this.#requests > this.#freeRequests;
  }

  /** The last request has brought the loop forward. */
  progress(): void {
    this.#requests = 0;
  }

  /** How long to wait before the next request, which counts from now on. */
  nextPauseMs(): number {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastMs >= QUIET_MS) this.#requests = 0;
    const late = this.#requests++ - this.#freeRequests;
    const pauseMs = late < 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** late);
    this.#lastMs = nowMs + pauseMs;
    return pauseMs;
  }

  /** Waits until the next request is due. */
  async wait(signal: AbortSignal): Promise<void> {
    const pauseMs = this.nextPauseMs();
    if (pauseMs > 0) await this.#clock.sleep(pauseMs, signal);
  }
}
