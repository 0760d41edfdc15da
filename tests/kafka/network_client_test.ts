import assert from "node:assert/strict";
import { ClusterMemory, NetworkClient } from "../../lib/kafka/network_client.ts";
import { LOG_END, LOG_START } from "../../lib/kafka/kafka_client.ts";
import { BrokerConnectionError, KafkaError } from "../../lib/kafka/connection/kafka_error.ts";
import { Api, joined, metadataAnswer, part, scriptBroker } from "../fakes/scripted_broker.ts";

const TOPIC = "words";

/** A client of a broker that leads partitions 0 and 1 and gives these answers to the other requests. */
async function clientOf(answers: ReadonlyMap<number, Uint8Array>) {
  const broker = await scriptBroker(({ apiKey }) => {
    if (apiKey !== Api.metadata) return answers.get(apiKey);
    const brokers = [{ id: 1, host: "127.0.0.1", port: broker.port }];
    return metadataAnswer({ brokers, topic: TOPIC, leaders: [1, 1] });
  }, new Map([[Api.produce, 7]]));
  const client = new NetworkClient({ bootstrap: [broker.address], clientId: "test" });
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await broker[Symbol.asyncDispose]();
    },
  };
}

/** The answer to ListOffsets, version 1. */
function offsetsAnswer(topic: string, partitions: readonly (readonly [number, bigint])[]): Uint8Array {
  const told = partitions.map(([partition, offset]) =>
    joined(part.int32(partition), part.int16(0), part.int64(-1n), part.int64(offset))
  );
  return part.array([joined(part.text(topic), part.array(told))]);
}

async function offsetsOf(
  answer: Uint8Array,
  timestampMs: number,
): Promise<ReadonlyMap<string, number>> {
  await using script = await clientOf(new Map([[Api.listOffsets, answer]]));
  await script.client.metadata([TOPIC]);
  return await script.client.listOffsets([{ topic: TOPIC, partition: 0, timestampMs }]);
}

const FALSE_OFFSETS: readonly (readonly [what: string, answer: Uint8Array, timestampMs: number])[] = [
  ["lacks the partition", offsetsAnswer(TOPIC, []), LOG_END],
  ["names another partition", offsetsAnswer(TOPIC, [[1, 5n]]), LOG_END],
  ["names another topic", offsetsAnswer("other", [[0, 5n]]), LOG_END],
  ["has no end of the log", offsetsAnswer(TOPIC, [[0, -1n]]), LOG_END],
  ["has no start of the log", offsetsAnswer(TOPIC, [[0, -1n]]), LOG_START],
  ["has an offset below all", offsetsAnswer(TOPIC, [[0, -2n]]), 0],
  ["has an offset that no log reaches", offsetsAnswer(TOPIC, [[0, 2n ** 63n - 1n]]), LOG_END],
];

for (const [what, answer, timestampMs] of FALSE_OFFSETS) {
  Deno.test(`NetworkClient.listOffsets() fails where the answer ${what}`, async () => {
    await assert.rejects(offsetsOf(answer, timestampMs), (error: unknown) => {
      assert.ok(error instanceof KafkaError, String(error));
      assert.match(error.message, /^the answer to ListOffsets .* words\/0/);
      return true;
    });
  });
}

Deno.test("NetworkClient.listOffsets() returns only what was asked for, and -1 for no record at a time", async () => {
  const more = offsetsAnswer(TOPIC, [[0, -1n], [1, 7n], [9, 2n ** 62n]]);
  assert.deepEqual(await offsetsOf(more, 0), new Map([["words/0", -1]]));
});

/** The answer to Produce, version 7. */
function produceAnswer(topics: readonly (readonly [topic: string, errorCode: number])[]): Uint8Array {
  const told = topics.map(([topic, errorCode]) =>
    joined(
      part.text(topic),
      part.array([
        joined(part.int32(0), part.int16(errorCode), part.int64(-1n), part.int64(-1n), part.int64(0n)),
      ]),
    )
  );
  return joined(part.array(told), part.int32(0));
}

Deno.test("NetworkClient.produce() does not take the answer for another topic for its own", async () => {
  const answer = produceAnswer([["other", 0], [TOPIC, 6], ["third", 0]]);
  await using script = await clientOf(new Map([[Api.produce, answer]]));
  await script.client.metadata([TOPIC]);
  const batches = [{ partition: 0, bytes: new Uint8Array(8) }];
  const address = script.client.leaderOf({ topic: TOPIC, partition: 0 }) ?? "";
  const codes = await script.client.produce(address, { topic: TOPIC, batches, timeoutMs: 100 });
  assert.deepEqual(codes, new Map([[0, 6]]));
});

/** Nothing listens there. */
function deadBrokers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `127.9.${i >> 8}.${i & 255}:1`);
}

/** The answer to FindCoordinator, version 1. */
const COORDINATOR = joined(
  part.int32(0),
  part.int16(0),
  part.text(null),
  part.int32(1),
  part.text("127.0.0.1"),
  part.int32(9092),
);

Deno.test("NetworkClient asks the configured broker soon, however many learned ones do not answer", async () => {
  await using broker = await scriptBroker(() => COORDINATOR);
  const memory = new ClusterMemory();
  const dead = deadBrokers(1_000);
  for (const address of dead) memory.brokers.add(address);
  const client = new NetworkClient({ bootstrap: [broker.address], clientId: "test", memory });
  assert.deepEqual(await client.findCoordinator("g"), { errorCode: 0, address: "127.0.0.1:9092" });
  assert.equal([...memory.brokers][0], dead[3], "three were asked before");
  await client.close();
});

Deno.test("NetworkClient asks a few brokers at a time, and others the next time", async () => {
  const memory = new ClusterMemory();
  for (const address of deadBrokers(50)) memory.brokers.add(address);
  const client = new NetworkClient({ bootstrap: ["127.0.0.1:1"], clientId: "test", memory });
  const asked = new Set<string>();
  for (let n = 0; n < 5; n++) {
    const error: unknown = await client.findCoordinator("g").then(() => undefined, (error: unknown) => error);
    assert.ok(error instanceof BrokerConnectionError && error.cause instanceof AggregateError, String(error));
    assert.equal(error.cause.errors.length, 13);
    for (const { address } of error.cause.errors) asked.add(address);
  }
  assert.equal(asked.size, 51);
  await client.close();
});

Deno.test("NetworkClient asks a broker last that did not answer, also after the cluster has named it again", async () => {
  const [dead] = deadBrokers(1);
  await using broker = await scriptBroker(({ apiKey }) => {
    if (apiKey !== Api.metadata) return undefined;
    const [host, port] = dead.split(":");
    const brokers = [{ id: 1, host, port: Number(port) }, { id: 2, host: "127.0.0.1", port: broker.port }];
    return metadataAnswer({ brokers, topic: TOPIC, leaders: [2, 2] });
  }, new Map());
  const memory = new ClusterMemory();
  const client = new NetworkClient({ bootstrap: [broker.address], clientId: "test", memory });
  for (let n = 0; n < 3; n++) await client.metadata([TOPIC]);
  assert.deepEqual([...memory.brokers], [broker.address, dead]);
  await client.close();
});
