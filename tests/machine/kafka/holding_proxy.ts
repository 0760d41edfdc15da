// A proxy to a broker that understands where a message of Kafka's protocol begins and ends. It holds back one request or
// answer of a kind, and all that follows it on the same connection, until it is released.

import { Buffer } from "node:buffer";
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net";

/** Numbers of requests in Kafka's protocol. */
export const Api = {
  produce: 0,
  fetch: 1,
  offsetCommit: 8,
  joinGroup: 11,
  heartbeat: 12,
  syncGroup: 14,
} as const;

export interface HeldMessage {
  readonly api: number;
  readonly side: "request" | "answer";
  /** Something that the request contains, such as a topic. */
  readonly text?: string;
  /** Holds nothing before it has passed on a request of this kind. */
  readonly after?: number;
  /** The number of messages of the kind that pass before; none by default. */
  readonly passing?: number;
  /** Only on connections that are open when `hold` is called: not those of a client that comes later. */
  readonly isOnOpenConnection?: boolean;
}

interface Hold extends HeldMessage {
  /** Undefined for any. */
  readonly connections: ReadonlySet<Socket> | undefined;
  isArmed: boolean;
  left: number;
  readonly held: PromiseWithResolvers<void>;
  readonly released: PromiseWithResolvers<void>;
}

/** A request that has no answer yet. */
interface Request {
  readonly api: number;
  readonly isOf: (text: string) => boolean;
}

export class HoldingProxy implements AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #hold: Hold | undefined;

  private constructor(target: string, { listener, address }: { listener: Server; address: string }) {
    this.#listener = listener;
    this.address = address;
    const [host, port] = target.split(":");
    listener.on("connection", (client) => {
      this.#join(client, createConnection({ host, port: Number(port), noDelay: true }));
    });
  }

  /** @param port where it listens @param target `host:port` of the broker */
  static async start(port: number, target: string): Promise<HoldingProxy> {
    const listener = createServer({ noDelay: true });
    await new Promise<void>((resolve) => listener.listen(port, "127.0.0.1", resolve));
    const { address, port: listening } = listener.address() as AddressInfo;
    return new HoldingProxy(target, { listener, address: `${address}:${listening}` });
  }

  /** Holds the next message of the kind, in place of any other. Resolves when it is held. */
  hold(what: HeldMessage): Promise<void> {
    this.release();
    this.#hold = {
      ...what,
      connections: what.isOnOpenConnection ? new Set(this.#sockets) : undefined,
      isArmed: what.after === undefined,
      left: what.passing ?? 0,
      held: Promise.withResolvers<void>(),
      released: Promise.withResolvers<void>(),
    };
    return this.#hold.held.promise;
  }

  /** Passes on what is held, even where its sender is gone. */
  release(): void {
    this.#hold?.released.resolve();
    this.#hold = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      // A socket that fails closes too; the other side learns of it by its end.
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    }
    const requests = new Map<number, Request>();
    void this.#carry({ from: client, to: server }, async (frame) => {
      const api = frame.readInt16BE(4);
      const request = { api, isOf: (text: string) => frame.includes(text) };
      requests.set(frame.readInt32BE(8), request);
      await this.#pass(client, request, "request");
    });
    void this.#carry({ from: server, to: client }, async (frame) => {
      const correlation = frame.readInt32BE(4);
      const request = requests.get(correlation);
      requests.delete(correlation);
      if (request !== undefined) await this.#pass(client, request, "answer");
    });
  }

  /** Waits where the message is to be held. */
  async #pass(client: Socket, request: Request, side: HeldMessage["side"]): Promise<void> {
    const hold = this.#hold;
    if (hold === undefined || hold.connections?.has(client) === false) return;
    const { api, text, after, held, released } = hold;
    const isKind = hold.isArmed && request.api === api && side === hold.side;
    if (isKind && (text === undefined || request.isOf(text)) && hold.left-- === 0) {
      held.resolve();
      await released.promise;
    }
    if (side === "request" && request.api === after) hold.isArmed = true;
  }

  /** One direction, message by message; ends with the connection. */
  async #carry(
    { from, to }: { readonly from: Socket; readonly to: Socket },
    pass: (frame: Buffer) => Promise<void>,
  ): Promise<void> {
    let pending: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of from) {
        pending.push(chunk);
        size += chunk.length;
        while (size >= 4) {
          if (pending[0].length < 4) pending = [Buffer.concat(pending)];
          const length = 4 + pending[0].readInt32BE(0);
          if (size < length) break;
          const all = pending.length === 1 ? pending[0] : Buffer.concat(pending);
          const frame = all.subarray(0, length);
          pending = [all.subarray(length)];
          size -= length;
          await pass(frame);
          to.write(frame);
        }
      }
    } catch (error) {
      // Either side was destroyed while it was read from.
      if (!(error instanceof Error) || !("code" in error)) throw error;
    }
    to.end();
  }
}
