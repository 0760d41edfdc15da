// One client's connection: requests in, answers out, one after the other. Its owner sees to it that it ends: it closes
// it from outside once `deadlineMs` has passed, whatever it is waiting for.

import type { Socket } from "node:net";
import type { Clock } from "../async/clock.ts";
import {
  type BadHead,
  findHeadEnd,
  MAX_HEAD_BYTES,
  parseRequestHead,
  refuseLongHead,
  type RequestHead,
} from "./request_head.ts";
import { errorAnswer, type HttpAnswer } from "./routes.ts";

/** From the first byte of a head, or from the connection, to the head's end. */
const HEAD_TIMEOUT_MS = 10_000;
/** From the end of a head until its answer has been taken. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Between two requests; longer than the usual scrape intervals. */
const IDLE_TIMEOUT_MS = 90_000;
/** For taking the word that the time is over. */
const FAREWELL_MS = 1000;
/** What is read and thrown away of a body, so that the answer before it is not lost to a reset. */
const MAX_DISCARDED_BYTES = 256 * 1024;
const INITIAL_BUFFER_BYTES = 2048;

/** Of every answer that has no others. */
const COMMON_FIELDS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  414: "URI Too Long",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

export class Connection {
  /** Of the client, without a port. */
  readonly address: string;
  /** Monotonic; past it the connection has had its time. */
  deadlineMs: number;
  /** What it waits for: the client's request, our answer, the client's reading of that, or events to come. */
  phase: "request" | "answer" | "delivery" | "events" = "request";

  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #clock: Clock;
  #buffer = new Uint8Array(INITIAL_BUFFER_BYTES);
  #buffered = 0;
  #isSending = false;
  /** It has been told that its request took too long. */
  #isOverdue = false;

  /** `socket` must be one that stays half open when the client has said all. */
  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.address = socket.remoteAddress ?? "";
    // Reading by iteration stops the client where we do not keep up.
    this.#chunks = socket[Symbol.asyncIterator]();
    this.#clock = clock;
    this.deadlineMs = clock.monotonicMs() + HEAD_TIMEOUT_MS;
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Ends it at once; what waits for it fails. */
  close(): void {
    this.#socket.destroy();
  }

  /** Ends it since its time is over. Who has begun a request is told so, as far as that goes without waiting. */
  expire(): void {
    if (this.phase !== "request" || this.#buffered === 0 || this.#isOverdue) return this.close();
    this.#isOverdue = true;
    this.deadlineMs = this.#clock.monotonicMs() + FAREWELL_MS;
    const answer = errorAnswer(408, `a request must be here within ${HEAD_TIMEOUT_MS / 1000} s`);
    this.#socket.end(this.#encode(answer, { keepAlive: false, head: false }));
  }

  /** An event is yet to be taken by the client. */
  get isSending(): boolean {
    return this.#isSending;
  }

  /** Sends one piece of an answer with events, when none is being sent. Rejects when the connection ends before. */
  async send(bytes: Uint8Array): Promise<void> {
    this.#isSending = true;
    this.deadlineMs = this.#clock.monotonicMs() + ANSWER_TIMEOUT_MS;
    await this.#write(bytes);
    this.deadlineMs = Infinity;
    this.#isSending = false;
  }

  /**
   * Takes requests until one side has had enough; `afterAnswer` may end it too. After an answer that events follow it
   * calls `onEvents`, and goes on until the client ends the connection. Rejects when the client is gone.
   */
  async serve(
    answer: (head: RequestHead | BadHead) => Promise<HttpAnswer>,
    { afterAnswer, onEvents }: {
      readonly afterAnswer: () => void;
      readonly onEvents: () => void;
    },
  ): Promise<void> {
    while (!this.closed) {
      const head = await this.#readHead();
      if (head === undefined) return;
      this.phase = "answer";
      this.deadlineMs = this.#clock.monotonicMs() + ANSWER_TIMEOUT_MS;
      const isHead = head.kind === "head" && head.method === "HEAD";
      const answered = await answer(head);
      const keepAlive = head.kind === "head" && head.keepAlive && answered.eventsFrom === undefined;
      const bytes = this.#encode(answered, { keepAlive, head: isHead });
      if (this.closed) return;
      this.phase = "delivery";
      await this.#write(bytes);
      if (answered.eventsFrom !== undefined && !isHead) {
        this.phase = "events";
        this.deadlineMs = Infinity;
        onEvents();
        return await this.#discard();
      }
      if (!keepAlive) {
        this.#socket.end();
        return await this.#discard();
      }
      this.phase = "request";
      this.deadlineMs = this.#clock.monotonicMs() + IDLE_TIMEOUT_MS;
      afterAnswer();
    }
  }

  /** Undefined when the client has ended the connection. */
  async #readHead(): Promise<RequestHead | BadHead | undefined> {
    // A request may have come together with the one before it.
    let searched = 0;
    if (this.#buffered > 0) this.deadlineMs = this.#clock.monotonicMs() + HEAD_TIMEOUT_MS;
    while (true) {
      const end = findHeadEnd(this.#buffer.subarray(0, this.#buffered), searched);
      if (end >= 0 && end <= MAX_HEAD_BYTES) return this.#takeHead(end);
      if (this.#buffered > MAX_HEAD_BYTES) return refuseLongHead(this.#buffer);
      // The end may have begun in the last two bytes.
      searched = this.#buffered - 2;
      const { done, value: chunk } = await this.#chunks.next();
      if (done || this.#isOverdue) return undefined;
      if (this.#buffered === 0) this.deadlineMs = this.#clock.monotonicMs() + HEAD_TIMEOUT_MS;
      this.#append(chunk);
    }
  }

  #append(chunk: Uint8Array): void {
    const size = this.#buffered + chunk.length;
    if (size > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(size, this.#buffer.length * 2));
      grown.set(this.#buffer);
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#buffered);
    this.#buffered = size;
  }

  #takeHead(end: number): RequestHead | BadHead {
    const text = String.fromCharCode(...this.#buffer.subarray(0, end));
    this.#buffer.copyWithin(0, end, this.#buffered);
    this.#buffered -= end;
    return parseRequestHead(text);
  }

  #encode(answer: HttpAnswer, options: { keepAlive: boolean; head: boolean }): Uint8Array {
    const { status, contentType, body, fields = {}, eventsFrom } = answer;
    const encoder = new TextEncoder();
    const bodyBytes = typeof body === "string" ? encoder.encode(body) : body;
    const headBytes = encoder.encode(
      [
        `HTTP/1.1 ${status} ${REASONS[status] ?? "Unknown"}`,
        `Date: ${new Date(this.#clock.nowMs()).toUTCString()}`,
        `Content-Type: ${contentType}`,
        // The end of the connection is the end of what has no length.
        ...(eventsFrom === undefined && status !== 304 ? [`Content-Length: ${bodyBytes.length}`] : []),
        ...Object.entries({ ...COMMON_FIELDS, ...fields }).map(([name, value]) => `${name}: ${value}`),
        `Connection: ${options.keepAlive ? "keep-alive" : "close"}`,
        "\r\n",
      ].join("\r\n"),
    );
    if (options.head) return headBytes;
    const bytes = new Uint8Array(headBytes.length + bodyBytes.length);
    bytes.set(headBytes);
    bytes.set(bodyBytes, headBytes.length);
    return bytes;
  }

  /** Resolves when the kernel has taken all; rejects when the connection ends before. */
  #write(bytes: Uint8Array): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      // Not every runtime calls back a write whose socket is destroyed.
      const onClose = () => reject(new Error("the connection ended before its answer"));
      socket.once("close", onClose);
      socket.write(bytes, (error) => {
        socket.off("close", onClose);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /**
   * Reads what the client still says, until it has said all or too much. Closing with bytes unread would reset the
   * connection, and the client might lose the answer.
   */
  async #discard(): Promise<void> {
    for (let discarded = 0; discarded < MAX_DISCARDED_BYTES;) {
      const { done, value: chunk } = await this.#chunks.next();
      if (done) return;
      discarded += chunk.length;
    }
  }
}
