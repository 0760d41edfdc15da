// Takes each request from its connection to its answer, and keeps the limits that the runtime does not have: on the number
// of connections, on the time that a client takes, on bodies, and on the share of time that all of it costs.
//
// A connection waits unread until it is its turn; the runtime then reads and parses. Requests of one connection are
// answered one after the other, each when it is its address's turn.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setImmediate } from "node:timers";
import type { Clock } from "../async/clock.ts";
import { end, errorAnswer, formatLastAnswer, headerFields, type HttpAnswer } from "./answer.ts";
import { BasicAuth, type Credentials } from "./basic_auth.ts";
import { type Connection, Connections } from "./connections.ts";
import { EventStreams, MAX_STREAMS } from "./event_streams.ts";
import { answerParseError, type ParseError, refuseHead } from "./head_check.ts";
import { answerRequest, type HttpView, methodNotAllowed } from "./routes.ts";
import { TimeShare } from "./time_share.ts";

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
/** The cost of a request to the runtime, with its objects, more or less. */
const PARSING_MS = 0.1;

const CHALLENGE = { "WWW-Authenticate": 'Basic realm="rtcount", charset="UTF-8"' };
/** When a client that found too many others may ask again. */
const RETRY_AFTER = { "Retry-After": "10" };

export interface RequestHandlerOptions {
  readonly view: HttpView;
  readonly log: { error(message: string, fields?: Record<string, unknown>): void };
  /** Undefined: everybody is answered. */
  readonly credentials?: Credentials | undefined;
  /** The cost of a TLS handshake; 0 without TLS. */
  readonly handshakeMs: number;
  readonly clock: Clock;
}

export class RequestHandler {
  readonly #view: HttpView;
  readonly #log: RequestHandlerOptions["log"];
  readonly #clock: Clock;
  readonly #auth: BasicAuth | undefined;
  readonly #handshakeMs: number;
  readonly #stopping = new AbortController();
  readonly #connections: Connections;
  readonly #streams: EventStreams;
  readonly #streaming: Promise<void>;
  /** For new connections and refused requests: clients that are not authenticated wait for each other alone. */
  readonly #unserved: TimeShare;
  readonly #answers: TimeShare;
  #unanswered = 0;

  constructor({ view, log, handshakeMs, credentials, clock }: RequestHandlerOptions) {
    const { signal } = this.#stopping;
    this.#view = view;
    this.#log = log;
    this.#clock = clock;
    this.#handshakeMs = handshakeMs;
    this.#auth = credentials && new BasicAuth(credentials, clock);
    this.#answers = new TimeShare(clock, signal);
    // Requests that have come with a connection are parsed, and charged, before its address may have another one.
    this.#unserved = new TimeShare(clock, signal, () => new Promise((resolve) => setImmediate(resolve)));
    this.#connections = new Connections(clock, { max: MAX_CONNECTIONS, share: this.#unserved, signal });
    this.#streams = new EventStreams(view.windows, clock);
    this.#streaming = this.#streams.run(signal);
  }

  /** A new connection would make another one close. */
  get isFull(): boolean {
    return this.#connections.isFull;
  }

  attachTo(server: Server): void {
    // The runtime begins to read from a socket, or to shake hands, where it is told of the connection.
    const begin = server.listeners("connection");
    server.removeAllListeners("connection");
    Object.assign(server, { pauseOnConnect: true });
    server.on("connection", (socket: Socket) =>
      this.#onConnection(socket, () => {
        for (const listener of begin) listener.call(server, socket);
        socket.resume();
      }));
    // The socket of TLS is paused as the one below was.
    server.on("secureConnection", (socket: Socket) => socket.setMaxListeners(0).resume());
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
      if (["waiting", "request"].includes(connection.phase)) connection.close();
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
    this.#unserved.run(connection, () => {
      this.#connections.serve(connection);
      if (connection.closed) return;
      this.#unserved.charge(connection.address, this.#handshakeMs);
      begin();
    }, this.#handshakeMs);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connectionOf(request.socket);
    if (connection.closed) return;
    this.#unserved.charge(connection.address, PARSING_MS);
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
      return this.#beginStream(connection, request.socket, { response, place: answer.eventsFrom });
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
    if (refusal !== undefined) return await this.#unserved.run(connection, () => refusal);
    const answer = await this.#answers.run(connection, () => this.#answer(request));
    if (answer?.eventsFrom === undefined || request.method === "HEAD") return answer;
    if (this.#streams.hasRoomFor(connection)) return answer;
    return errorAnswer(503, `${MAX_STREAMS} streams are open, wanted: fewer`, RETRY_AFTER);
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

  async #answer({ method = "", url = "", headers }: IncomingMessage): Promise<HttpAnswer> {
    try {
      return await answerRequest({
        method,
        target: url,
        accept: headers.accept ?? null,
        acceptEncoding: headers["accept-encoding"]?.toString() ?? null,
        ifNoneMatch: headers["if-none-match"] ?? null,
        lastEventId: headers["last-event-id"]?.toString() ?? null,
      }, this.#view);
    } catch (error) {
      this.#log.error("a request failed", { method, target: url, error });
      return errorAnswer(500, "internal error");
    }
  }

  #beginStream(
    connection: Connection,
    socket: Socket,
    stream: { readonly response: ServerResponse; readonly place: number },
  ): void {
    if (this.#stopping.signal.aborted || socket.readableEnded) return connection.close();
    connection.phase = "events";
    connection.deadlineMs = Infinity;
    socket.once("end", () => connection.close());
    this.#streams.begin(connection, stream);
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
      await this.#unserved.run(connection, () => socket.end(formatLastAnswer(answer, this.#clock.nowMs())));
      connection.phase = "delivery";
      connection.deadlineMs = this.#after(FAREWELL_MS);
    });
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.of(socket);
    if (known !== undefined) return known;
    const connection = this.#connections.add(socket, this.#after(ANSWER_TIMEOUT_MS));
    this.#connections.serve(connection);
    return connection;
  }

  #after(ms: number): number {
    return this.#clock.monotonicMs() + ms;
  }
}
