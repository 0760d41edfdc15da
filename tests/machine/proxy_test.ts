import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createConnection, createServer, type Socket } from "node:net";
import { freePorts } from "./free_ports.ts";
import { type ProxyFault, TcpProxy } from "./proxy.ts";

const [port] = freePorts(1);

/** A server that says everything twice, behind a proxy, and a client of it. */
async function withProxy(use: (proxy: TcpProxy, connect: () => Client) => Promise<void>): Promise<void> {
  const server = createServer((socket) => {
    socket.on("data", (chunk) => socket.write(Buffer.concat([chunk, chunk])));
    socket.on("error", () => {}); // the proxy breaks connections
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  {
    await using proxy = await TcpProxy.start(0, `127.0.0.1:${port}`);
    const clients: Client[] = [];
    await use(proxy, () => {
      const client = new Client(proxy.address);
      clients.push(client);
      return client;
    });
    for (const client of clients) client.socket.destroy();
    await Promise.all(clients.map(({ closed }) => closed));
  }
  await new Promise((resolve) => server.close(resolve));
}

class Client {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  chunks: string[] = [];
  #onChunk = () => {};

  constructor(address: string) {
    const [host, port] = address.split(":");
    this.socket = createConnection({ host, port: Number(port) });
    this.socket.on("data", (chunk) => {
      this.chunks.push(chunk.toString());
      this.#onChunk();
    });
    this.closed = new Promise((resolve) => this.socket.on("close", () => resolve()));
  }

  get text(): string {
    return this.chunks.join("");
  }

  async untilHeard(text: string): Promise<void> {
    while (this.text.length < text.length) await new Promise<void>((resolve) => this.#onChunk = resolve);
    assert.equal(this.text, text);
  }
}

const HARMLESS: readonly ProxyFault[] = [
  { kind: "none" },
  { kind: "latency", delayMs: 5 },
  { kind: "dribble" },
];

for (const fault of HARMLESS) {
  Deno.test(`TcpProxy with ${fault.kind} brings all that was said`, async () => {
    await withProxy(async (proxy, connect) => {
      proxy.fault = fault;
      const client = connect();
      client.socket.write("hello");
      await client.untilHeard("hellohello");
      assert.equal(proxy.faults > 0, fault.kind !== "none");
    });
  });
}

Deno.test("TcpProxy with cut breaks each connection after so many bytes of the server", async () => {
  await withProxy(async (proxy, connect) => {
    proxy.fault = { kind: "cut", afterBytes: 7 };
    for (let i = 0; i < 2; i++) {
      const client = connect();
      client.socket.write("hello");
      await client.closed;
      assert.equal(client.text, "hellohe");
    }
    assert.equal(proxy.faults, 2);
    assert.equal(proxy.connections, 0);
  });
});

Deno.test("TcpProxy with silence swallows what is said, also afterwards on the connections of that time", async () => {
  await withProxy(async (proxy, connect) => {
    const before = connect();
    before.socket.write("a");
    await before.untilHeard("aa");
    proxy.fault = { kind: "silence" };
    before.socket.write("b");
    const during = connect();
    during.socket.write("c");
    await new Promise<void>((resolve) => during.socket.once("connect", resolve));
    proxy.fault = { kind: "none" };
    const after = connect();
    after.socket.write("d");
    await after.untilHeard("dd");
    assert.equal(before.text, "aa");
    assert.equal(during.text, "");
  });
});
