import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "../../../lib/async/clock.ts";
import { closeSocket, openSocket } from "../../../lib/kafka/connection/broker_socket.ts";
import { settle } from "../../fakes/settle.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const SOCKETS = 10;
/** The last one may be in a register of a function that waits. */
const MAX_LEFT = 2;
const MAX_COLLECTIONS = 20;

/** Opens sockets to a server, lets `close` close them, and says how many are left after garbage collection. */
async function countLeft(close: (ours: net.Socket, theirs: net.Socket) => void): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const server = net.createServer((socket) => socket.on("error", () => {}));
  stack.defer(() => new Promise((resolve) => server.close(() => resolve())));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const target = { address: `127.0.0.1:${port}`, host: "127.0.0.1", ip: "127.0.0.1", port };
  const sockets: WeakRef<net.Socket>[] = [];
  const limits = { timeoutMs: 60_000, clock: systemClock, signal: new AbortController().signal };
  for (let n = 0; n < SOCKETS; n++) {
    const accepted = once(server, "connection");
    const socket = await openSocket(target, undefined, limits);
    const [theirs] = await accepted;
    socket.on("data", () => {});
    const closed = once(socket, "close");
    close(socket, theirs);
    await closed;
    theirs.destroy();
    sockets.push(new WeakRef(socket));
  }
  const left = () => sockets.filter((socket) => socket.deref() !== undefined).length;
  for (let n = 0; n < MAX_COLLECTIONS && left() > MAX_LEFT; n++) {
    await settle();
    collectGarbage();
  }
  return left();
}

Deno.test("openSocket() makes sockets that closeSocket() leaves to the collection of garbage", async () => {
  const left = await countLeft((ours) => closeSocket(ours));
  assert.ok(left <= MAX_LEFT, `${left} of ${SOCKETS}`);
});

Deno.test("openSocket() makes sockets that are left to the collection of garbage where the broker closes them", async () => {
  const left = await countLeft((_ours, theirs) => void theirs.end());
  assert.ok(left <= MAX_LEFT, `${left} of ${SOCKETS}`);
});
