// The renewal of a login on a connection, with a broker that answers just enough.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { BrokerConnection } from "../../../lib/kafka/connection/broker_connection.ts";
import type { BearerToken } from "../../../lib/kafka/connection/broker_security.ts";
import { Diagnoses } from "../../../lib/kafka/connection/connection_trouble.ts";
import { BrokerConnectionError } from "../../../lib/kafka/connection/kafka_error.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { settle } from "../../fakes/settle.ts";

const HEARTBEAT = 12;
const SASL_HANDSHAKE = 17;
const API_VERSIONS = 18;
const SASL_AUTHENTICATE = 36;
const KEYS = [HEARTBEAT, SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE];

const int16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const ANSWERS = new Map([
  // Version 2: no throttling, no error.
  [HEARTBEAT, Buffer.alloc(6)],
  // Version 1: no error, no mechanisms.
  [SASL_HANDSHAKE, Buffer.alloc(6)],
  [
    API_VERSIONS,
    Buffer.concat([
      int16(0),
      Buffer.from([0, 0, 0, KEYS.length]),
      ...KEYS.flatMap((key) => [key, 0, 2].map(int16)),
      Buffer.alloc(4),
    ]),
  ],
  // Version 1: no error, no message, no bytes, a session without end.
  [SASL_AUTHENTICATE, Buffer.concat([int16(0), int16(0xffff), Buffer.alloc(4), Buffer.alloc(8)])],
]);

/** Reports the tokens that it gets. */
async function startBroker(onToken: (token: string) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const request = received.subarray(4, 4 + received.readInt32BE(0));
        received = received.subarray(4 + request.length);
        const api = request.readInt16BE(0);
        if (api === SASL_AUTHENTICATE) onToken(/Bearer (\w+)/.exec(request.toString("latin1"))?.[1] ?? "");
        const answer = Buffer.concat([request.subarray(4, 8), ANSWERS.get(api) ?? Buffer.alloc(0)]);
        const size = Buffer.alloc(4);
        size.writeInt32BE(answer.length);
        socket.write(Buffer.concat([size, answer]));
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** Logs in with a token of `token` each time. */
async function connect(
  address: string,
  { token, clock }: { readonly token: () => Promise<BearerToken>; readonly clock: ManualClock },
): Promise<BrokerConnection> {
  return await BrokerConnection.open(address, {
    clientId: "rtcount-tests",
    security: { sasl: { mechanism: "OAUTHBEARER", tokens: { subject: "the token", token } } },
    diagnoses: new Diagnoses(),
    clock,
    signal: new AbortController().signal,
  });
}

async function beat(connection: BrokerConnection): Promise<number> {
  const member = { groupId: "g", groupGenerationId: 1, memberId: "m" };
  return (await connection.request<{ errorCode: number }>("Heartbeat", member)).errorCode;
}

Deno.test("BrokerConnection answers requests while a slow source makes the token of its renewal", async () => {
  const seen: string[] = [];
  const renewed = Promise.withResolvers<void>();
  await using broker = await startBroker((token) => {
    seen.push(token);
    if (seen.length === 2) renewed.resolve();
  });
  const asked = Promise.withResolvers<void>();
  const slow = Promise.withResolvers<BearerToken>();
  let asks = 0;
  const token = () => {
    if (++asks === 1) return Promise.resolve({ value: "first", renewInMs: 60_000 });
    asked.resolve();
    return slow.promise;
  };
  const clock = new ManualClock();
  const connection = await connect(broker.address, { token, clock });
  assert.equal(await beat(connection), 0);
  clock.advance(60_000);
  await asked.promise;
  assert.equal(await beat(connection), 0, "the source is slow");
  assert.deepEqual(seen, ["first"]);
  slow.resolve({ value: "second", renewInMs: 60_000 });
  await renewed.promise;
  assert.equal(await beat(connection), 0);
  assert.deepEqual([seen, connection.closed], [["first", "second"], false]);
  connection.close(new BrokerConnectionError(broker.address, "the test is over"));
});

Deno.test("BrokerConnection closes when there is no token for its renewal", async () => {
  await using broker = await startBroker(() => {});
  let asks = 0;
  const token = () => {
    return ++asks === 1
      ? Promise.resolve({ value: "first", renewInMs: 60_000 })
      : Promise.reject(new Error("the endpoint is down: start it"));
  };
  const clock = new ManualClock();
  const connection = await connect(broker.address, { token, clock });
  clock.advance(60_000);
  await settle();
  await assert.rejects(beat(connection), /the endpoint is down: start it$/);
});
