import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { systemClock } from "../../../lib/async/clock.ts";
import { BrokerConnection } from "../../../lib/kafka/connection/broker_connection.ts";
import { Diagnoses } from "../../../lib/kafka/connection/connection_trouble.ts";
import { NetworkClient } from "../../../lib/kafka/network_client.ts";
import type { ApiName } from "../../../lib/kafka/connection/kafkajs.ts";
import { BrokerConnectionError, UnreadableAnswerError } from "../../../lib/kafka/connection/kafka_error.ts";
import { Api, joined, part, scriptBroker } from "../../fakes/scripted_broker.ts";
import { serveSockets } from "../../fakes/socket_server.ts";

const API_VERSIONS = 18;
const METADATA = 3;
const HEARTBEAT = 12;

/** A broker that answers ApiVersions, and passes other requests to `onRequest`. */
async function fakeBroker(
  onRequest: (socket: Socket, request: Uint8Array) => void,
  onConnection: () => void = () => {},
) {
  return await serveSockets((socket) => {
    onConnection();
    socket.on("data", (request: Uint8Array) => {
      const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
      if (view.getInt16(4) !== API_VERSIONS) return onRequest(socket, request);
      const keys = [API_VERSIONS, METADATA, HEARTBEAT];
      const answer = new DataView(new ArrayBuffer(4 + 4 + 2 + 4 + keys.length * 6 + 4));
      answer.setInt32(0, answer.byteLength - 4);
      answer.setInt32(4, view.getInt32(8));
      answer.setInt32(10, keys.length);
      keys.forEach((key, i) => {
        answer.setInt16(14 + i * 6, key);
        answer.setInt16(18 + i * 6, 2);
      });
      socket.write(new Uint8Array(answer.buffer));
    });
  });
}

const heartbeat = { groupId: "g", groupGenerationId: 1, memberId: "m" };

async function open(
  address: string,
  { signal = new AbortController().signal, diagnoses = new Diagnoses() } = {},
): Promise<BrokerConnection> {
  const clientId = "rtcount-tests";
  return await BrokerConnection.open(address, {
    clientId,
    security: {},
    diagnoses,
    clock: systemClock,
    signal,
  });
}

Deno.test("BrokerConnection.open() reports in plain words that no broker listens", async () => {
  const broker = await fakeBroker(() => {});
  await broker[Symbol.asyncDispose]();
  await assert.rejects(open(broker.address), (error: unknown) => {
    assert.ok(error instanceof BrokerConnectionError);
    assert.match(error.message, /127\.0\.0\.1:\d+: connection refused, no broker listens there/);
    return true;
  });
});

Deno.test("BrokerConnection.open() finds a broker at localhost that listens on IPv4 alone", async () => {
  await using broker = await fakeBroker(() => {});
  const connection = await open(broker.address.replace("127.0.0.1", "localhost"));
  connection.close(new BrokerConnectionError(broker.address, "done"));
});

Deno.test("BrokerConnection.open() ends when its signal is aborted", async () => {
  const hanging = new AbortController();
  await using server = await serveSockets(() => hanging.abort());
  await assert.rejects(open(server.address, { signal: hanging.signal }), /cancelled/);
});

Deno.test("BrokerConnection diagnoses a failure once per address and reason, and again after a success", async () => {
  let isWilling = false;
  let connections = 0;
  await using broker = await fakeBroker((socket, request) => {
    // A Heartbeat answer of version 1 without an error.
    if (isWilling) socket.write(new Uint8Array([0, 0, 0, 10, ...request.subarray(8, 12), 0, 0, 0, 0, 0, 0]));
    else socket.end();
  }, () => connections++);
  const diagnoses = new Diagnoses();
  const attempt = async () => {
    connections = 0;
    const connection = await open(broker.address, { diagnoses });
    const failed = await connection.request("Heartbeat", heartbeat).then(() => false, () => true);
    connection.close(new BrokerConnectionError(broker.address, "done"));
    return { failed, connections };
  };
  assert.deepEqual(await attempt(), { failed: true, connections: 2 }, "the second asks for a login");
  assert.deepEqual(await attempt(), { failed: true, connections: 1 });
  isWilling = true;
  assert.deepEqual(await attempt(), { failed: false, connections: 1 });
  isWilling = false;
  assert.deepEqual(await attempt(), { failed: true, connections: 2 });
});

Deno.test("BrokerConnection.request() closes a connection on which no answer comes in time", async () => {
  await using broker = await fakeBroker(() => {});
  const connection = await open(broker.address);
  await assert.rejects(
    connection.request("Heartbeat", heartbeat, { timeoutMs: 20 }),
    /no answer to Heartbeat within 20 ms/,
  );
  assert.equal(connection.closed, true);
  await assert.rejects(connection.request("Heartbeat", heartbeat), /no answer to Heartbeat/);
});

for (
  const [what, answer, reason] of [
    ["an empty answer", [0, 0, 0, 0], /its answer is not that of a Kafka broker/],
    ["one without room for its number", [0, 0, 0, 3, 1, 2, 3], /its answer is not that of a Kafka broker/],
    ["one of length -1", [255, 255, 255, 255], /its answer is not that of a Kafka broker/],
    ["one of negative length", [255, 255, 255, 0, 1, 2, 3, 4, 5], /its answer is not that of a Kafka broker/],
    ["HTTP", [...new TextEncoder().encode("HTTP/1.1 400")], /it announces an answer of 1213486164 bytes/],
  ] as const
) {
  Deno.test(`BrokerConnection.request() alone fails when the broker sends ${what}`, async () => {
    await using broker = await fakeBroker((socket) => socket.write(Uint8Array.from(answer)));
    const connection = await open(broker.address);
    await assert.rejects(connection.request("Heartbeat", heartbeat), (error: unknown) => {
      return error instanceof BrokerConnectionError && reason.test(error.message);
    });
    assert.equal(connection.closed, true);
  });
}

/** Sends each number of bytes after the head of an answer, until the client closes the connection. */
function announce(socket: Socket, correlationId: Uint8Array, bytes: number): void {
  const head = new DataView(new ArrayBuffer(4));
  head.setInt32(0, bytes);
  socket.write(new Uint8Array([...new Uint8Array(head.buffer), ...correlationId]));
}

Deno.test("BrokerConnection.open() keeps no long answer before the login", async () => {
  await using liar = await serveSockets((socket) => {
    socket.on("data", (request: Uint8Array) => announce(socket, request.subarray(8, 12), 240_000_000));
  });
  await assert.rejects(open(liar.address), /announces an answer of 2400000\d\d bytes/);
});

Deno.test("BrokerConnection.request() keeps no answer that is longer than its kind can be", async () => {
  await using broker = await fakeBroker((socket, request) => {
    announce(socket, request.subarray(8, 12), 20_000_000);
  });
  const connection = await open(broker.address);
  await assert.rejects(connection.request("Heartbeat", heartbeat), /announces an answer of 200000\d\d bytes/);
});

Deno.test("BrokerConnection closes a connection that answers requests which were not sent", async () => {
  await using broker = await fakeBroker((socket) => {
    socket.write(new Uint8Array([0, 0, 0, 4, 0, 0, 9, 9]));
  });
  const connection = await open(broker.address);
  await assert.rejects(connection.request("Heartbeat", heartbeat), /not that of a Kafka broker/);
  assert.equal(connection.closed, true);
});

Deno.test("BrokerConnection.request() takes no answer to a later request for its own", async () => {
  const received: Uint8Array[] = [];
  await using broker = await fakeBroker((socket, requests) => {
    received.push(...splitRequests(requests));
    if (received.length < 2) return;
    // Heartbeat answers of version 1: the later one says that the member is unknown.
    const [first, second] = received.map((request) => [...request.subarray(8, 12)]);
    socket.write(new Uint8Array([0, 0, 0, 10, ...second, 0, 0, 0, 0, 0, 25]));
    socket.write(new Uint8Array([0, 0, 0, 10, ...first, 0, 0, 0, 0, 0, 0]));
  });
  const connection = await open(broker.address);
  const both = [connection.request("Heartbeat", heartbeat), connection.request("Heartbeat", heartbeat)];
  for (const outcome of await Promise.allSettled(both)) {
    assert.equal(outcome.status === "rejected" && outcome.reason instanceof UnreadableAnswerError, true);
  }
  assert.equal(connection.closed, true);
});

/** Several requests may come in one piece. */
function splitRequests(bytes: Uint8Array): readonly Uint8Array[] {
  const requests: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + new DataView(bytes.buffer, bytes.byteOffset + at).getInt32(0);
    requests.push(bytes.subarray(at, end));
    at = end;
  }
  return requests;
}

for (const newest of [-1, -32_768, 0]) {
  Deno.test(`BrokerConnection.request() names a request of which the broker knows version ${newest} at most`, async () => {
    const versions = new Map([[Api.offsetFetch, newest]]);
    await using broker = await scriptBroker(() => assert.fail("nothing should be sent"), versions);
    const connection = await open(broker.address);
    const asked = connection.request("OffsetFetch", { groupId: "g", topics: [] });
    await assert.rejects(asked, (error: unknown) => {
      assert.ok(error instanceof BrokerConnectionError, String(error));
      assert.match(error.reason, /does not support the request OffsetFetch/);
      return true;
    });
    connection.close(new BrokerConnectionError(broker.address, "done"));
  });
}

const NULL = part.text(null);
const OK = part.int16(0);
/** Answers of version 1 with null where the protocol has none. */
const NULLS: readonly (readonly [api: ApiName, key: number, args: object, answer: Uint8Array])[] = [
  [
    "GroupCoordinator",
    Api.findCoordinator,
    { groupId: "g" },
    joined(part.int32(0), OK, NULL, part.int32(1), NULL, part.int32(9092)),
  ],
  [
    "JoinGroup",
    Api.joinGroup,
    { groupId: "g", memberId: "m", protocolType: "consumer", groupProtocols: [] },
    joined(OK, part.int32(1), part.text("p"), NULL, NULL, part.array([])),
  ],
  [
    "JoinGroup",
    Api.joinGroup,
    { groupId: "g", memberId: "m", protocolType: "consumer", groupProtocols: [] },
    joined(
      OK,
      part.int32(1),
      part.text("p"),
      part.text("m"),
      part.text("m"),
      part.array([joined(part.text("m"), part.int32(-1))]),
    ),
  ],
  [
    "SyncGroup",
    Api.syncGroup,
    { groupId: "g", generationId: 1, memberId: "m", groupAssignment: [] },
    joined(part.int32(0), OK, part.int32(-1)),
  ],
];

for (const [api, key, args, answer] of NULLS) {
  Deno.test(`BrokerConnection.request() fails on an answer to ${api} with a value that is null, of ${answer.length} bytes`, async () => {
    await using broker = await scriptBroker(({ apiKey }) => apiKey === key ? answer : undefined);
    const connection = await open(broker.address);
    await assert.rejects(connection.request(api, args), (error: unknown) => {
      assert.ok(error instanceof BrokerConnectionError, String(error));
      assert.match(error.reason, /a value is null that must not be/);
      return true;
    });
    assert.equal(connection.closed, true);
  });
}

Deno.test("BrokerConnection.request() fails when the broker closes the connection", async () => {
  await using broker = await fakeBroker((socket) => socket.end());
  const connection = await open(broker.address);
  await assert.rejects(connection.request("Heartbeat", heartbeat), /the broker closed the connection/);
  assert.equal(connection.closed, true);
});

Deno.test("BrokerConnection.request() fails on an answer that cannot be decoded", async () => {
  await using broker = await fakeBroker((socket, request) => {
    // One byte in place of a throttle time and an error code.
    socket.write(new Uint8Array([0, 0, 0, 5, ...request.subarray(8, 12), 0]));
  });
  const connection = await open(broker.address);
  await assert.rejects(connection.request("Heartbeat", heartbeat), BrokerConnectionError);
  assert.equal(connection.closed, true);
});

Deno.test("BrokerConnection.request() sends no request that the broker does not support", async () => {
  await using broker = await fakeBroker(() => assert.fail("nothing should be sent"));
  const connection = await open(broker.address);
  await assert.rejects(
    connection.request("LeaveGroup", heartbeat),
    /does not support the request LeaveGroup/,
  );
  connection.close(new BrokerConnectionError(broker.address, "done"));
});

Deno.test("BrokerConnection.close() fails all pending requests with its reason", async () => {
  await using broker = await fakeBroker(() => connection.close(new BrokerConnectionError("b:1", "enough")));
  const connection = await open(broker.address);
  const both = [connection.request("Heartbeat", heartbeat), connection.request("Heartbeat", heartbeat)];
  for (const outcome of await Promise.allSettled(both)) {
    assert.equal(outcome.status === "rejected" && outcome.reason.reason, "enough");
  }
});

Deno.test("NetworkClient.metadata() fails with the first reason when no broker can be reached", async () => {
  const gone = await fakeBroker(() => {});
  await gone[Symbol.asyncDispose]();
  await using closing = await fakeBroker((socket) => socket.end());
  const bootstrap = [gone.address, closing.address];
  const client = new NetworkClient({ bootstrap, clientId: "rtcount-tests" });
  await assert.rejects(client.metadata(["t"]), (error: unknown) => {
    assert.ok(error instanceof BrokerConnectionError);
    assert.equal(error.address, bootstrap.join(", "));
    assert.match(error.reason, /connection refused/);
    return true;
  });
  await client.close();
});

Deno.test("NetworkClient.close() fails pending requests, and connections that are not open yet", async () => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  await using broker = await fakeBroker(() => onAsked());
  const client = new NetworkClient({ bootstrap: [broker.address], clientId: "rtcount-tests" });
  const waiting = [client.metadata(["t"]), asked.then(() => client.connection(broker.address, "fetch"))];
  await asked;
  await client.close();
  for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, "rejected");
});
