// The HTTP server. It is written on plain sockets because no request may disturb the counting, on any of the runtimes
// that this program runs on: Deno.serve has no limit on connections and lets a slow client wait for ever (seen: 90 s),
// and node:http keeps its limits in some releases of Deno and ignores them in others (2.6). The sockets are those of
// node:net, since a Deno.Conn with a read under way cannot be closed in Deno 2.8. What is needed here is little: GET and
// HEAD, no bodies.

import type { Socket } from "node:net";
import { type Clock, systemClock } from "../async/clock.ts";
import { BasicAuth, type Credentials } from "./basic_auth.ts";
import { Connection } from "./connection.ts";
import { EventStreams, MAX_STREAMS } from "./event_streams.ts";
import { type Listener, type ListenOptions, openListener, type ServerCertificate } from "./listener.ts";
import type { BadHead, RequestHead } from "./request_head.ts";
import { answerRequest, errorAnswer, type HttpAnswer, type HttpView } from "./routes.ts";
import { takeTurns } from "./turns.ts";

/** Whatever streams there are leave so many connections for everything else. */
const CONNECTIONS_BESIDE_STREAMS = 32;
/** With one more, the one that makes us wait and has gone longest without an answered request makes room. */
export const MAX_CONNECTIONS = MAX_STREAMS + CONNECTIONS_BESIDE_STREAMS;
/** When who found all streams taken, or others logging in, may ask again. */
const RETRY_AFTER = { "Retry-After": "10" };
const CHALLENGE = { "WWW-Authenticate": 'Basic realm="rtcount", charset="UTF-8"' };
/** Between two looks at the deadlines. */
const SWEEP_INTERVAL_MS = 1000;
/** For answers that are under way when the server stops. */
const STOP_GRACE_MS = 1000;
/** Between two warnings that clients can bring about. */
const WARNING_INTERVAL_MS = 60_000;

export interface HttpServer {
  /** With the port that was given where 0 was asked for; no slash at the end. */
  readonly url: string;
  /** Resolves when all connections are closed. */
  stop(): Promise<void>;
}

/** Where the server says what an operator should know. */
export interface HttpLog {
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/**
 * Starts to listen at `listen`: `HOST:PORT`, `[IPV6]:PORT`, port 0 for any.
 *
 * @throws {RangeError} `listen` is none of these.
 * @throws {Error} It cannot listen there; `cause` says why.
 */
export async function startHttpServer(options: {
  readonly listen: string;
  readonly view: HttpView;
  readonly log: HttpLog;
  /** Undefined: without TLS. */
  readonly certificate?: ServerCertificate | undefined;
  /** Whom alone it answers; undefined: everybody. */
  readonly credentials?: Credentials | undefined;
  readonly clock?: Clock;
}): Promise<HttpServer> {
  const { listen, view, log, certificate, credentials, clock = systemClock } = options;
  const { hostname, port } = parseListen(listen);
  const auth = credentials && new BasicAuth(credentials, clock);
  const stopping = new AbortController();
  const inTurn = takeTurns(clock, stopping.signal);
  /** Those who are refused wait for each other, not for those who are answered, nor these for them. */
  const inStrangersTurn = takeTurns(clock, stopping.signal);
  /** Those that went longest without an answered request first. */
  const connections = new Set<Connection>();
  const streams = new EventStreams(view.windows, clock);
  const serving = new Set<Promise<void>>();

  function admit(socket: Socket): void {
    // Whoever reads or writes hears of it; without a listener it would end the process.
    socket.on("error", () => {});
    const connection = new Connection(socket, clock);
    connections.add(connection);
    const served: Promise<void> = connection.serve(
      (head) => serveHead(connection, head),
      {
        afterAnswer() {
          if (stopping.signal.aborted) connection.close();
          else if (connections.delete(connection)) connections.add(connection);
        },
        onEvents() {
          if (stopping.signal.aborted) connection.close();
          else streams.begin();
        },
      },
    ).catch((error) => {
      // The client is gone, or was sent away.
      if (!connection.closed) log.error("a connection failed", { error });
    }).finally(() => {
      connections.delete(connection);
      streams.delete(connection);
      connection.close();
      serving.delete(served);
    });
    serving.add(served);
    if (connections.size > MAX_CONNECTIONS) makeRoom();
    sweeping ??= sweep();
  }

  /**
   * At the cost of who keeps us waiting, not of who waits for us, where all do, of the newcomer; and of the address that
   * has the most connections, so that one with many does not take the place of others.
   */
  function makeRoom(): void {
    const counts = new Map<string, number>();
    for (const { address } of connections) counts.set(address, (counts.get(address) ?? 0) + 1);
    let goes: Connection | undefined;
    for (const connection of connections) {
      if (connection.phase === "answer" || connection.phase === "events") continue;
      const isLarger = (counts.get(connection.address) ?? 0) > (counts.get(goes?.address ?? "") ?? 0);
      if (goes === undefined || isLarger) goes = connection;
    }
    if (goes === undefined) return;
    connections.delete(goes);
    goes.close();
  }

  async function serveHead(connection: Connection, head: RequestHead | BadHead): Promise<HttpAnswer> {
    if (head.kind === "bad") return await inStrangersTurn(() => errorAnswer(head.status, head.message));
    const refusal = await refuse(head);
    if (refusal !== undefined) return await inStrangersTurn(() => refusal);
    return await inTurn(() => answer(connection, head));
  }

  /** What a stranger is told; undefined for who may ask. */
  async function refuse({ fields }: RequestHead): Promise<HttpAnswer | undefined> {
    switch (await auth?.check(fields.get("authorization"))) {
      case "wrong":
        return withField(errorAnswer(401, "wanted the user and the password of http.basic_auth"), CHALLENGE);
      case "busy":
        return withField(errorAnswer(429, "too many log-ins, wanted: later"), RETRY_AFTER);
      default:
        return undefined;
    }
  }

  async function answer(connection: Connection, head: RequestHead): Promise<HttpAnswer> {
    // Nobody is there to read it. Such turns cost next to nothing.
    if (connection.closed) return errorAnswer(503, "the connection is closed");
    try {
      const { method, target, fields } = head;
      const field = (name: string) => fields.get(name) ?? null;
      const answered = await answerRequest({
        method,
        target,
        accept: field("accept"),
        acceptEncoding: field("accept-encoding"),
        ifNoneMatch: field("if-none-match"),
        lastEventId: field("last-event-id"),
      }, view);
      if (answered.eventsFrom === undefined || method === "HEAD") return answered;
      return streams.admit(connection, answered.eventsFrom) ? answered : streamsTaken();
    } catch (error) {
      log.error("a request failed", { method: head.method, target: head.target, error });
      return errorAnswer(500, "internal error");
    }
  }

  let sweeping: Promise<void> | undefined;
  /** Looks at the deadlines as long as there are connections. */
  async function sweep(): Promise<void> {
    while (connections.size > 0 && !stopping.signal.aborted) {
      await clock.sleep(SWEEP_INTERVAL_MS, stopping.signal);
      const nowMs = clock.monotonicMs();
      for (const connection of connections) if (connection.deadlineMs <= nowMs) connection.expire();
    }
    sweeping = undefined;
  }

  async function stop(): Promise<void> {
    stopping.abort();
    listener.close();
    for (const connection of connections) {
      if (connection.phase === "request" || connection.phase === "events") connection.close();
    }
    const answered = new AbortController();
    const all = Promise.all([sweeping, streaming, ...serving]).finally(() => answered.abort());
    await clock.sleep(STOP_GRACE_MS, answered.signal);
    for (const connection of connections) connection.close();
    await all;
  }

  let nextWarningMs = -Infinity;
  function warn(error: Error): void {
    // Clients that reset a connection before it is accepted can bring this about, as often as they like.
    if (clock.monotonicMs() < nextWarningMs) return;
    nextWarningMs = clock.monotonicMs() + WARNING_INTERVAL_MS;
    log.warn("cannot accept a connection", { error });
  }

  const listener = await bind(listen, { hostname, port, certificate, onSocket: admit, onError: warn });
  const streaming = streams.run(stopping.signal);
  const scheme = certificate === undefined ? "http" : "https";
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return { url: `${scheme}://${host}:${listener.port}`, stop };
}

function streamsTaken(): HttpAnswer {
  return withField(errorAnswer(503, `${MAX_STREAMS} streams are open, wanted: fewer`), RETRY_AFTER);
}

function withField(answer: HttpAnswer, fields: HttpAnswer["fields"]): HttpAnswer {
  return { ...answer, fields };
}

function parseListen(listen: string): { hostname: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new RangeError(`cannot listen on "${listen}": wanted HOST:PORT, an IPv6 address in [brackets]`);
  }
  return { hostname: match[1] ?? match[2], port };
}

async function bind(listen: string, options: ListenOptions): Promise<Listener> {
  try {
    return await openListener(options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isTaken = error instanceof Deno.errors.AddrInUse ||
      ("code" in error && error.code === "EADDRINUSE");
    const reason = isTaken ? "the port is in use" : error.message;
    throw new Error(`cannot listen on ${listen}: ${reason}`, { cause: error });
  }
}
