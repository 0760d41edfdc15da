// Floods of HTTP by clients at one address, 127.0.0.1, that use up what all clients share. Each goes on until its signal
// is aborted.

import { once } from "node:events";
import net from "node:net";
import { addAbortSignal } from "node:stream";
import tls from "node:tls";
import { MAX_STREAMS } from "../../lib/http/event_streams.ts";
import { MAX_CONNECTIONS } from "../../lib/http/request_handler.ts";

/** A daemon that serves TLS and wants a password. */
export interface FloodTarget {
  readonly port: number;
  /** PEM of the authority. */
  readonly ca: string;
  /** The value of a right Authorization header. */
  readonly authorization: string;
}

export interface Flood {
  readonly name: string;
  run(target: FloodTarget, signal: AbortSignal): Promise<void>;
}

const HOSTNAME = "127.0.0.1";
const HALF_HANDSHAKES = 250;
const RECONNECTING = 2_000;
const GUESSERS = 20;
const PIPELINED = 200;
const RECONNECT_MS = 200;
const decoder = new TextDecoder();

export const FLOODS: readonly Flood[] = [
  {
    name: "wrong log-ins",
    run: (target, signal) =>
      repeat(GUESSERS, signal, async () => {
        using client = await Client.openTls(target, signal);
        for (let n = 0; !signal.aborted; n++) {
          await client.send(request("/", `Basic ${btoa(`prometheus:wrong${n}`)}`));
          await client.read();
        }
      }),
  },
  {
    name: `${MAX_CONNECTIONS} connections that are all answered 401`,
    run: (target, signal) =>
      repeat(MAX_CONNECTIONS, signal, async () => {
        using client = await Client.openTls(target, signal);
        let unanswered = 0;
        while (!signal.aborted) {
          if (unanswered < PIPELINED / 2) {
            await client.send(request("/metrics").repeat(PIPELINED));
            unanswered += PIPELINED;
          }
          unanswered -= (await client.read()).split("HTTP/1.1 401").length - 1;
        }
      }),
  },
  {
    name: "250 half TLS handshakes at a time",
    async run(target, signal) {
      const hello = await captureClientHello();
      await repeat(HALF_HANDSHAKES, signal, async () => {
        using client = await Client.open(target, signal);
        await client.send(hello);
        await client.read();
      }, 0);
    },
  },
  {
    name: "all streams by one address",
    run: (target, signal) =>
      repeat(MAX_STREAMS, signal, async () => {
        using client = await Client.openTls(target, signal);
        await client.send(request("/api/v1/stream", target.authorization));
        while (!signal.aborted) await client.read();
      }),
  },
  {
    name: "2,000 connections, opened again when they are closed",
    run: (target, signal) =>
      repeat(RECONNECTING, signal, async () => {
        using client = await Client.open(target, signal);
        await client.read();
      }, 0),
  },
];

function request(path: string, authorization?: string): string {
  const login = authorization === undefined ? "" : `Authorization: ${authorization}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n${login}\r\n`;
}

/** Runs this many clients at a time; each reconnects when its connection ends. */
async function repeat(
  clients: number,
  signal: AbortSignal,
  act: () => Promise<void>,
  pauseMs = RECONNECT_MS,
): Promise<void> {
  await Promise.all(Array.from({ length: clients }, async () => {
    while (!signal.aborted) {
      try {
        await act();
      } catch (error) {
        if (!isNetworkError(error)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }));
}

class Client implements Disposable {
  readonly #socket: net.Socket;
  readonly #chunks: AsyncIterator<Uint8Array>;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  static async open({ port }: FloodTarget, signal: AbortSignal): Promise<Client> {
    const socket = addAbortSignal(signal, net.connect({ port, host: HOSTNAME }));
    await once(socket, "connect");
    return new Client(socket);
  }

  static async openTls({ port, ca }: FloodTarget, signal: AbortSignal): Promise<Client> {
    const socket = addAbortSignal(signal, tls.connect({ port, host: HOSTNAME, ca }));
    await once(socket, "secureConnect");
    return new Client(socket);
  }

  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve())
    );
  }

  /** Resolves with the bytes that come next. */
  async read(): Promise<string> {
    const { done, value } = await this.#chunks.next();
    if (done) throw new Deno.errors.ConnectionReset("the server has closed");
    return decoder.decode(value);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** The end of a connection, or of the flood. */
function isNetworkError(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Error && "code" in error;
}

/** The first bytes of a handshake, as a client sends them. */
async function captureClientHello(): Promise<Uint8Array> {
  const server = net.createServer();
  const hello = new Promise<Uint8Array>((resolve) =>
    server.once("connection", (socket) => {
      socket.once("data", (bytes: Uint8Array) => {
        resolve(bytes);
        socket.destroy();
      });
    })
  );
  await new Promise<void>((resolve) => server.listen(0, HOSTNAME, resolve));
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: HOSTNAME, rejectUnauthorized: false }).on("error", () => {});
  const bytes = await hello;
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
  return bytes;
}
