// Lets one loop wait for another part's news without polling.

import type { Clock } from "./clock.ts";

/** A reason at hand: an abort without one makes an exception, with a stack. */
const RUNG = "rung";

/** A bell: `wait` ends at the next `ring`, or at once if it rang since the last wait. */
export class Wakeup {
  readonly #clock: Clock;
  #rung = false;
  #waiting: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#waiting?.abort(RUNG);
  }

  /** Waits for the bell, at most `timeoutMs` (Infinity: for ever). One waiter at a time. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#rung && timeoutMs > 0) {
      this.#waiting = new AbortController();
      await this.#clock.sleep(timeoutMs, this.#waiting.signal);
      this.#waiting = undefined;
    }
    this.#rung = false;
  }
}
