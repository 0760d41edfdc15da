// Logs a failure that lasts without filling the log: once when it starts, at most once a minute while it lasts, and once
// when it is over. Failures that begin and end all the time are logged at the pace of all lines.

import type { Clock } from "../async/clock.ts";
import { MAX_REASON_CHARACTERS, shorten } from "../text/shorten.ts";
import { LinePace } from "./line_pace.ts";
import type { Log } from "./log.ts";

const REPEAT_MS = 60_000;

export class Outage {
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #pace: LinePace;
  readonly #failing = new Map<string, string>();
  #sinceMs = 0;
  /** The failure that lasts has a line in the log. */
  #isLogged = false;
  #loggedMs = -Infinity;

  constructor(
    options: { readonly log: Pick<Log, "info" | "warn">; readonly clock: Pick<Clock, "monotonicMs"> },
  ) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#pace = new LinePace(options.clock);
  }

  /** The latest reason; undefined while nothing fails. */
  get reason(): string | undefined {
    return [...this.#failing.values()].at(-1);
  }

  /** The activity `what` fails. */
  failed(what: string, reason: string): void {
    const nowMs = this.#clock.monotonicMs();
    const isNew = this.#failing.size === 0;
    if (isNew) {
      this.#sinceMs = nowMs;
      this.#isLogged = false;
    }
    const shown = shorten(reason, MAX_REASON_CHARACTERS);
    this.#failing.delete(what);
    this.#failing.set(what, shown);
    if (!isNew && nowMs - this.#loggedMs < REPEAT_MS) return;
    if (!this.#pace.admits("failed")) return;
    this.#loggedMs = nowMs;
    this.#isLogged = true;
    this.#log.warn(`${shown}; trying again`, { since_seconds: Math.round((nowMs - this.#sinceMs) / 1000) });
  }

  /** As `failed`; the other failures were part of this one. */
  failedAsAWhole(what: string, reason: string): void {
    this.failed(what, reason);
    for (const other of [...this.#failing.keys()]) if (other !== what) this.#failing.delete(other);
  }

  /** The activity `what` works. */
  works(what: string): void {
    if (!this.#failing.delete(what) || this.#failing.size > 0 || !this.#isLogged) return;
    const seconds = Math.round((this.#clock.monotonicMs() - this.#sinceMs) / 1000);
    this.#log.info("recovered", { after_seconds: seconds });
  }
}
