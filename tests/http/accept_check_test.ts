import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { keepAccepting } from "../../lib/http/accept_check.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";

const CHECK_INTERVAL_MS = 5_000;
const HOST = "127.0.0.1";

/** A server with a check, which has accepted a connection long ago. */
class CheckedServer implements AsyncDisposable {
  readonly server = net.createServer((socket) => socket.on("error", () => {}).resume());
  readonly clock = new ManualClock();
  failures = 0;
  readonly #stopping = new AbortController();
  #checking: Promise<void> | undefined;

  async start(): Promise<void> {
    this.server.listen(0, HOST);
    await once(this.server, "listening");
    const { port } = this.server.address() as net.AddressInfo;
    this.#checking = keepAccepting(this.server, {
      isFull: () => false,
      address: { host: HOST, port, backlog: 10 },
      signal: this.#stopping.signal,
      onFailure: () => this.failures++,
      clock: this.clock,
    });
    const client = net.connect(port, HOST);
    await once(this.server, "connection");
    client.destroy();
    this.clock.advance(CHECK_INTERVAL_MS);
    await settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#checking;
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Lets all run that waits for no time and no network. */
async function runMicrotasks(): Promise<void> {
  for (let n = 0; n < 100; n++) await Promise.resolve();
}

Deno.test("keepAccepting() takes a process that was halted for no failure of the server", async () => {
  await using checked = new CheckedServer();
  await checked.start();
  const connected = once(checked.server, "connection");
  checked.clock.advance(CHECK_INTERVAL_MS);
  await runMicrotasks();
  // The connection is under way, and a minute passes before the process runs again.
  checked.clock.advance(60_000);
  await runMicrotasks();
  assert.equal(checked.failures, 0);
  await connected;
  await settle();
  assert.equal(checked.failures, 0);
});

Deno.test("keepAccepting() listens again when the server accepts no more", async () => {
  await using checked = new CheckedServer();
  await checked.start();
  const { port } = checked.server.address() as net.AddressInfo;
  net.Server.prototype.close.call(checked.server);
  const listening = once(checked.server, "listening");
  checked.clock.advance(CHECK_INTERVAL_MS);
  while (checked.failures === 0) {
    await settle();
    checked.clock.advance(100);
  }
  await listening;
  const client = net.connect(port, HOST);
  await once(checked.server, "connection");
  client.destroy();
  assert.equal(checked.failures, 1);
});

Deno.test("keepAccepting() leaves none of its sockets behind", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const probes: WeakRef<net.Socket>[] = [];
  const { connect } = net;
  net.connect = ((...args: Parameters<typeof connect>) => {
    const socket = connect(...args);
    probes.push(new WeakRef(socket));
    return socket;
  }) as typeof connect;
  try {
    await using checked = new CheckedServer();
    await checked.start();
    for (let n = 0; n < 10; n++) {
      const connected = once(checked.server, "connection");
      checked.clock.advance(CHECK_INTERVAL_MS);
      await connected;
      await settle();
      // The interval in which the server has accepted its own connection.
      checked.clock.advance(CHECK_INTERVAL_MS);
      await settle();
    }
  } finally {
    net.connect = connect;
  }
  assert.ok(probes.length >= 10, `${probes.length}`);
  const left = () => probes.filter((probe) => probe.deref() !== undefined).length;
  // The last one may be in a register of a function that waits.
  for (let n = 0; n < 20 && left() > 2; n++) {
    await settle();
    collectGarbage();
  }
  assert.ok(left() <= 2, `${left()} of ${probes.length}`);
});
