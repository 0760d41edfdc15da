// Stands between the runtime's HTTP server and the answers, and keeps the limits that the runtime does not have: on the
// number of connections, on the time that a client takes, on bodies, and on the share of time that all of it costs.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setImmediate } from "node:timers";
import type { Clock } from "../async/clock.ts";
import { end, errorAnswer, formatLastAnswer, headerFields, type HttpAnswer } from "./answer.ts";
import { BasicAuth, type Credentials } from "./basic_auth.ts";
import { type Connection, Connections } from "./connections.ts";
import { EventStreams, MAX_STREAMS } from "./event_streams.ts";
import { answerRequest, type HttpView, methodNotAllowed } from "./routes.ts";
import { TimeShare } from "./time_share.ts";

/** A longer path with its query is refused; a word of 256 bytes, percent-encoded, takes a tenth of it. */
export const MAX_TARGET_BYTES = 8 * 1024;
/** Connections beside all the streams that there may be. */
const CONNECTIONS_BESIDE_STREAMS = 32;
export const MAX_CONNECTIONS = MAX_STREAMS + CONNECTIONS_BESIDE_STREAMS;

/** The time from a connection, or the first byte of a later request, to the end of the head. */
export const HEAD_TIMEOUT_MS = 10_000;
/** The time between two requests; longer than the usual scrape intervals. */
export const IDLE_TIMEOUT_MS = 90_000;
/** The time from the end of a head until the client has taken the answer, and then until its body has come. */
const ANSWER_TIMEOUT_MS = 10_000;
/** The time for taking the answer to what is no request. */
const FAREWELL_MS = 1000;
/** The time for answers that are under way when the server stops. */
const STOP_GRACE_MS = 1000;

/** The unanswered requests of all connections; beyond it an address that has more than MAX_PIPELINED on one is closed. */
const MAX_UNANSWERED = 1000;
const MAX_PIPELINED = 16;
/** The cost of parsing a request, more or less. */
const PARSING_MS = 0.03;

const CHALLENGE = { "WWW-Authenticate": 'Basic realm="rtcount", charset="UTF-8"' };
/** When a client that found too many others may ask again. */
const RETRY_AFTER = { "Retry-After": "10" };

export interface RequestHandlerOptions {
  readonly view: HttpView;
  readonly log: { error(message: string, fields?: Record<string, unknown>): void };
  /** Undefined: everybody is answered. */
  readonly credentials?: Credentials | undefined;
  /** The cost of a TLS handshake; undefined without TLS. */
  readonly handshakeMs: number | undefined;
  readonly clock: Clock;
}

export class RequestHandler {
  readonly #view: HttpView;
  readonly #log: RequestHandlerOptions["log"];
  readonly #clock: Clock;
  readonly #auth: BasicAuth | undefined;
  readonly #stopping = new AbortController();
  readonly #connections: Connections;
  readonly #streams: EventStreams;
  readonly #streaming: Promise<void>;
  readonly #arrivals: TimeShare;
  readonly #answers: TimeShare;
  /** Unauthenticated clients wait for each other, not for those that are answered, nor these for them. */
  readonly #refusals: TimeShare;
  readonly #handshakeMs: number | undefined;
  #unanswered = 0;

  constructor({ view, log, handshakeMs, credentials, clock }: RequestHandlerOptions) {
    const { signal } = this.#stopping;
    this.#view = view;
    this.#handshakeMs = handshakeMs;
    this.#log = log;
    this.#clock = clock;
    this.#auth = credentials && new BasicAuth(credentials, clock);
    // Requests that have come with a connection are parsed, and charged, before its address may have another one.
    this.#arrivals = new TimeShare(clock, signal, () => new Promise((resolve) => setImmediate(resolve)));
    this.#connections = new Connections(clock, { max: MAX_CONNECTIONS, share: this.#arrivals, signal });
    this.#streams = new EventStreams(view.windows, clock);
    this.#streaming = this.#streams.run(signal);
    this.#answers = new TimeShare(clock, signal);
    this.#refusals = new TimeShare(clock, signal);
  }

  /** A new connection would make another one close. */
  get isFull(): boolean {
    return this.#connections.isFull;
  }

  attachTo(server: Server): void {
    // The runtime begins to read from a socket, or to shake hands, where it is told of the connection.
    const begin = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on(
      "connection",
      (socket: Socket) =>
        this.#onConnection(socket, () => begin.forEach((listener) => listener.call(server, socket))),
    );
    server.on(
      "secureConnection",
      (socket: Socket) => this.#connectionOf(socket).encryptedBy(socket.setMaxListeners(0)),
    );
    const onRequest = (request: IncomingMessage, response: ServerResponse) =>
      this.#onRequest(request, response);
    for (const event of ["request", "checkContinue", "checkExpectation"]) server.on(event, onRequest);
    server.on(
      "clientError",
      (error: ParseError, socket: Socket) =>
        this.#refuse(socket, answerParseError(error, socket, server.headersTimeout)),
    );
    server.on("tlsClientError", (_error, socket: Socket) => socket.destroy());
    server.on("connect", (_request, socket: Socket) => this.#refuse(socket, methodNotAllowed()));
  }

  /** The server accepts no more connections. Resolves when all are closed, after a moment at most. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const connection of this.#connections) {
      if (["arrival", "handshake", "request"].includes(connection.phase)) connection.close();
    }
    const answered = new AbortController();
    const all = Promise.all([this.#streaming, ...[...this.#connections].map(({ answered }) => answered)])
      .finally(() => answered.abort());
    await this.#clock.sleep(STOP_GRACE_MS, answered.signal);
    for (const connection of this.#connections) connection.close();
    await all;
  }

  #onConnection(socket: Socket, begin: () => void): void {
    // An error without a listener would end the process. The runtime adds one for each request that waits.
    socket.setMaxListeners(0).on("error", () => {});
    const connection = this.#connections.add(socket, this.#after(2 * HEAD_TIMEOUT_MS));
    socket.once("close", () => {
      this.#connections.delete(connection);
      this.#streams.delete(connection);
    });
    const { address } = connection;
    const cost = this.#handshakeMs ?? 0;
    this.#arrivals.run(connection, () => {
      connection.phase = this.#handshakeMs === undefined ? "request" : "handshake";
      this.#arrivals.charge(address, cost);
      begin();
    }, cost);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connectionOf(request.socket);
    if (connection.closed) return;
    this.#arrivals.charge(connection.address, PARSING_MS);
    this.#unanswered++;
    connection.unanswered++;
    connection.markRequest();
    if (this.#unanswered > MAX_UNANSWERED && connection.unanswered > MAX_PIPELINED) {
      this.#closeAll(connection.address);
    }
    this.#inOrder(connection, () => this.#serve(connection, request, response)).finally(() => {
      this.#unanswered--;
      connection.unanswered--;
    });
  }

  /** Closes all connections of an address, since unread requests would be parsed even if nothing is answered. */
  #closeAll(address: string): void {
    for (const connection of this.#connections) if (connection.address === address) connection.close();
  }

  /** Answers one request of a connection after the other. */
  #inOrder(connection: Connection, work: () => Promise<void>): Promise<void> {
    connection.answered = connection.answered.then(async () => {
      if (connection.closed) return;
      try {
        await work();
      } catch (error) {
        if (!connection.closed) this.#log.error("a connection failed", { error });
        connection.close();
      }
    });
    return connection.answered;
  }

  async #serve(connection: Connection, request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Nothing may follow the request of a stream.
    if (connection.phase === "events") return connection.close();
    connection.phase = "answer";
    connection.deadlineMs = this.#after(ANSWER_TIMEOUT_MS);
    const answer = await this.#decide(connection, request);
    if (answer === undefined || connection.closed) return;
    connection.phase = "delivery";
    if (answer.eventsFrom !== undefined) response.removeHeader("Transfer-Encoding");
    response.writeHead(answer.status, headerFields(answer));
    if (answer.eventsFrom !== undefined && request.method !== "HEAD") {
      response.write(answer.body);
      return this.#beginStream(connection, request.socket, response);
    }
    await end(response, answer.body);
    if (this.#stopping.signal.aborted) return connection.close();
    connection.phase = "request";
    connection.deadlineMs = this.#after(request.complete ? IDLE_TIMEOUT_MS : ANSWER_TIMEOUT_MS);
    this.#connections.renew(connection);
  }

  /** Undefined where the client has gone. */
  async #decide(connection: Connection, request: IncomingMessage): Promise<HttpAnswer | undefined> {
    const refusal = refuseHead(request) ?? await this.#refuseLogin(connection, request);
    if (refusal !== undefined) return await this.#refusals.run(connection, () => refusal);
    return await this.#answers.run(connection, () => this.#answer(connection, request));
  }

  async #refuseLogin({ address }: Connection, { headers }: IncomingMessage): Promise<HttpAnswer | undefined> {
    switch (await this.#auth?.check(headers.authorization, address)) {
      case "wrong":
        return errorAnswer(401, "wanted the user and the password of http.basic_auth", CHALLENGE);
      case "busy":
        return errorAnswer(429, "too many log-ins, wanted: later", RETRY_AFTER);
      default:
        return undefined;
    }
  }

  async #answer(
    connection: Connection,
    { method = "", url = "", headers }: IncomingMessage,
  ): Promise<HttpAnswer> {
    try {
      const field = (name: string) => headers[name]?.toString() ?? null;
      const answer = await answerRequest({
        method,
        target: url,
        accept: field("accept"),
        acceptEncoding: field("accept-encoding"),
        ifNoneMatch: field("if-none-match"),
        lastEventId: field("last-event-id"),
      }, this.#view);
      if (answer.eventsFrom === undefined || method === "HEAD") return answer;
      if (this.#streams.admit(connection, answer.eventsFrom)) return answer;
      return errorAnswer(503, `${MAX_STREAMS} streams are open, wanted: fewer`, RETRY_AFTER);
    } catch (error) {
      this.#log.error("a request failed", { method, target: url, error });
      return errorAnswer(500, "internal error");
    }
  }

  #beginStream(connection: Connection, socket: Socket, response: ServerResponse): void {
    if (this.#stopping.signal.aborted || socket.readableEnded) return connection.close();
    connection.phase = "events";
    connection.deadlineMs = Infinity;
    socket.once("end", () => connection.close());
    this.#streams.begin(connection, response);
  }

  /** Answers what the runtime does not take for a request, after the requests before it. */
  #refuse(socket: Socket, answer: HttpAnswer | undefined): void {
    const connection = this.#connections.of(socket);
    const isHopeless = answer === undefined || !socket.writable || connection?.phase === "events";
    if (connection === undefined || isHopeless) return void socket.destroy();
    // Each piece that follows the first error is one, too.
    if (connection.isRefused) return;
    connection.isRefused = true;
    connection.phase = "answer";
    this.#inOrder(connection, async () => {
      await this.#refusals.run(connection, () => socket.end(formatLastAnswer(answer, this.#clock.nowMs())));
      connection.phase = "delivery";
      connection.deadlineMs = this.#after(FAREWELL_MS);
    });
  }

  #connectionOf(socket: Socket): Connection {
    return this.#connections.of(socket) ?? this.#connections.add(socket, this.#after(ANSWER_TIMEOUT_MS));
  }

  #after(ms: number): number {
    return this.#clock.monotonicMs() + ms;
  }
}

/** An error of the parser. */
interface ParseError extends Error {
  readonly code?: string;
  readonly rawPacket?: Uint8Array;
}

/** The answer to a request that the runtime gave up; undefined where nobody waits for one. */
function answerParseError(
  { code, rawPacket }: ParseError,
  { bytesRead }: Socket,
  headTimeoutMs: number,
): HttpAnswer | undefined {
  if (bytesRead === 0 || code === "ECONNRESET") return undefined;
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return errorAnswer(408, `a request must be here within ${headTimeoutMs / 1000} s`);
  }
  if (code !== "HPE_HEADER_OVERFLOW") return errorAnswer(400, "the request is malformed");
  // The head is too long because of its first line, or for those after it.
  const isFirstLine = rawPacket?.length === bytesRead && !rawPacket.includes(0x0a);
  return isFirstLine ? longTarget() : errorAnswer(431, "the request's head is too long");
}

/** The answer to a head that the runtime takes and this server does not. */
function refuseHead({ httpVersion, rawHeaders, url = "" }: IncomingMessage): HttpAnswer | undefined {
  if (url.length > MAX_TARGET_BYTES) return longTarget();
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  if (httpVersion !== "1.0" && !names.includes("host")) return errorAnswer(400, "there is no Host");
  // A proxy may understand these otherwise where they stand twice.
  const repeated = ["host", "authorization"].find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  return repeated === undefined ? undefined : errorAnswer(400, `${repeated} is given more than once`);
}

function longTarget(): HttpAnswer {
  return errorAnswer(414, `the path and query are longer than ${MAX_TARGET_BYTES} bytes`);
}
