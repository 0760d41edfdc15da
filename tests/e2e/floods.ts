// Floods of HTTP by clients at one address, 127.0.0.1, who take what all share. Each goes on until its signal is aborted.

import net from "node:net";
import tls from "node:tls";

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
/** The most connections that rtcount serves. */
const ALL_CONNECTIONS = 288;
const ALL_STREAMS = 256;
const HALF_HANDSHAKES = 250;
const RECONNECTING = 2_000;
const GUESSERS = 20;
const PIPELINED = 200;
const RECONNECT_MS = 200;
const encoder = new TextEncoder();

export const FLOODS: readonly Flood[] = [
  {
    name: "wrong log-ins",
    run: (target, signal) =>
      repeat(GUESSERS, signal, async () => {
        await using client = await Client.openTls(target, signal);
        for (let n = 0; !signal.aborted; n++) {
          await client.send(request("/", `Basic ${btoa(`prometheus:wrong${n}`)}`));
          await client.read();
        }
      }),
  },
  {
    name: "288 connections that are all answered 401",
    run: (target, signal) =>
      repeat(ALL_CONNECTIONS, signal, async () => {
        await using client = await Client.openTls(target, signal);
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
        await using client = await Client.open(target, signal);
        await client.send(hello);
        await client.read();
      }, 0);
    },
  },
  {
    name: "all streams by one address",
    run: (target, signal) =>
      repeat(ALL_STREAMS, signal, async () => {
        await using client = await Client.openTls(target, signal);
        await client.send(request("/api/v1/stream", target.authorization));
        while (!signal.aborted) await client.read();
      }),
  },
  {
    name: "2,000 connections, opened again when they are closed",
    run: (target, signal) =>
      repeat(RECONNECTING, signal, async () => {
        await using client = await Client.open(target, signal);
        await client.read();
      }, 0),
  },
];

function request(path: string, authorization?: string): string {
  const login = authorization === undefined ? "" : `Authorization: ${authorization}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n${login}\r\n`;
}

/** So many clients at a time; each begins anew when its connection ends. */
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

class Client implements AsyncDisposable {
  readonly #conn: Deno.Conn;
  readonly #signal: AbortSignal;
  readonly #close = () => this.#conn.close();
  readonly #buffer = new Uint8Array(16 * 1024);

  private constructor(conn: Deno.Conn, signal: AbortSignal) {
    this.#conn = conn;
    this.#signal = signal;
    if (signal.aborted) this.#close();
    else signal.addEventListener("abort", this.#close);
  }

  static async open({ port }: FloodTarget, signal: AbortSignal): Promise<Client> {
    return new Client(await Deno.connect({ hostname: HOSTNAME, port }), signal);
  }

  static async openTls({ port, ca }: FloodTarget, signal: AbortSignal): Promise<Client> {
    return new Client(await Deno.connectTls({ hostname: HOSTNAME, port, caCerts: [ca] }), signal);
  }

  async send(bytes: string | Uint8Array): Promise<void> {
    const rest = typeof bytes === "string" ? encoder.encode(bytes) : bytes;
    for (let sent = 0; sent < rest.length;) sent += await this.#conn.write(rest.subarray(sent));
  }

  /** Resolves with the bytes that come next. */
  async read(): Promise<string> {
    const count = await this.#conn.read(this.#buffer);
    if (count === null) throw new Deno.errors.ConnectionReset("the server has closed");
    return new TextDecoder().decode(this.#buffer.subarray(0, count));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener("abort", this.#close);
    if (!this.#signal.aborted) this.#conn.close();
    return Promise.resolve();
  }
}

function isNetworkError(error: unknown): boolean {
  return Object.values(Deno.errors).some((kind) => error instanceof kind);
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
