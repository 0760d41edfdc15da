// Follows a daemon over HTTP: its closed windows as they come, its status now and then. A connection that is lost is made
// again, with what closed meanwhile, as far as the daemon still has it.

import type { Clock } from "../async/clock.ts";
import type { DaemonAddress } from "./daemon_address.ts";
import { EventParser } from "./event_parser.ts";
import { parseStatus, parseWindow, type ShownStatus, type ShownWindow } from "./shown_window.ts";

/** The daemon sends something every 15 s. */
const SILENCE_MS = 40_000;
const ANSWER_TIMEOUT_MS = 10_000;
const STATUS_INTERVAL_MS = 2_000;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;
/** A status is some kilobytes, and some hundred bytes more for each partition. */
const MAX_STATUS_BYTES = 16 * 1024 * 1024;
/** A window's end in milliseconds; what else a server calls an event is not repeated to it. */
const EVENT_ID = /^\d{1,16}$/;

/** What is heard of the daemon. */
export interface DaemonListener {
  onWindow(window: ShownWindow): void;
  onStatus(status: ShownStatus): void;
  onConnected(): void;
  /** It is tried again. */
  onLost(reason: string): void;
}

/** Trying again would not help. */
export class RefusedError extends Error {}

export class DaemonClient {
  readonly #address: DaemonAddress;
  readonly #clock: Clock;
  readonly #listener: DaemonListener;
  #lastEventId = "";
  #failures = 0;

  constructor(address: DaemonAddress, options: { readonly clock: Clock; readonly listener: DaemonListener }) {
    this.#address = address;
    this.#clock = options.clock;
    this.#listener = options.listener;
  }

  /**
   * Follows it until `signal` is aborted.
   *
   * @throws {RefusedError} where the daemon does not want to answer, or is none
   */
  async run(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    try {
      await Promise.all([this.#followWindows(both), this.#followStatus(both)]);
    } finally {
      over.abort();
    }
  }

  async #followWindows(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#readStream(signal);
        if (!signal.aborted) this.#listener.onLost("the stream has ended");
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof RefusedError) throw error;
        this.#listener.onLost(describe(error));
      }
      const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
      await this.#clock.sleep(pauseMs, signal);
    }
  }

  async #readStream(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const response = await this.#within(
      ANSWER_TIMEOUT_MS,
      ended,
      this.#get("/api/v1/stream", AbortSignal.any([signal, ended.signal])),
    );
    const { body } = response;
    if (body === null || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
      await body?.cancel();
      throw new RefusedError(`${this.#address.url} is no rtcount: its /api/v1/stream is no stream of events`);
    }
    this.#listener.onConnected();
    const parser = new EventParser();
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    while (true) {
      const { done, value } = await this.#within(SILENCE_MS, ended, reader.read());
      if (done) return;
      for (const { id, type, data } of parser.push(value)) {
        if (type !== "window") continue;
        this.#listener.onWindow(parseWindow(data));
        if (EVENT_ID.test(id)) this.#lastEventId = id;
        // One that answers, and then sends what cannot be read, gets longer pauses all the same.
        this.#failures = 0;
      }
    }
  }

  /** The status is told while there is one; why there is none, the stream says. */
  async #followStatus(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ended = new AbortController();
      try {
        const both = AbortSignal.any([signal, ended.signal]);
        const text = await this.#within(ANSWER_TIMEOUT_MS, ended, this.#readStatus(both));
        this.#listener.onStatus(parseStatus(text));
      } catch (error) {
        if (!signal.aborted && !isPassing(error)) throw error;
      }
      await this.#clock.sleep(STATUS_INTERVAL_MS, signal);
    }
  }

  async #readStatus(signal: AbortSignal): Promise<string> {
    const response = await this.#get("/api/v1/status", signal);
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_STATUS_BYTES) throw new RangeError("the status does not end");
    }
    return text;
  }

  /** @throws {RefusedError} for an answer that will not be another one soon; {TypeError} where there is none */
  async #get(path: string, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = {};
    if (this.#address.authorization !== undefined) headers.Authorization = this.#address.authorization;
    if (this.#lastEventId !== "") headers["Last-Event-ID"] = this.#lastEventId;
    const response = await fetch(this.#address.url + path, { headers, signal });
    if (response.ok) return response;
    await response.body?.cancel();
    const what = `${this.#address.url}${path} answers ${response.status} ${response.statusText}`.trim();
    if (response.status === 401) {
      throw new RefusedError(`${what}, wanted: http://USER:PASSWORD@HOST:PORT with a user that it knows`);
    }
    if (response.status >= 500 || response.status === 429) throw new TypeError(what);
    throw new RefusedError(what);
  }

  /** Aborts `ended` where the answer takes longer. */
  async #within<T>(ms: number, ended: AbortController, answer: Promise<T>): Promise<T> {
    const waiting = new AbortController();
    const tooLong = this.#clock.sleep(ms, waiting.signal).then(() => {
      if (!waiting.signal.aborted) ended.abort(new TypeError(`nothing for ${ms / 1000} s`));
    });
    try {
      return await answer;
    } finally {
      waiting.abort();
      await tooLong;
    }
  }
}

/** What the network does; and what a daemon of another version may send. */
function isPassing(error: unknown): boolean {
  return error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError ||
    error instanceof DOMException;
}

/** Of what fetch tells, in one line or in causes, the last is what has happened. */
function describe(error: unknown): string {
  if (!isPassing(error)) throw error;
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  const message = last instanceof Error ? last.message : String(last);
  if (!message.startsWith("error sending request")) return message;
  return message.replace(/ \(os error \d+\)$/, "").split(": ").at(-1) ?? message;
}
