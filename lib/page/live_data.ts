// Receives data from the daemon: windows by an event stream, the state by polling. It reconnects by itself after an
// outage, and rests while the page is hidden.

import type { Clock } from "../async/clock.ts";
import { backOffMs } from "../async/back_off.ts";
import type { Connection } from "./health.ts";
import type { Status } from "./status.ts";
import { type ClosedWindow, parseWindow } from "./window_history.ts";

/** A page that is hidden for this long closes its stream: browsers limit the connections to a server. */
const HIDDEN_MS = 60_000;
/** The poll interval is a slide within these bounds. */
const MIN_POLL_MS = 1_000;
const MAX_POLL_MS = 10_000;
const HIDDEN_POLL_MS = 30_000;
const ANSWER_TIMEOUT_MS = 10_000;
/** The stream is dead after this many polls in a row that report a window it has not delivered. */
const MAX_MISSED = 3;

export interface LiveDataOptions {
  readonly clock: Clock;
  readonly onWindow: (window: ClosedWindow) => void;
  readonly onStatus: (status: Status) => void;
  readonly onConnection: (connection: Connection) => void;
}

export class LiveData {
  readonly #options: LiveDataOptions;
  #connection: Connection = { kind: "connecting" };
  /** End of the newest window received. */
  #newestMs = 0;
  #slideMs = 2_000;
  #missed = 0;
  /** Ends the present stream. */
  #streaming = new AbortController();
  /** Ends the present waits of the stream and of polling. */
  #waking = new AbortController();
  /** Ends the wait before a hidden page rests. */
  #hiding = new AbortController();
  #isResting = false;

  constructor(options: LiveDataOptions) {
    this.#options = options;
  }

  /** The poll interval of a visible page. */
  get pollMs(): number {
    return Math.min(Math.max(this.#slideMs, MIN_POLL_MS), MAX_POLL_MS);
  }

  /** Runs as long as the page is open. */
  run(): Promise<unknown> {
    document.addEventListener("visibilitychange", () => this.#changeVisibility());
    return Promise.all([this.#follow(), this.#poll()]);
  }

  async #follow(): Promise<never> {
    const { clock } = this.#options;
    for (let attempt = 0;; attempt++) {
      while (this.#isResting) await this.#wait(Infinity);
      this.#streaming = new AbortController();
      if (await this.#readStream(this.#streaming.signal)) attempt = 0;
      if (this.#isResting) continue;
      const waitMs = backOffMs(attempt, Math.random());
      const nowMs = clock.monotonicMs();
      const sinceMs = this.#connection.kind === "lost" ? this.#connection.sinceMs : nowMs;
      this.#connect({ kind: "lost", sinceMs, retryMs: nowMs + waitMs });
      await this.#wait(waitMs);
    }
  }

  /** Reads until the stream ends; returns whether it had opened. */
  #readStream(signal: AbortSignal): Promise<boolean> {
    const { clock, onWindow } = this.#options;
    return new Promise((resolve) => {
      const stream = new EventSource(address(`stream?last_event_id=${this.#newestMs}`));
      let hasBegun = false;
      const end = () => {
        stream.close();
        signal.removeEventListener("abort", end);
        resolve(hasBegun);
      };
      stream.addEventListener("open", () => {
        hasBegun = true;
        this.#missed = 0;
        this.#connect({ kind: "open", sinceMs: clock.monotonicMs() });
        this.#wake();
      });
      stream.addEventListener("window", ({ data }) => {
        const window = parseWindow(data);
        this.#newestMs = window.endMs;
        onWindow(window);
      });
      // The browser retries by itself in some cases but not in all.
      stream.addEventListener("error", end);
      signal.addEventListener("abort", end);
    });
  }

  async #poll(): Promise<never> {
    const { onStatus } = this.#options;
    while (true) {
      // While the daemon cannot be reached, the stream finds out when it is back.
      if (this.#connection.kind !== "lost" || this.#isResting) {
        const status = await fetchStatus();
        if (status !== undefined) {
          this.#slideMs = status.window.slide_ms;
          this.#checkStream(status);
          onStatus(status);
        }
      }
      await this.#wait(document.hidden ? HIDDEN_POLL_MS : this.pollMs);
    }
  }

  /** After sleep, or behind some proxies, a connection can be dead without an error. */
  #checkStream({ window_end }: Status): void {
    if (this.#connection.kind !== "open" || window_end === null || window_end <= this.#newestMs) {
      this.#missed = 0;
    } else if (++this.#missed >= MAX_MISSED) {
      this.#streaming.abort();
    }
  }

  async #changeVisibility(): Promise<void> {
    this.#hiding.abort();
    if (!document.hidden) {
      this.#isResting = false;
      this.#wake();
      return;
    }
    const { signal } = this.#hiding = new AbortController();
    await this.#options.clock.sleep(HIDDEN_MS, signal);
    if (signal.aborted) return;
    this.#isResting = true;
    this.#streaming.abort();
    this.#connect({ kind: "connecting" });
  }

  #connect(connection: Connection): void {
    this.#connection = connection;
    this.#options.onConnection(connection);
  }

  #wake(): void {
    this.#waking.abort();
    this.#waking = new AbortController();
  }

  #wait(ms: number): Promise<void> {
    return this.#options.clock.sleep(ms, this.#waking.signal);
  }
}

/** The status, or undefined if none arrived. */
async function fetchStatus(): Promise<Status | undefined> {
  try {
    const response = await fetch(address("status"), { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    return response.ok ? await response.json() : undefined;
  } catch (error) {
    // There is no connection, the time is over, the page is being closed, or a proxy answers with its own page.
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** The URL relative to the page, without the name and password that the page's own URL may contain. */
function address(path: string): string {
  return new URL(`api/v1/${path}`, location.origin + location.pathname).href;
}
