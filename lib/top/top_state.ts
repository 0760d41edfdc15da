// The state of a watched daemon, from the windows and statuses that it sends, and from the time since the last one.

import type { ShownStatus, ShownWindow } from "./shown_window.ts";

/** A daemon is stale after this many slides without a window, and not before STALE_AFTER_MS. */
const STALE_AFTER_SLIDES = 3;
const STALE_AFTER_MS = 10_000;

/** One sentence about the daemon, and how bad that is. */
export interface Condition {
  readonly kind: "good" | "waiting" | "bad";
  readonly text: string;
}

/** Times are monotonic milliseconds. */
export class TopState {
  window: ShownWindow | undefined;
  status: ShownStatus | undefined;
  /** The counts of the previous window; undefined if none was shown. */
  #before: ReadonlyMap<string, number> | undefined;
  #outage: string | undefined = "connecting";
  #isFirst = true;
  #movedMs = 0;

  /** Shows a closed window. After a reconnect the same window may come again, which changes nothing. */
  showWindow(window: ShownWindow, nowMs: number): void {
    this.#movedMs = nowMs;
    if (window.endMs === this.window?.endMs) return;
    this.#before = this.window && new Map(this.window.top);
    this.window = window;
  }

  connected(nowMs: number): void {
    this.#outage = undefined;
    this.#isFirst = false;
    this.#movedMs = nowMs;
  }

  lost(reason: string): void {
    this.#outage = `${this.#isFirst ? "cannot connect" : "reconnecting"}: ${reason}`;
  }

  /**
   * The change of the count since the previous window; `new` for a word that was not among its top words, undefined
   * without a previous window.
   */
  changeOf(word: string, count: number): number | "new" | undefined {
    if (this.#before === undefined) return undefined;
    const before = this.#before.get(word);
    return before === undefined ? "new" : count - before;
  }

  condition(nowMs: number): Condition {
    if (this.#outage !== undefined) {
      return { kind: this.#outage === "connecting" ? "waiting" : "bad", text: this.#outage };
    }
    const { notReady, slideMs = 0 } = this.status ?? {};
    if (notReady !== undefined) return { kind: "waiting", text: `not ready: ${notReady}` };
    const stillMs = nowMs - this.#movedMs;
    if (stillMs > Math.max(STALE_AFTER_MS, slideMs * STALE_AFTER_SLIDES)) {
      return { kind: "bad", text: `stale: no window has closed for ${Math.floor(stillMs / 1000)} s` };
    }
    if (this.window === undefined) return { kind: "waiting", text: "waiting for the first window" };
    return this.window.records === 0
      ? { kind: "waiting", text: "no records in the window" }
      : { kind: "good", text: "ready" };
  }
}
