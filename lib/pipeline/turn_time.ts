// TurnTime reads the clocks once per turn of the pipeline, so that all records of a turn are judged at the same time.
// It also limits how long a turn takes.

import type { Clock } from "../async/clock.ts";

/** After this time no further run of records begins, so that fetches, heartbeats and HTTP get their turn. */
const MAX_TURN_MS = 100;

export class TurnTime {
  readonly #clock: Clock;
  readonly #time: "event" | "processing";
  #nowMs = -Infinity;
  #readAtMs = 0;

  constructor(clock: Clock, time: "event" | "processing") {
    this.#clock = clock;
    this.#time = time;
    this.read();
  }

  /** Wall clock; it never goes back under processing time. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Monotonic. */
  get readAtMs(): number {
    return this.#readAtMs;
  }

  /** Both clocks at a monotonic time that has passed, by the clocks of now; those of now for undefined. */
  askedAt(monotonicMs: number = this.#readAtMs): { readonly wallMs: number; readonly askedMs: number } {
    const askedMs = Math.min(monotonicMs, this.#readAtMs);
    return { wallMs: this.#nowMs - (this.#readAtMs - askedMs), askedMs };
  }

  /** Whether the turn has taken so long that the rest of its work has to wait for the next one. */
  get isOver(): boolean {
    return this.isOverAt(this.#clock.monotonicMs());
  }

  isOverAt(monotonicMs: number): boolean {
    return monotonicMs - this.#readAtMs > MAX_TURN_MS;
  }

  /**
   * Reads the clocks. Under processing time this moment is the timestamp of the records, so it must not go back when
   * somebody sets the wall clock back: it follows the monotonic clock until the wall clock has caught up.
   */
  read(): void {
    const readAtMs = this.#clock.monotonicMs();
    const wallMs = this.#clock.nowMs();
    const steadyMs = this.#nowMs + readAtMs - this.#readAtMs;
    this.#nowMs = this.#time === "event" ? wallMs : Math.max(wallMs, steadyMs);
    this.#readAtMs = readAtMs;
  }
}
