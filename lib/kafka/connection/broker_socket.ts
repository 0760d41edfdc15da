// Opens a socket to a broker, in plain text or with TLS. It is connected before kafkajs gets it, so that a failed TLS
// handshake can be told from a refused connection.

import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate, TLSSocket } from "node:tls";
import { type Clock, runAfter } from "../../async/clock.ts";
import type { TlsSettings } from "./broker_security.ts";
import { asBrokerConnectionError, BrokerConnectionError, NoAnswerError } from "./kafka_error.ts";

const KEEP_ALIVE_MS = 60_000;

export interface BrokerTarget {
  /** `host:port`, as the caller asked for it. */
  readonly address: string;
  readonly host: string;
  /** One of the host's addresses. */
  readonly ip: string;
  readonly port: number;
}

export interface ConnectLimits {
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
  readonly signal: AbortSignal;
}

export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
}

/** The name that the broker's certificate must contain. */
export function serverNameOf({ host }: BrokerTarget, { serverName = host }: TlsSettings): string {
  return serverName;
}

/** The addresses of the host. A lookup cannot be cancelled; the limits end the wait for it. @throws BrokerConnectionError */
export async function resolveHost(
  host: string,
  address: string,
  limits: ConnectLimits,
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const stop = applyLimits(address, limits, reject);
  try {
    const found = await Promise.race([lookup(host, { all: true }), givenUp]);
    return found.map((entry) => entry.address);
  } catch (error) {
    throw asBrokerConnectionError(address, error);
  } finally {
    stop();
  }
}

/** @throws the socket's own error, HandshakeError, or BrokerConnectionError where a limit ends the attempt */
export async function openSocket(
  target: BrokerTarget,
  tls: TlsSettings | undefined,
  limits: ConnectLimits,
): Promise<Socket> {
  const plain = connect({ host: target.ip, port: target.port });
  guard(plain);
  plain.setKeepAlive(true, KEEP_ALIVE_MS);
  plain.setNoDelay(true);
  let socket = plain;
  const stop = applyLimits(target.address, limits, (error) => closeSocket(socket, error));
  try {
    await once(plain, "connect");
    if (tls !== undefined) {
      socket = wrap(plain, target, tls);
      await shakeHands(socket);
    }
    return socket;
  } catch (error) {
    closeSocket(socket);
    throw error;
  } finally {
    stop();
  }
}

/** The certificate that the broker presents to a client that trusts any; the client sends no request. */
export async function peekCertificate(
  target: BrokerTarget,
  tls: TlsSettings,
  limits: ConnectLimits,
): Promise<PeerCertificate | undefined> {
  try {
    const { serverName, certificate, key } = tls;
    const unverified = { serverName, certificate, key, verify: false };
    const socket = await openSocket(target, unverified, limits) as TLSSocket;
    const peer = socket.getPeerCertificate();
    closeSocket(socket);
    return peer;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Up to Deno 2.9.1 a socket that is closed while it reads is never collected as garbage, with all that listens to it. */
export function closeSocket(socket: Socket, error?: Error): void {
  socket.pause();
  socket.destroy(error);
}

function guard(socket: Socket): void {
  // Errors after the first, or before kafkajs listens, carry no news.
  socket.on("error", () => {});
  // The runtime then closes it by itself: see closeSocket().
  socket.on("end", () => socket.pause());
}

/** Calls `end` when the time is over or the signal is aborted; the function that it returns lifts the limits. */
function applyLimits(
  address: string,
  { timeoutMs, clock, signal }: ConnectLimits,
  end: (error: BrokerConnectionError) => void,
): () => void {
  const cancel = () => end(new BrokerConnectionError(address, "cancelled"));
  const stopTimer = runAfter(
    clock,
    timeoutMs,
    () => end(new NoAnswerError(address, `no answer within ${timeoutMs} ms`)),
  );
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  return () => {
    stopTimer();
    signal.removeEventListener("abort", cancel);
  };
}

function wrap(socket: Socket, target: BrokerTarget, tls: TlsSettings): TLSSocket {
  const { ca, certificate, key, verify } = tls;
  const name = serverNameOf(target, tls);
  const encrypted = connectTls({
    socket,
    host: name,
    // An IP address is verified too, but must not be sent as a server name (RFC 6066, 3).
    servername: isIP(name) === 0 ? name : undefined,
    ca,
    cert: certificate,
    key,
    minVersion: "TLSv1.2",
    rejectUnauthorized: verify,
  });
  guard(encrypted);
  return encrypted;
}

async function shakeHands(socket: Socket): Promise<void> {
  try {
    await once(socket, "secureConnect");
  } catch (error) {
    if (!(error instanceof Error) || error instanceof BrokerConnectionError) throw error;
    throw new HandshakeError(error.message, { cause: error });
  }
}

/** Waits for the event. @throws the socket's error, or Error where it is closed first */
async function once(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = () => reject(new Error("the broker closed the connection"));
  socket.once(event, resolve).once("error", reject).once("close", onClose);
  try {
    await promise;
  } finally {
    socket.off(event, resolve).off("error", reject).off("close", onClose);
  }
}
