// Stands between a client and a server on TCP and does to their connections what networks do.

import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net";

export type ProxyFault =
  | { readonly kind: "none" }
  /** Everything comes so much later, in either direction. */
  | { readonly kind: "latency"; readonly delayMs: number }
  /** Each connection breaks in the middle of what the server says, after so many bytes. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Connections stay open, and nothing comes through. Those that were open then stay so afterwards too. */
  | { readonly kind: "silence" }
  /** Answers come byte by byte. */
  | { readonly kind: "dribble" };

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes of the server since the fault began. */
  heard: number;
  isMute: boolean;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

const NO_FAULT: ProxyFault = { kind: "none" };

export class TcpProxy implements AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  #target: Target;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #fault: ProxyFault = NO_FAULT;
  /** How often a fault has done something to a connection. */
  faults = 0;

  private constructor(target: Target, { listener, address }: {
    listener: Server;
    address: string;
  }) {
    this.#target = target;
    this.#listener = listener;
    this.address = address;
    listener.on("connection", (client) => this.#join(client));
  }

  /** @param port where it listens @param target `host:port` of the server */
  static async start(port: number, target: string): Promise<TcpProxy> {
    const listener = createServer({ noDelay: true });
    await new Promise<void>((resolve) => listener.listen(port, "127.0.0.1", resolve));
    const { address, port: listening } = listener.address() as AddressInfo;
    return new TcpProxy(parseTarget(target), { listener, address: `${address}:${listening}` });
  }

  /** `host:port` of the server of connections that are made from now on. */
  set target(target: string) {
    this.#target = parseTarget(target);
  }

  /** The behaviour from now on, also of existing connections. */
  set fault(fault: ProxyFault) {
    this.#fault = fault;
    this.faults = 0;
    for (const pair of this.#pairs) {
      pair.heard = 0;
      if (fault.kind === "silence") this.#mute(pair);
    }
  }

  /** Open connections of clients. */
  get connections(): number {
    return this.#pairs.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    for (const pair of this.#pairs) this.#part(pair);
    await closed;
  }

  #join(client: Socket): void {
    const server = createConnection({ ...this.#target, noDelay: true });
    const pair: Pair = { client, server, heard: 0, isMute: false };
    this.#pairs.add(pair);
    if (this.#fault.kind === "silence") this.#mute(pair);
    for (const socket of [client, server]) {
      // A socket that fails closes too, and that is all there is to say to the other side.
      socket.on("error", () => {});
      socket.on("close", () => this.#part(pair));
    }
    void this.#carry(pair, { from: client, to: server });
    void this.#carry(pair, { from: server, to: client });
  }

  #mute(pair: Pair): void {
    pair.isMute = true;
    this.faults++;
  }

  #part(pair: Pair): void {
    pair.client.destroy();
    pair.server.destroy();
    this.#pairs.delete(pair);
  }

  /** One direction; ends with the connection. */
  async #carry(pair: Pair, { from, to }: { from: Socket; to: Socket }): Promise<void> {
    try {
      for await (const chunk of from) {
        if (!await this.#pass(pair, { chunk, to })) break;
      }
    } catch (error) {
      // Whichever side was destroyed while it was read from or written to.
      if (!(error instanceof Error) || !("code" in error)) throw error;
    }
    this.#part(pair);
  }

  /** Passes on what came; false where the connection is to break. */
  async #pass(pair: Pair, { chunk, to }: { chunk: Uint8Array; to: Socket }): Promise<boolean> {
    const isOfServer = to === pair.client;
    const fault = this.#fault;
    if (pair.isMute) return true;
    if (fault.kind === "latency") {
      this.faults++;
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
      if (pair.isMute) return true;
    }
    if (isOfServer && fault.kind === "cut") {
      const left = fault.afterBytes - pair.heard;
      pair.heard += chunk.length;
      if (chunk.length >= left) {
        this.faults++;
        await write(to, chunk.subarray(0, left));
        return false;
      }
    }
    let at = 0;
    while (isOfServer && fault.kind === "dribble" && this.#fault === fault && at < chunk.length) {
      this.faults++;
      await write(to, chunk.subarray(at++, at));
    }
    await write(to, chunk.subarray(at));
    return true;
  }
}

function parseTarget(target: string): Target {
  const at = target.lastIndexOf(":");
  return { host: target.slice(0, at), port: Number(target.slice(at + 1)) };
}

/** Resolves when it is on its way. */
function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    if (bytes.length === 0) resolve();
    else socket.write(bytes, (error) => error ? reject(error) : resolve());
  });
}
