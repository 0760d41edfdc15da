// Where connections come in, in plain or encrypted. A connection is handed on before its handshake: that takes place
// when it is first read from, so that the limits on connections and on their time hold for it too.

import net from "node:net";
import tls from "node:tls";

/**
 * Deno 2.6 forgets to count its connections down, and accepts none any more after so many; its arithmetic takes no more
 * than this. The kernel has a limit of its own on those that are yet to be accepted.
 */
const BACKLOG = 2 ** 29;

/** PEM. */
export interface ServerCertificate {
  readonly certificates: string;
  readonly key: string;
}

export interface Listener {
  /** The port that was given where 0 was asked for. */
  readonly port: number;
  /** Lets no more in. */
  close(): void;
}

export interface ListenOptions {
  readonly hostname: string;
  readonly port: number;
  /** Undefined: in plain. */
  readonly certificate: ServerCertificate | undefined;
  /** Takes sockets that stay half open when the client has said all. */
  readonly onSocket: (socket: net.Socket) => void;
  readonly onError: (error: Error) => void;
}

/** @throws whatever the system says where it cannot listen there */
export async function openListener(options: ListenOptions): Promise<Listener> {
  const { certificate, onSocket } = options;
  if (certificate === undefined) return await listenOn(makeServer(onSocket), options);
  if (!listensAsNode()) return listenWithDeno(certificate, options);
  const secureContext = tls.createSecureContext({
    cert: certificate.certificates,
    key: certificate.key,
    minVersion: "TLSv1.2",
  });
  return await listenOn(
    makeServer((socket) => {
      // What befalls the socket below befalls the one above, too.
      socket.on("error", () => {});
      const encrypted = new tls.TLSSocket(socket, { isServer: true, secureContext });
      encrypted.allowHalfOpen = true;
      onSocket(encrypted);
    }),
    options,
  );
}

function makeServer(onSocket: (socket: net.Socket) => void): net.Server {
  return net.createServer({ allowHalfOpen: true, noDelay: true }, onSocket);
}

function listenOn(server: net.Server, { hostname, port, onError }: ListenOptions): Promise<Listener> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: hostname, port, backlog: BACKLOG }, () => {
      server.off("error", reject).on("error", onError);
      // Its callback is not waited for: in Deno 2.6 it never comes where a connection was closed with an answer under way.
      resolve({ port: (server.address() as net.AddressInfo).port, close: () => server.close() });
    });
  });
}

/** Deno 2.6 has a TLS server of its own kind, and cannot make the server's side of a TLSSocket. */
function listensAsNode(): boolean {
  return tls.createServer() instanceof net.Server;
}

/** That kind: it takes nothing but a port and, among its options, a host; and it fails at once where it cannot listen. */
function listenWithDeno(certificate: ServerCertificate, options: ListenOptions): Listener {
  const { hostname: host, port, onSocket, onError } = options;
  const settings = { cert: certificate.certificates, key: certificate.key, host };
  const server = tls.createServer(settings, (socket) => {
    socket.allowHalfOpen = true;
    onSocket(socket);
  });
  server.on("error", onError);
  server.listen(port);
  return { port: (server.address() as net.AddressInfo).port, close: () => server.close() };
}
