// A fake service manager: a socket that receives the messages of services.

import { join } from "node:path";
import { openNotifySocket } from "../../lib/systemd/notify_socket.ts";

const decoder = new TextDecoder();
const WAIT_MS = 120_000;

export class ServiceManager implements Disposable {
  /** The messages so far; each is a list of assignments. */
  readonly messages: string[][] = [];
  /** The value of NOTIFY_SOCKET. */
  readonly address: string;
  readonly #folder: string;
  readonly #marks = new Set<string>();
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

  /** Waits until `wanted` finds what it looks for in the messages so far. */
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
          throw new Error(`no such message in ${WAIT_MS} ms; these came: ${JSON.stringify(this.messages)}`);
        }
        await this.#arrived.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until all that was sent before the call has arrived: the socket keeps the order. */
  async waitForSent(): Promise<void> {
    const mark = `MARK=${crypto.randomUUID()}`;
    const sender = openNotifySocket(this.address);
    await sender.send(mark);
    sender.close();
    await this.waitFor(() => this.#marks.has(mark));
  }

  [Symbol.dispose](): void {
    this.#socket.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }

  async #receive(): Promise<void> {
    for await (const [datagram] of this.#socket) {
      const text = decoder.decode(datagram);
      if (text.startsWith("MARK=")) this.#marks.add(text);
      else this.messages.push(text.split("\n"));
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers();
    }
  }
}
