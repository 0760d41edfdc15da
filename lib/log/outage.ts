// Says in the log that something is out of order, without filling it: once when it begins, at most once a minute while
// it lasts, once when all is well again.

import type { Clock } from "../async/clock.ts";
import type { Log } from "./log.ts";

const REPEAT_MS = 60_000;

export class Outage {
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #failing = new Map<string, string>();
  #sinceMs = 0;
  #saidMs = -Infinity;

  constructor(
    options: { readonly log: Pick<Log, "info" | "warn">; readonly clock: Pick<Clock, "monotonicMs"> },
  ) {
    this.#log = options.log;
    this.#clock = options.clock;
  }

  /** The latest reason, in plain words; undefined while all is well. */
  get reason(): string | undefined {
    return [...this.#failing.values()].at(-1);
  }

  /** `what` has failed. */
  failed(what: string, reason: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#failing.size === 0) this.#sinceMs = nowMs;
    const begins = this.#failing.size === 0;
    this.#failing.delete(what);
    this.#failing.set(what, reason);
    if (!begins && nowMs - this.#saidMs < REPEAT_MS) return;
    this.#saidMs = nowMs;
    this.#log.warn(`${reason}; trying again`, { since_seconds: Math.round((nowMs - this.#sinceMs) / 1000) });
  }

  /** As `failed`; what else has failed was a part of it. */
  failedAsAWhole(what: string, reason: string): void {
    this.failed(what, reason);
    this.#failing.clear();
    this.#failing.set(what, reason);
  }

  /** `what` works, as it may have done all the time. */
  works(what: string): void {
    if (!this.#failing.delete(what) || this.#failing.size > 0) return;
    const seconds = Math.round((this.#clock.monotonicMs() - this.#sinceMs) / 1000);
    this.#log.info("all is well again", { after_seconds: seconds });
  }
}
