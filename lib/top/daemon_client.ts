// Follows a daemon over HTTP: it streams the closed windows and polls the status. After a lost connection it reconnects
// and asks for the windows that it missed.

import { backOffMs } from "../async/back_off.ts";
import type { Clock } from "../async/clock.ts";
import type { HttpAddress } from "../http_client/http_address.ts";
import { HttpClient, HttpError } from "../http_client/http_client.ts";
import { EventParser } from "./event_parser.ts";
import { parseStatus, parseWindow, type ShownStatus, type ShownWindow } from "./shown_window.ts";

/** The daemon sends something every 15 s. */
const SILENCE_MS = 40_000;
const ANSWER_TIMEOUT_MS = 10_000;
const STATUS_INTERVAL_MS = 2_000;
/** A window's end in milliseconds. The client sends no other id back to the server. */
const EVENT_ID = /^\d{1,16}$/;

export interface DaemonListener {
  onWindow(window: ShownWindow): void;
  onStatus(status: ShownStatus): void;
  onConnected(): void;
  /** The client tries again by itself. */
  onLost(reason: string): void;
}

/** The server answers, but not as a daemon does that lets us in: another attempt would not help. */
export class RefusedError extends Error {}

export interface DaemonClientOptions {
  readonly clock: Clock;
  readonly listener: DaemonListener;
  /** Certificates (PEM) that are trusted beside the usual ones. */
  readonly ca?: string | undefined;
}

export class DaemonClient {
  readonly #address: HttpAddress;
  readonly #options: DaemonClientOptions;
  #lastEventId = "";
  #failures = 0;

  constructor(address: HttpAddress, options: DaemonClientOptions) {
    this.#address = address;
    this.#options = options;
  }

  /**
   * Follows the daemon until `signal` is aborted.
   *
   * @throws {RefusedError}
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, ca } = this.#options;
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const http = new HttpClient(this.#address, { clock, signal: both, timeoutMs: ANSWER_TIMEOUT_MS, ca });
    try {
      await Promise.all([this.#followWindows(http, both), this.#followStatus(http, both)]);
    } finally {
      over.abort();
    }
  }

  async #followWindows(http: HttpClient, signal: AbortSignal): Promise<void> {
    const { clock, listener } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#readStream(http);
        if (!signal.aborted) listener.onLost("the stream has ended");
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Error) || !isPassing(error)) throw error;
        listener.onLost(error.message);
      }
      await clock.sleep(backOffMs(this.#failures++, Math.random()), signal);
    }
  }

  async #readStream(http: HttpClient): Promise<void> {
    const { listener } = this.#options;
    const path = "/api/v1/stream";
    const headers: Record<string, string> = this.#lastEventId === ""
      ? {}
      : { "last-event-id": this.#lastEventId };
    const { status, contentType, chunks, close } = await http.open(path, { headers, silenceMs: SILENCE_MS });
    try {
      this.#assertSuccess(path, status);
      if (!contentType.startsWith("text/event-stream")) {
        throw new RefusedError(`${this.#address.url} is not rtcount: ${path} is not a stream of events`);
      }
      listener.onConnected();
      const parser = new EventParser();
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      for await (const chunk of chunks) {
        for (const { id, type, data } of parser.push(decoder.decode(chunk, { stream: true }))) {
          if (type !== "window") continue;
          listener.onWindow(parseWindow(data));
          if (EVENT_ID.test(id)) this.#lastEventId = id;
          // A server whose windows cannot be read gets longer and longer pauses.
          this.#failures = 0;
        }
      }
    } finally {
      close();
    }
  }

  /** Reports the status while there is one. The stream reports why there is none. */
  async #followStatus(http: HttpClient, signal: AbortSignal): Promise<void> {
    const { clock, listener } = this.#options;
    const path = "/api/v1/status";
    while (!signal.aborted) {
      const outcome = await http.get(path);
      if (signal.aborted) return;
      try {
        if (outcome.kind === "answer") {
          this.#assertSuccess(path, outcome.status);
          listener.onStatus(parseStatus(outcome.text));
        }
      } catch (error) {
        if (!(error instanceof Error) || !isPassing(error)) throw error;
      }
      await clock.sleep(STATUS_INTERVAL_MS, signal);
    }
  }

  /** @throws {HttpError} if the answer may soon be another one; {RefusedError} if not */
  #assertSuccess(path: string, status: number): void {
    if (status >= 200 && status < 300) return;
    const what = `${this.#address.url}${path} answers ${status}`;
    if (status >= 500 || status === 429) throw new HttpError("broken", what);
    if (status === 401) {
      throw new RefusedError(
        `${what}: name a user that the daemon knows, with --login-file or RTCOUNT_LOGIN`,
      );
    }
    if (status >= 300 && status < 400) {
      throw new RefusedError(`${what}, and redirects are not followed: name the final address with --url`);
    }
    throw new RefusedError(what);
  }
}

/** A fault of the network, or an answer that a daemon of another version may send. */
function isPassing(error: Error): boolean {
  return error instanceof HttpError || error instanceof SyntaxError || error instanceof RangeError;
}
