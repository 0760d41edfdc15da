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
    return { record, isInFlight: false };
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

Deno.test("Producer.send() sends all waiting records, with sequence numbers per partition", async () => {
  const { client, producer } = setUp(3);
  const first = sendings(30);
  const result = await producer.send(() => first);
  assert.equal(result.failure, undefined);
  assert.deepEqual(new Set(result.accepted), new Set(first));
  for (const { partition, baseSequence, producerId, records } of client.sent) {
    const ours = first.filter(({ record }) => partitionOfKey(record.key!, 3) === partition);
    assert.deepEqual([baseSequence, producerId, records], [0, 100n, ours.length]);
  }
  const counts = new Map(client.sent.map(({ partition, records }) => [partition, records]));
  client.sent.length = 0;
  await producer.send(() => sendings(30));
  for (const { partition, baseSequence } of client.sent) assert.equal(baseSequence, counts.get(partition));
});

Deno.test("Producer.send() sends a batch without an answer again unchanged, and nothing past it", async () => {
  const { client, producer } = setUp();
  const waiting = sendings(2);
  client.answer = lost;
  const failed = await producer.send(() => waiting);
  assert.ok(failed.failure instanceof BrokerConnectionError);
  assert.deepEqual(failed.accepted, []);
  assert.ok(waiting.every(({ isInFlight }) => isInFlight));
  client.answer = () => ErrorCode.none;
  const more = [...waiting, ...sendings(1, () => "later")];
  assert.deepEqual((await producer.send(() => more)).accepted, waiting);
  assert.deepEqual(client.sent[1].bytes, client.sent[0].bytes);
  assert.deepEqual((await producer.send(() => more.slice(2))).accepted, more.slice(2));
  assert.deepEqual(client.sent.map(({ baseSequence }) => baseSequence), [0, 0, 2]);
});

Deno.test("Producer.send() counts a duplicate batch as accepted", async () => {
  const { client, producer } = setUp();
  client.answer = () => ErrorCode.duplicateSequenceNumber;
  const waiting = sendings(2);
  assert.deepEqual((await producer.send(() => waiting)).accepted, waiting);
});

Deno.test("Producer.send() retries errors that may pass, and looks the leaders up again", async () => {
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
    const { failure, rejected } = await producer.send(() => waiting);
    assert.ok(failure instanceof KafkaError && failure.code === code, String(code));
    assert.deepEqual(rejected, []);
    client.answer = () => ErrorCode.none;
    assert.deepEqual((await producer.send(() => waiting)).accepted, waiting);
    assert.equal(client.metadataAsked, 2);
    assert.deepEqual(client.sent[1].bytes, client.sent[0].bytes);
  }
});

Deno.test("Producer.send() rejects the one record that is too large, and no other", async () => {
  const { client, producer } = setUp();
  const waiting = sendings(9);
  const isLarge = ({ bytes }: { bytes: Uint8Array }) => bytes.includes(77);
  waiting[5].record.value!.set([77]);
  client.answer = (batch) => isLarge(batch) ? ErrorCode.messageTooLarge : ErrorCode.none;
  const left = new Set(waiting);
  const accepted: Sending[] = [];
  const rejected: Sending[] = [];
  for (let n = 0; n < 20 && left.size > 0; n++) {
    const result = await producer.send(() => left);
    assert.equal(result.failure, undefined);
    for (const one of [...result.accepted, ...result.rejected]) left.delete(one);
    accepted.push(...result.accepted);
    rejected.push(...result.rejected);
    if (result.rejected.length > 0) assert.equal(result.rejection?.code, ErrorCode.messageTooLarge);
  }
  assert.deepEqual(rejected, [waiting[5]]);
  assert.deepEqual(accepted, waiting.filter((one) => one !== waiting[5]));
  // A rejected record uses no sequence number.
  let next = 0;
  for (const { baseSequence, records } of client.sent.filter((batch) => !isLarge(batch))) {
    assert.equal(baseSequence, next);
    next += records;
  }
  assert.equal(next, 8);
});

Deno.test("Producer.send() gets a new id for the one partition whose sequence the broker has lost", async () => {
  const { client, producer } = setUp(2);
  const keys = [0, 1].map((partition) => {
    for (let i = 0;; i++) {
      if (partitionOfKey(new TextEncoder().encode(`k${i}`), 2) === partition) return `k${i}`;
    }
  });
  const both = () => sendings(2, (i) => keys[i]);
  await producer.send(both);
  client.sent.length = 0;
  client.answer = ({ partition }) => partition === 1 ? ErrorCode.outOfOrderSequenceNumber : ErrorCode.none;
  const waiting = both();
  const { accepted, failure } = await producer.send(() => waiting);
  assert.deepEqual(accepted, [waiting[0]]);
  assert.equal((failure as KafkaError).code, ErrorCode.outOfOrderSequenceNumber);
  client.answer = () => ErrorCode.none;
  const next = [waiting[1], ...sendings(1, () => keys[0])];
  assert.equal((await producer.send(() => next)).accepted.length, 2);
  const last = new Map(client.sent.slice(-2).map((batch) => [batch.partition, batch]));
  assert.deepEqual([last.get(0)?.producerId, last.get(0)?.baseSequence], [100n, 2]);
  assert.deepEqual([last.get(1)?.producerId, last.get(1)?.baseSequence], [101n, 0]);
});

Deno.test("Producer.send() continues with the partitions that have a leader", async () => {
  const { client, producer } = setUp(2);
  client.leaderless.add(1);
  const waiting = sendings(20);
  const { accepted, failure } = await producer.send(() => waiting);
  assert.deepEqual(accepted, waiting.filter(({ record }) => partitionOfKey(record.key!, 2) === 0));
  assert.equal((failure as KafkaError).code, ErrorCode.leaderNotAvailable);
});

Deno.test("Producer.send() reports that the topic does not exist, and sends when it does", async () => {
  const { client, producer } = setUp();
  client.topicErrorCode = ErrorCode.unknownTopicOrPartition;
  const waiting = sendings(1);
  const { failure } = await producer.send(() => waiting);
  assert.match(failure?.message ?? "", /^cannot send to the topic "out"/);
  assert.equal(waiting[0].isInFlight, false);
  client.topicErrorCode = ErrorCode.none;
  assert.deepEqual((await producer.send(() => waiting)).accepted, waiting);
});

Deno.test("Producer.send() finds another partition when the topic is created again with fewer", async () => {
  const { client, producer } = setUp(8);
  const waiting = sendings(20);
  client.answer = () => ErrorCode.unknownTopicOrPartition;
  await producer.send(() => waiting);
  client.partitions = 1;
  client.answer = () => ErrorCode.none;
  const left = new Set(waiting);
  for (let n = 0; n < 3; n++) for (const one of (await producer.send(() => left)).accepted) left.delete(one);
  assert.equal(left.size, 0);
});

Deno.test("Producer.send() spreads records without a key", async () => {
  const { client, producer } = setUp(4);
  await producer.send(() => sendings(40, () => null));
  assert.deepEqual(client.sent.map(({ records }) => records), [10, 10, 10, 10]);
});

Deno.test("Producer.send() waits for a broker that has no producer id yet, but not for ever", async () => {
  const { client, producer, sleeps } = setUp();
  const waiting = sendings(1);
  client.idErrorCodes = [ErrorCode.coordinatorLoadInProgress, ErrorCode.coordinatorLoadInProgress];
  assert.deepEqual((await producer.send(() => waiting)).accepted, waiting);
  assert.equal(sleeps.length, 2);

  const other = setUp();
  other.client.idErrorCodes = Array(100).fill(ErrorCode.coordinatorLoadInProgress);
  const { failure } = await other.producer.send(() => sendings(1));
  assert.match(failure?.message ?? "", /^cannot get a producer's id/);
  assert.equal(other.sleeps.length, 10);
});

Deno.test("Producer.send() throws an error that no broker causes", async () => {
  const { client, producer } = setUp();
  client.answer = () => {
    throw new TypeError("a mistake");
  };
  await assert.rejects(producer.send(() => sendings(1)), TypeError);
});

/** The fate of a batch. */
const FATES = [
  "answered",
  "lost",
  "answer lost",
  "not led",
  "replicas missing",
  "replicas missing after",
] as const;

Deno.test("Producer: after any failures each record is in the log once, in order, except rejected ones", async () => {
  const faults = fc.record({
    partitions: fc.integer({ min: 1, max: 4 }),
    fates: fc.array(fc.constantFrom(...FATES), { maxLength: 60 }),
    arrivals: fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 12 }),
    /** The broker rejects one of so many records. */
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
    const rejected: string[] = [];
    let next = 0;
    const keyOf = ({ record }: Sending) => new TextDecoder().decode(record.key!);
    const send = async () => {
      const { accepted, rejected: some, failure } = await producer.send(() => waiting);
      if (failure instanceof KafkaError) assert.notEqual(failure.code, ErrorCode.outOfOrderSequenceNumber);
      rejected.push(...some.map(keyOf));
      for (const one of [...accepted, ...some]) assert.ok(waiting.delete(one));
    };
    for (const arriving of arrivals) {
      for (const one of sendings(arriving, () => `key-${next++}`)) waiting.add(one);
      await send();
    }
    for (let n = 0; waiting.size > 0; n++) {
      assert.ok(n < 500, "it comes to an end");
      await send();
    }
    const all = Array.from({ length: next }, (_, i) => `key-${i}`);
    assert.deepEqual(rejected.toSorted(), all.filter(isPoison).toSorted());
    for (let partition = 0; partition < partitions; partition++) {
      const ours = all.filter((key) =>
        !isPoison(key) && partitionOfKey(new TextEncoder().encode(key), partitions) === partition
      );
      assert.deepEqual(log.keys.get(partition) ?? [], ours);
    }
  }));
});
