// A service manager as far as its socket goes: it receives what services tell it.

import { join } from "node:path";

const decoder = new TextDecoder();
const WAIT_MS = 30_000;

export class ServiceManager implements Disposable {
  /** What has arrived so far: each message is a list of assignments. */
  readonly messages: string[][] = [];
  /** For NOTIFY_SOCKET. */
  readonly address: string;
  readonly #folder: string;
  readonly #socket: Deno.DatagramConn;
  #arrived = Promise.withResolvers<void>();

  constructor({ abstract = false } = {}) {
    this.#folder = Deno.makeTempDirSync({ prefix: "rtcount-notify-" });
    const path = join(this.#folder, "notify");
    this.address = abstract ? `@${path}` : path;
    this.#socket = Deno.listenDatagram({
      transport: "unixpacket",
      path: abstract ? `\0${path}` : path,
    });
    this.#receive();
  }

  /** Waits until `wanted` finds what it looks for in all that has arrived. */
  async waitFor<T>(wanted: (messages: readonly string[][]) => T | undefined | false): Promise<T> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#arrived.resolve();
    }, WAIT_MS);
    try {
      while (true) {
        const found = wanted(this.messages);
        if (found !== undefined && found !== false) return found;
        if (isLate) {
          throw new Error(`not told in ${WAIT_MS} ms; these came: ${JSON.stringify(this.messages)}`);
        }
        await this.#arrived.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }

  async #receive(): Promise<void> {
    for await (const [datagram] of this.#socket) {
      this.messages.push(decoder.decode(datagram).split("\n"));
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers();
    }
  }
}
