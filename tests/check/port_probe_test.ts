import assert from "node:assert/strict";
import { createServer } from "node:net";
import { judgeSpeech, probeAddresses, probeSpeech, type Speech } from "../../lib/check/port_probe.ts";
import { systemClock as clock } from "../../lib/async/clock.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { freePorts } from "../machine/free_ports.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
/** The beginning of an answer with the correlation id 1. */
const KAFKA = new Uint8Array([0, 0, 0, 10, 0, 0, 0, 1, 0, 0]);
const NOTHING = new Uint8Array();

Deno.test("judgeSpeech() tells the protocol by the answers to two greetings", () => {
  const rows: [toKafka: Uint8Array | undefined, toHttp: Uint8Array | undefined, Speech][] = [
    [KAFKA, NOTHING, "kafka"],
    [KAFKA, undefined, "kafka"],
    [undefined, bytes("HTTP/1.1 200 OK"), "http"],
    [bytes("HTTP/1.1 400 Bad Request"), NOTHING, "http"],
    [undefined, undefined, "silent"],
    [NOTHING, undefined, "closes"],
    [NOTHING, NOTHING, "closes"],
    [bytes("SSH-2.0-OpenSSH_9.2"), bytes("SSH-2.0-OpenSSH_9.2"), "other"],
    [bytes("HTTP"), NOTHING, "other"],
  ];
  for (const [toKafka, toHttp, expected] of rows) assert.equal(judgeSpeech(toKafka, toHttp), expected);
});

Deno.test("probeAddresses() finds the addresses of a name, and which are open", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  assert.deepEqual(await probeAddresses(`127.0.0.1:${port}`, clock), [{ ip: "127.0.0.1", state: "open" }]);
  const byName = await probeAddresses(`localhost:${port}`, clock);
  assert.equal(byName.find(({ ip }) => ip === "127.0.0.1")?.state, "open");
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(await probeAddresses(`127.0.0.1:${port}`, clock), [{ ip: "127.0.0.1", state: "refused" }]);
  assert.deepEqual(await probeAddresses("nowhere.invalid:9092", clock), []);
});

Deno.test("probeSpeech() gives up on a port that sends nothing", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  const manual = new ManualClock();
  const addresses = [{ ip: "127.0.0.1", state: "open" as const }];
  const speech = probeSpeech(address, { addresses, clock: manual });
  manual.advance(2_000);
  assert.equal(await speech, "silent");
});

Deno.test("probeSpeech() recognizes an HTTP server, and a server that closes the connection", async () => {
  await using web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("hello"),
  );
  const hangsUp = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => hangsUp.listen(0, "127.0.0.1", resolve));
  const { port } = hangsUp.address() as { port: number };
  for (const [port_, expected] of [[web.addr.port, "http"], [port, "closes"]] as const) {
    const address = `127.0.0.1:${port_}`;
    assert.equal(
      await probeSpeech(address, { addresses: await probeAddresses(address, clock), clock }),
      expected,
    );
  }
  await new Promise((resolve) => hangsUp.close(resolve));
  const [free] = freePorts(1);
  const addresses = await probeAddresses(`127.0.0.1:${free}`, clock);
  assert.equal(await probeSpeech(`127.0.0.1:${free}`, { addresses, clock }), undefined);
});
