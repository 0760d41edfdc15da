import assert from "node:assert/strict";
import fc from "fast-check";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../../../lib/kafka/connection/kafka_error.ts";
import { partitionOfKey } from "../../../lib/kafka/produce/murmur2.ts";
import { Producer, type Sending } from "../../../lib/kafka/produce/producer.ts";
import { FakeLog, keysOf } from "../../fakes/fake_topic_log.ts";
import { FakeProduceClient } from "../../fakes/fake_produce_client.ts";

function sendings(count: number, key: (i: number) => string | null = (i) => `key-${i}`): Sending[] {
  return Array.from({ length: count }, (_, i) => {
    const text = key(i);
    const record = {
      key: text === null ? null : new TextEncoder().encode(text),
      value: Uint8Array.of(i),
      headers: [],
      timestampMs: 1_000 + i,
    };
    return { record, isUnderWay: false };
  });
}

function setUp(partitions = 1) {
  const client = new FakeProduceClient();
  client.partitions = partitions;
  const sleeps: number[] = [];
  const clock = { sleep: (ms: number) => Promise.resolve(void sleeps.push(ms)) };
  return { client, sleeps, producer: new Producer(client, { topic: "out", clock }) };
}

const lost = () => {
  throw new BrokerConnectionError("broker-0", "the connection was reset");
};

Deno.test("Producer.attempt() sends all that waits, numbered by partition", async () => {
  const { client, producer } = setUp(3);
  const first = sendings(30);
  const attempt = await producer.attempt(() => first);
  assert.equal(attempt.failure, undefined);
  assert.deepEqual(new Set(attempt.taken), new Set(first));
  for (const { partition, baseSequence, producerId, records } of client.sent) {
    const ours = first.filter(({ record }) => partitionOfKey(record.key!, 3) === partition);
    assert.deepEqual([baseSequence, producerId, records], [0, 100n, ours.length]);
  }
  const counts = new Map(client.sent.map(({ partition, records }) => [partition, records]));
  client.sent.length = 0;
  await producer.attempt(() => sendings(30));
  for (const { partition, baseSequence } of client.sent) assert.equal(baseSequence, counts.get(partition));
});

Deno.test("Producer.attempt() sends a batch without an answer again as it is, and nothing past it", async () => {
  const { client, producer } = setUp();
  const waiting = sendings(2);
  client.answer = lost;
  const failed = await producer.attempt(() => waiting);
  assert.ok(failed.failure instanceof BrokerConnectionError);
  assert.deepEqual(failed.taken, []);
  assert.ok(waiting.every(({ isUnderWay }) => isUnderWay));
  client.answer = () => ErrorCode.none;
  const more = [...waiting, ...sendings(1, () => "later")];
  assert.deepEqual((await producer.attempt(() => more)).taken, waiting);
  assert.deepEqual(client.sent[1].bytes, client.sent[0].bytes);
  assert.deepEqual((await producer.attempt(() => more.slice(2))).taken, more.slice(2));
  assert.deepEqual(client.sent.map(({ baseSequence }) => baseSequence), [0, 0, 2]);
});

Deno.test("Producer.attempt() takes a batch for taken that the broker has twice", async () => {
  const { client, producer } = setUp();
  client.answer = () => ErrorCode.duplicateSequenceNumber;
  const waiting = sendings(2);
  assert.deepEqual((await producer.attempt(() => waiting)).taken, waiting);
});

Deno.test("Producer.attempt() tries again, with the leaders looked up anew, whatever may pass", async () => {
  const codes = [
    ErrorCode.unknownTopicOrPartition,
    ErrorCode.leaderNotAvailable,
    6, // NOT_LEADER_FOR_PARTITION
    7, // REQUEST_TIMED_OUT
    19, // NOT_ENOUGH_REPLICAS
    20, // NOT_ENOUGH_REPLICAS_AFTER_APPEND
    29, // TOPIC_AUTHORIZATION_FAILED
  ];
  for (const code of codes) {
    const { client, producer } = setUp();
    client.answer = () => code;
    const waiting = sendings(1);
    const { failure, refused } = await producer.attempt(() => waiting);
    assert.ok(failure instanceof KafkaError && failure.code === code, String(code));
    assert.deepEqual(refused, []);
    client.answer = () => ErrorCode.none;
    assert.deepEqual((await producer.attempt(() => waiting)).taken, waiting);
    assert.equal(client.metadataAsked, 2);
    assert.deepEqual(client.sent[1].bytes, client.sent[0].bytes);
  }
});

Deno.test("Producer.attempt() refuses the one record that is too large, and no other", async () => {
  const { client, producer } = setUp();
  const waiting = sendings(9);
  const isLarge = ({ bytes }: { bytes: Uint8Array }) => bytes.includes(77);
  waiting[5].record.value!.set([77]);
  client.answer = (batch) => isLarge(batch) ? ErrorCode.messageTooLarge : ErrorCode.none;
  const left = new Set(waiting);
  const taken: Sending[] = [];
  const refused: Sending[] = [];
  for (let n = 0; n < 20 && left.size > 0; n++) {
    const attempt = await producer.attempt(() => left);
    assert.equal(attempt.failure, undefined);
    for (const one of [...attempt.taken, ...attempt.refused]) left.delete(one);
    taken.push(...attempt.taken);
    refused.push(...attempt.refused);
    if (attempt.refused.length > 0) assert.equal(attempt.refusal?.code, ErrorCode.messageTooLarge);
  }
  assert.deepEqual(refused, [waiting[5]]);
  assert.deepEqual(taken, waiting.filter((one) => one !== waiting[5]));
  // What was not taken has no number.
  let next = 0;
  for (const { baseSequence, records } of client.sent.filter((batch) => !isLarge(batch))) {
    assert.equal(baseSequence, next);
    next += records;
  }
  assert.equal(next, 8);
});

Deno.test("Producer.attempt() counts anew, for that partition alone, where the broker has lost count", async () => {
  const { client, producer } = setUp(2);
  const keys = [0, 1].map((partition) => {
    for (let i = 0;; i++) {
      if (partitionOfKey(new TextEncoder().encode(`k${i}`), 2) === partition) return `k${i}`;
    }
  });
  const both = () => sendings(2, (i) => keys[i]);
  await producer.attempt(both);
  client.sent.length = 0;
  client.answer = ({ partition }) => partition === 1 ? ErrorCode.outOfOrderSequenceNumber : ErrorCode.none;
  const waiting = both();
  const { taken, failure } = await producer.attempt(() => waiting);
  assert.deepEqual(taken, [waiting[0]]);
  assert.equal((failure as KafkaError).code, ErrorCode.outOfOrderSequenceNumber);
  client.answer = () => ErrorCode.none;
  const next = [waiting[1], ...sendings(1, () => keys[0])];
  assert.equal((await producer.attempt(() => next)).taken.length, 2);
  const last = new Map(client.sent.slice(-2).map((batch) => [batch.partition, batch]));
  assert.deepEqual([last.get(0)?.producerId, last.get(0)?.baseSequence], [100n, 2]);
  assert.deepEqual([last.get(1)?.producerId, last.get(1)?.baseSequence], [101n, 0]);
});

Deno.test("Producer.attempt() goes on with the partitions that have a leader", async () => {
  const { client, producer } = setUp(2);
  client.leaderless.add(1);
  const waiting = sendings(20);
  const { taken, failure } = await producer.attempt(() => waiting);
  assert.deepEqual(taken, waiting.filter(({ record }) => partitionOfKey(record.key!, 2) === 0));
  assert.equal((failure as KafkaError).code, ErrorCode.leaderNotAvailable);
});

Deno.test("Producer.attempt() says that the topic does not exist, and sends when it does", async () => {
  const { client, producer } = setUp();
  client.topicErrorCode = ErrorCode.unknownTopicOrPartition;
  const waiting = sendings(1);
  const { failure } = await producer.attempt(() => waiting);
  assert.match(failure?.message ?? "", /^cannot send to the topic "out"/);
  assert.equal(waiting[0].isUnderWay, false);
  client.topicErrorCode = ErrorCode.none;
  assert.deepEqual((await producer.attempt(() => waiting)).taken, waiting);
});

Deno.test("Producer.attempt() finds another partition when the topic is made anew with fewer", async () => {
  const { client, producer } = setUp(8);
  const waiting = sendings(20);
  client.answer = () => ErrorCode.unknownTopicOrPartition;
  await producer.attempt(() => waiting);
  client.partitions = 1;
  client.answer = () => ErrorCode.none;
  const left = new Set(waiting);
  for (let n = 0; n < 3; n++) for (const one of (await producer.attempt(() => left)).taken) left.delete(one);
  assert.equal(left.size, 0);
});

Deno.test("Producer.attempt() spreads records without a key", async () => {
  const { client, producer } = setUp(4);
  await producer.attempt(() => sendings(40, () => null));
  assert.deepEqual(client.sent.map(({ records }) => records), [10, 10, 10, 10]);
});

Deno.test("Producer.attempt() waits for a broker that has no id to give yet, but not for ever", async () => {
  const { client, producer, sleeps } = setUp();
  const waiting = sendings(1);
  client.idErrorCodes = [ErrorCode.coordinatorLoadInProgress, ErrorCode.coordinatorLoadInProgress];
  assert.deepEqual((await producer.attempt(() => waiting)).taken, waiting);
  assert.equal(sleeps.length, 2);

  const other = setUp();
  other.client.idErrorCodes = Array(100).fill(ErrorCode.coordinatorLoadInProgress);
  const { failure } = await other.producer.attempt(() => sendings(1));
  assert.match(failure?.message ?? "", /^cannot get a producer's id/);
  assert.equal(other.sleeps.length, 20);
});

Deno.test("Producer.attempt() rejects with what is no broker's doing", async () => {
  const { client, producer } = setUp();
  client.answer = () => {
    throw new TypeError("a mistake");
  };
  await assert.rejects(producer.attempt(() => sendings(1)), TypeError);
});

/** What befalls a batch on its way. */
const FATES = [
  "answered",
  "lost",
  "answer lost",
  "not led",
  "replicas missing",
  "replicas missing after",
] as const;

Deno.test("Producer: whatever befalls batches, each record is in the log once, in order, but those refused", async () => {
  const faults = fc.record({
    partitions: fc.integer({ min: 1, max: 4 }),
    fates: fc.array(fc.constantFrom(...FATES), { maxLength: 60 }),
    arrivals: fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 12 }),
    /** Of so many records the broker refuses one. */
    poison: fc.integer({ min: 3, max: 40 }),
  });
  await fc.assert(fc.asyncProperty(faults, async ({ partitions, fates, arrivals, poison }) => {
    const { client, producer } = setUp(partitions);
    const log = new FakeLog();
    const isPoison = (key: string) => (Number(key.slice("key-".length)) + 1) % poison === 0;
    let fate = 0;
    client.answer = (batch) => {
      const now = fates[fate++] ?? "answered";
      if (now === "lost") lost();
      if (now === "not led") return 6;
      if (now === "replicas missing") return 19;
      if (keysOf(batch.bytes).some(isPoison)) return ErrorCode.messageTooLarge;
      const code = log.append(batch);
      if (now === "answer lost") lost();
      return now === "replicas missing after" ? 20 : code;
    };
    const waiting = new Set<Sending>();
    const refused: string[] = [];
    let next = 0;
    const keyOf = ({ record }: Sending) => new TextDecoder().decode(record.key!);
    const attempt = async () => {
      const { taken, refused: some, failure } = await producer.attempt(() => waiting);
      if (failure instanceof KafkaError) assert.notEqual(failure.code, ErrorCode.outOfOrderSequenceNumber);
      refused.push(...some.map(keyOf));
      for (const one of [...taken, ...some]) assert.ok(waiting.delete(one));
    };
    for (const arriving of arrivals) {
      for (const one of sendings(arriving, () => `key-${next++}`)) waiting.add(one);
      await attempt();
    }
    for (let n = 0; waiting.size > 0; n++) {
      assert.ok(n < 500, "it comes to an end");
      await attempt();
    }
    const all = Array.from({ length: next }, (_, i) => `key-${i}`);
    assert.deepEqual(refused.toSorted(), all.filter(isPoison).toSorted());
    for (let partition = 0; partition < partitions; partition++) {
      const ours = all.filter((key) =>
        !isPoison(key) && partitionOfKey(new TextEncoder().encode(key), partitions) === partition
      );
      assert.deepEqual(log.keys.get(partition) ?? [], ours);
    }
  }));
});
