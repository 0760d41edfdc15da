// What time it is, for one turn of the pipeline.

import type { Clock } from "../async/clock.ts";

/** The moment by which the records of one turn are judged. */
export class Present {
  readonly #clock: Clock;
  readonly #time: "event" | "processing";
  #nowMs = -Infinity;
  #readAtMs = 0;

  constructor(clock: Clock, time: "event" | "processing") {
    this.#clock = clock;
    this.#time = time;
    this.read();
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /**
   * Reads the clocks. Under processing time records are filed under this moment, so it does not go back where the wall
   * clock is set back: it goes on by the monotonic clock until the wall clock has caught up.
   */
  read(): void {
    const readAtMs = this.#clock.monotonicMs();
    const wallMs = this.#clock.nowMs();
    const goneOnMs = this.#nowMs + readAtMs - this.#readAtMs;
    this.#nowMs = this.#time === "event" ? wallMs : Math.max(wallMs, goneOnMs);
    this.#readAtMs = readAtMs;
  }
}
