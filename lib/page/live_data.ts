// What comes from the daemon: windows by one stream, its state by questions. It goes on by itself after an outage, and
// rests while nobody looks.

import type { Clock } from "../async/clock.ts";
import { backOffMs } from "../async/back_off.ts";
import type { Status } from "./status.ts";
import type { Connection } from "./verdict.ts";
import { type ClosedWindow, parseWindow } from "./window_history.ts";

/** A page that nobody sees lets go of its stream after so long: browsers have few connections for a server. */
const HIDDEN_MS = 60_000;
/** Between two questions: a slide, within these. */
const MIN_POLL_MS = 1_000;
const MAX_POLL_MS = 10_000;
const HIDDEN_POLL_MS = 30_000;
const ANSWER_TIMEOUT_MS = 10_000;
/** So many times in a row the daemon has closed a window that the stream has not brought: then the stream is dead. */
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
  /** End of the newest window that has come. */
  #newestMs = 0;
  #slideMs = 2_000;
  #missed = 0;
  /** Ends the stream under way. */
  #streaming = new AbortController();
  /** Ends the wait under way, of the stream and of the questions. */
  #waking = new AbortController();
  /** Ends the wait of a page that is hidden. */
  #seen = new AbortController();
  #isResting = false;

  constructor(options: LiveDataOptions) {
    this.#options = options;
  }

  /** How often the state is asked for while the page is seen. */
  get pollMs(): number {
    return Math.min(Math.max(this.#slideMs, MIN_POLL_MS), MAX_POLL_MS);
  }

  /** For as long as the page is there. */
  run(): Promise<unknown> {
    document.addEventListener("visibilitychange", () => this.#changeVisibility());
    return Promise.all([this.#follow(), this.#ask()]);
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

  /** Reads until the stream ends; whether it had begun. */
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
      // The browser would try again by itself in some cases, and not in others.
      stream.addEventListener("error", end);
      signal.addEventListener("abort", end);
    });
  }

  async #ask(): Promise<never> {
    const { onStatus } = this.#options;
    while (true) {
      // While it is out of reach, the stream finds out when it is back.
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

  /** A connection can be dead without anybody being told: after sleep, or behind some proxies. */
  #checkStream({ window_end }: Status): void {
    if (this.#connection.kind !== "open" || window_end === null || window_end <= this.#newestMs) {
      this.#missed = 0;
    } else if (++this.#missed >= MAX_MISSED) {
      this.#streaming.abort();
    }
  }

  async #changeVisibility(): Promise<void> {
    this.#seen.abort();
    if (!document.hidden) {
      this.#isResting = false;
      this.#wake();
      return;
    }
    const { signal } = this.#seen = new AbortController();
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

/** Undefined where none came. */
async function fetchStatus(): Promise<Status | undefined> {
  try {
    const response = await fetch(address("status"), { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    return response.ok ? await response.json() : undefined;
  } catch (error) {
    // No connection, no time, the page is being left; or a proxy's own page, such as one to sign in.
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** Beside the page, wherever that is served; without the name and password that its own address may hold. */
function address(path: string): string {
  return new URL(`api/v1/${path}`, location.origin + location.pathname).href;
}
