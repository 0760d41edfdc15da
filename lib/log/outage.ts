// Logs a failure that lasts without filling the log: once when it starts, at most once a minute while it lasts, and once
// when it is over.

import type { Clock } from "../async/clock.ts";
import type { Log } from "./log.ts";

const REPEAT_MS = 60_000;

export class Outage {
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #failing = new Map<string, string>();
  #sinceMs = 0;
  #loggedMs = -Infinity;

  constructor(
    options: { readonly log: Pick<Log, "info" | "warn">; readonly clock: Pick<Clock, "monotonicMs"> },
  ) {
    this.#log = options.log;
    this.#clock = options.clock;
  }

  /** The latest reason; undefined while nothing fails. */
  get reason(): string | undefined {
    return [...this.#failing.values()].at(-1);
  }

  /** The activity `what` fails. */
  failed(what: string, reason: string): void {
    const nowMs = this.#clock.monotonicMs();
    const isNew = this.#failing.size === 0;
    if (isNew) this.#sinceMs = nowMs;
    this.#failing.delete(what);
    this.#failing.set(what, reason);
    if (!isNew && nowMs - this.#loggedMs < REPEAT_MS) return;
    this.#loggedMs = nowMs;
    this.#log.warn(`${reason}; trying again`, { since_seconds: Math.round((nowMs - this.#sinceMs) / 1000) });
  }

  /** As `failed`; the other failures were part of this one. */
  failedAsAWhole(what: string, reason: string): void {
    this.failed(what, reason);
    this.#failing.clear();
    this.#failing.set(what, reason);
  }

  /** The activity `what` works. */
  works(what: string): void {
    if (!this.#failing.delete(what) || this.#failing.size > 0) return;
    const seconds = Math.round((this.#clock.monotonicMs() - this.#sinceMs) / 1000);
    this.#log.info("recovered", { after_seconds: seconds });
  }
}
