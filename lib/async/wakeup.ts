// A Wakeup lets one loop wait, without polling, until another loop signals it.

import type { Clock } from "./clock.ts";

/** An abort without a reason makes an exception with a stack, which is expensive. */
const RUNG = "rung";

/** `wait` ends at the next `ring`, or at once if the bell rang since the last wait. */
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

  /** Waits for a ring, at most `timeoutMs` (Infinity: for ever). Only one caller may wait at a time. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#rung && timeoutMs > 0) {
      this.#waiting = new AbortController();
      await this.#clock.sleep(timeoutMs, this.#waiting.signal);
      this.#waiting = undefined;
    }
    this.#rung = false;
  }
}
