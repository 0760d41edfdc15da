// Starts the HTTP server of the runtime, with or without TLS, and sets its limits.

import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { createPrivateKey } from "node:crypto";
import { type Clock, systemClock } from "../async/clock.ts";
import { keepAccepting } from "./accept_check.ts";
import type { Credentials } from "./basic_auth.ts";
import { MAX_WAITING } from "./connections.ts";
import { HEAD_TIMEOUT_MS, IDLE_TIMEOUT_MS, MAX_CONNECTIONS, RequestHandler } from "./request_handler.ts";
import type { HttpView } from "./routes.ts";
import { type Address, parseAddress } from "../text/address.ts";

/** A longer head is refused; those of browsers and scrapers are far shorter. */
export const MAX_HEAD_BYTES = 16 * 1024;
/** The time between two searches for heads that take too long; the runtime searches even while nobody is connected. */
const HEAD_CHECK_INTERVAL_MS = 5_000;
/** Connections that wait to be accepted: beyond it the kernel drops those of everybody. */
const BACKLOG = 4096;
/** The time between two warnings that clients can bring about. */
const WARNING_INTERVAL_MS = 60_000;

/** PEM. */
export interface ServerCertificate {
  readonly certificates: string;
  readonly key: string;
}

export interface HttpServer {
  /** With the port that was given where 0 was asked for; no slash at the end. */
  readonly url: string;
  /** Resolves when all connections are closed. */
  stop(): Promise<void>;
}

/** The log of what an operator should know. */
export interface HttpLog {
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export interface HttpOptions {
  readonly listen: string;
  readonly view: HttpView;
  readonly log: HttpLog;
  /** Undefined: without TLS. */
  readonly certificate?: ServerCertificate | undefined;
  /** Undefined: everybody is answered. */
  readonly credentials?: Credentials | undefined;
  readonly clock?: Clock;
  /** The runtime keeps this limit, by its own clock. */
  readonly headTimeoutMs?: number;
}

/**
 * Starts to listen at `listen`: `HOST:PORT`, `[IPV6]:PORT`, port 0 for any.
 *
 * @throws {RangeError} `listen` is none of these.
 * @throws {Error} It cannot listen there; `cause` says why.
 */
export async function startHttpServer(options: HttpOptions): Promise<HttpServer> {
  const { listen, view, log, certificate, credentials, clock = systemClock } = options;
  const address = parseListen(listen);
  const server = makeServer(options);
  const handler = new RequestHandler({
    view,
    log,
    credentials,
    handshakeMs: certificate === undefined ? 0 : handshakeCostMs(certificate),
    clock,
  });
  handler.attachTo(server);
  const port = await bind(server, { ...address, listen });
  const warn = makeWarning(log, clock);
  server.on("error", warn);
  const stopping = new AbortController();
  const checking = keepAccepting(server, {
    isFull: () => handler.isFull,
    address: { host: address.host, port, backlog: BACKLOG },
    signal: stopping.signal,
    onFailure: () => warn(new Error("the server did not accept its own connection: it listens again")),
  });
  const scheme = certificate === undefined ? "http" : "https";
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return {
    url: `${scheme}://${host}:${port}`,
    async stop() {
      stopping.abort();
      server.close();
      await handler.stop();
      server.closeAllConnections();
      await checking;
    },
  };
}

type Server = http.Server | https.Server;

/** Measured: a key of RSA with 4096 bits takes 6 ms of processor time, 2048 bits take 2 ms, P-256 takes half of one. */
function handshakeCostMs({ key }: ServerCertificate): number {
  const { modulusLength } = createPrivateKey(key).asymmetricKeyDetails ?? {};
  return modulusLength === undefined ? 1 : 0.5 + 6 * (modulusLength / 4096) ** 2;
}

function makeServer({ certificate, headTimeoutMs = HEAD_TIMEOUT_MS }: HttpOptions): Server {
  const limits = {
    headersTimeout: headTimeoutMs,
    // Deno 2.8 cuts streams by it. A body has its own limits.
    requestTimeout: 0,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    connectionsCheckingInterval: Math.min(headTimeoutMs, HEAD_CHECK_INTERVAL_MS),
    maxHeaderSize: MAX_HEAD_BYTES,
    // A request without a host is refused as all others are, as JSON.
    requireHostHeader: false,
    noDelay: true,
  };
  const server = certificate === undefined ? http.createServer(limits) : https.createServer({
    ...limits,
    cert: certificate.certificates,
    key: certificate.key,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: headTimeoutMs,
    allowHalfOpen: true,
  });
  // The handler closes what is too much; beyond twice that number the runtime does.
  server.maxConnections = 2 * (MAX_CONNECTIONS + MAX_WAITING);
  // A client may end its side before it has the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  return server;
}

function parseListen(listen: string): Address {
  const address = parseAddress(listen);
  if (address !== undefined) return address;
  throw new RangeError(`cannot listen on "${listen}": wanted HOST:PORT, an IPv6 address in [brackets]`);
}

/** Returns the port. */
async function bind(
  server: Server,
  { listen, host, port }: Address & { readonly listen: string },
): Promise<number> {
  server.listen({ host, port, backlog: BACKLOG });
  try {
    await once(server, "listening");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "the port is in use" : message;
    throw new Error(`cannot listen on ${listen}: ${reason}`, { cause: error });
  }
  return (server.address() as AddressInfo).port;
}

/** Clients that reset a connection before it is accepted bring this about, as often as they like. */
function makeWarning(log: HttpLog, clock: Clock): (error: Error) => void {
  let nextMs = -Infinity;
  return (error) => {
    if (clock.monotonicMs() < nextMs) return;
    nextMs = clock.monotonicMs() + WARNING_INTERVAL_MS;
    log.warn("cannot accept a connection", { error });
  };
}
