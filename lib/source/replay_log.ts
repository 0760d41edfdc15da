// Logs the progress of a replay, which may take minutes after a start.

import type { Clock } from "../async/clock.ts";
import type { Log } from "../log/log.ts";
import type { Replay } from "./source.ts";

const LINE_INTERVAL_MS = 5_000;

/** Such as `reading back 120000 of 480000 records (25 %)`, where 120000 are done. Rounds the percentage down. */
export function formatReplay({ left, total }: Replay): string {
  const read = total - left;
  return `reading back ${read} of ${total} records (${Math.floor(read / total * 100)} %)`;
}

export class ReplayLog {
  readonly #clock: Clock;
  readonly #log: Pick<Log, "info">;
  #nextLineMs: number | undefined;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Pick<Log, "info"> }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Call it often with the present replay. The first line comes after an interval. */
  observe(replay: Replay | undefined): void {
    if (replay === undefined) {
      if (this.#nextLineMs !== undefined) this.#log.info("all records are read back");
      this.#nextLineMs = undefined;
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    this.#nextLineMs ??= nowMs + LINE_INTERVAL_MS;
    if (nowMs < this.#nextLineMs) return;
    this.#nextLineMs = nowMs + LINE_INTERVAL_MS;
    this.#log.info(formatReplay(replay));
  }
}
