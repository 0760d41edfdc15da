// A socket to a broker, in plain or encrypted. It is made whole before kafkajs gets to see it, so that a refused
// certificate is told apart from a refused connection.

import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate, TLSSocket } from "node:tls";
import type { TlsSettings } from "./broker_security.ts";
import { BrokerConnectionError, NoAnswerError } from "./kafka_error.ts";

const KEEP_ALIVE_MS = 60_000;

/** Where a broker is. */
export interface BrokerTarget {
  /** `host:port`, as it was asked for. */
  readonly address: string;
  readonly host: string;
  /** One of the host's addresses. */
  readonly ip: string;
  readonly port: number;
}

export interface SocketOptions {
  readonly tls: TlsSettings | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The TLS handshake came to nothing. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
}

/** The name that the broker's certificate has to bear. */
export function serverNameOf({ host }: BrokerTarget, { serverName = host }: TlsSettings): string {
  return serverName;
}

/** @throws whatever the socket says, HandshakeError, and BrokerConnectionError where it takes too long or is given up */
export async function openSocket(
  target: BrokerTarget,
  { tls, timeoutMs, signal }: SocketOptions,
): Promise<Socket> {
  const { address, ip: host, port } = target;
  let socket = connect({ host, port });
  // What comes after the first error, or before kafkajs listens, is no news.
  socket.on("error", () => {});
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setNoDelay(true);
  const giveUp = () => socket.destroy(new BrokerConnectionError(address, "given up"));
  const timer = setTimeout(
    () => socket.destroy(new NoAnswerError(address, `no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    if (signal.aborted) giveUp();
    // Wrapped at once: Deno 2.6 hangs where the plain socket has begun to read.
    socket = await happens(socket, "connect", () => tls === undefined ? socket : wrap(socket, target, tls));
    if (socket instanceof TLSSocket) await shakeHands(socket);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

/** What the broker shows at a handshake that trusts anybody, for saying why another one failed; nothing is sent. */
export async function peekCertificate(
  target: BrokerTarget,
  options: SocketOptions & { readonly tls: TlsSettings },
): Promise<PeerCertificate | undefined> {
  try {
    const socket = await openSocket(target, { ...options, tls: { ...options.tls, verify: false } });
    const certificate = certificateOf(socket as TLSSocket);
    socket.destroy();
    return certificate;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function wrap(socket: Socket, target: BrokerTarget, tls: TlsSettings): TLSSocket {
  const { ca, certificate, key, verify } = tls;
  const name = serverNameOf(target, tls);
  const encrypted = connectTls({
    socket,
    host: name,
    // An IP address is verified too, but may not be sent as a name (RFC 6066, 3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate, key }),
    minVersion: "TLSv1.2",
    rejectUnauthorized: verify,
  });
  encrypted.on("error", () => {});
  return encrypted;
}

async function shakeHands(socket: TLSSocket): Promise<void> {
  try {
    await happens(socket, "secureConnect", () => {});
  } catch (error) {
    if (!(error instanceof Error) || error instanceof BrokerConnectionError) throw error;
    throw new HandshakeError(error.message, { cause: error });
  }
  // Deno 2.6 says so of a handshake that has failed, too, and tells only who writes.
  if (certificateOf(socket) === undefined) throw new HandshakeError("the TLS handshake failed");
}

function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  const certificate: PeerCertificate | null = socket.getPeerCertificate();
  return certificate?.raw === undefined ? undefined : certificate;
}

/** Waits for the event, and does something before anything else happens. */
async function happens<T>(socket: Socket, event: "connect" | "secureConnect", then: () => T): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onEvent = () => {
    try {
      resolve(then());
    } catch (error) {
      reject(error);
    }
  };
  const onClose = () => reject(new Error("the broker closed the connection"));
  socket.once(event, onEvent).once("error", reject).once("close", onClose);
  try {
    return await promise;
  } finally {
    socket.off(event, onEvent).off("error", reject).off("close", onClose);
  }
}
