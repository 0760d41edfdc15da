// Limits how often lines of one kind are logged: data from outside may cause them any number of times.

import type { Clock } from "../async/clock.ts";

const INTERVAL_MS = 60_000;
/** Several at once are logged whole: a rebalance, or a loss of records in some partitions. */
const LINES_PER_INTERVAL = 10;

export class LinePace {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** Monotonic times of the latest lines, by kind. */
  readonly #loggedMs = new Map<string, readonly number[]>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Whether a line of this kind may be logged now. `kind` is a constant of the program. */
  admits(kind: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    const times = (this.#loggedMs.get(kind) ?? []).filter((ms) => nowMs - ms < INTERVAL_MS);
    if (times.length >= LINES_PER_INTERVAL) return false;
    this.#loggedMs.set(kind, [...times, nowMs]);
    return true;
  }
}
