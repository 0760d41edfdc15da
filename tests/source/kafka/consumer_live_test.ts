import assert from "node:assert/strict";
import type { FetchRequest } from "../../../lib/kafka/kafka_client.ts";
import { NetworkClient } from "../../../lib/kafka/network_client.ts";
import type { LogFields } from "../../../lib/log/log.ts";
import { withAdmin } from "../../machine/kafka/admin.ts";
import { type Codec, produceLines } from "../../machine/kafka/kcat.ts";
import { fillTopic } from "../../machine/kafka/fill_topic.ts";
import { bootstrap, missing, uniqueName } from "../../machine/kafka/shared_kafka.ts";
import { createTopic } from "../../machine/kafka/topic.ts";
import { SourceReader } from "./source_reader.ts";

const brokers = bootstrap.split(",");

async function makeTopic(partitions: number): Promise<string> {
  const topic = uniqueName("consumer");
  await createTopic({ bootstrap, topic }, { partitions });
  return topic;
}

async function send(topic: string, partition: number, from: number, to: number, codec: Codec = "none") {
  const lines = Array.from({ length: to - from }, (_, i) => `${from + i}`);
  await produceLines(lines, { bootstrap, topic, partition, codec });
}

function test(name: string, run: () => Promise<void>): void {
  Deno.test(name, { ignore: missing }, run);
}

test("KafkaSource reads every record of four partitions once, in order, whatever its codec", async () => {
  const topic = await makeTopic(4);
  const codecs: Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];
  for (const [round, codec] of codecs.entries()) {
    await Promise.all([0, 1, 2, 3].map((p) => send(topic, p, round * 500, round * 500 + 500, codec)));
  }
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic });
  await reader.untilRecords(10_000);
  await reader.untilEnd();
  for (const partition of [0, 1, 2, 3]) reader.assertGapFree(`${topic}/${partition}`, { from: 0, to: 2_500 });
  assert.deepEqual(new Set(reader.values).size, 2_500);
  assert.deepEqual(reader.source.readiness, { ready: true });
  assert.deepEqual(reader.queues.map(({ lag }) => lag), [0, 0, 0, 0]);
  assert.deepEqual([reader.problems, reader.replayed], [[], 0]);
});

test("KafkaSource continues where progress was saved, and replays the records of the window", async () => {
  const topic = await makeTopic(1);
  await send(topic, 0, 0, 100);
  {
    await using reader = new SourceReader({ brokers, topics: [topic], group: topic });
    await reader.untilRecords(100);
    assert.equal(await reader.source.save(reader.progress({ closedUntilMs: 4_000, replayBy: 30 })), true);
  }
  await send(topic, 0, 100, 120);
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic });
  await reader.untilRecords(50);
  reader.assertGapFree(`${topic}/0`, { from: 70, to: 120 });
  assert.equal(reader.replayed, 30);
  assert.deepEqual(
    [reader.source.assignment?.closedUntilMs, reader.source.assignment?.firstEndMs],
    [4_000, 6_000],
  );
});

test("KafkaSource with `latest` loses no record that arrives after its first process", async () => {
  const topic = await makeTopic(1);
  await send(topic, 0, 0, 10);
  {
    await using reader = new SourceReader({ brokers, topics: [topic], group: topic, start: "latest" });
    await reader.untilEnd();
    assert.equal(reader.records, 0);
  }
  await send(topic, 0, 10, 15);
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic, start: "latest" });
  await reader.untilRecords(5);
  reader.assertGapFree(`${topic}/0`, { from: 10, to: 15 });
});

test("KafkaSource with `window` starts at the start of the window", async () => {
  const topic = await makeTopic(1);
  await send(topic, 0, 0, 10);
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic, start: "window" });
  await reader.untilRecords(10);
  const { firstEndMs } = reader.source.assignment ?? { firstEndMs: NaN };
  assert.ok(firstEndMs <= Date.now() && firstEndMs % 2_000 === 0);
});

test("KafkaSource waits for a missing topic, reports it, and reads it from its start", async () => {
  const topic = uniqueName("late");
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic, start: "latest" });
  await reader.until(() => !reader.source.readiness.ready && reader.source.assignment !== undefined);
  assert.deepEqual(reader.source.readiness, { ready: false, reason: `topic "${topic}" does not exist` });
  await createTopic({ bootstrap, topic }, { partitions: 2 });
  await send(topic, 1, 0, 7);
  await reader.untilRecords(7);
  assert.deepEqual(reader.assigned, [`${topic}/0`, `${topic}/1`]);
  await reader.until(() => reader.source.readiness.ready);
});

test("KafkaSource finds topics by a pattern", async () => {
  const prefix = uniqueName("pattern");
  const names = [`${prefix}-a`, `${prefix}-b`, `x-${prefix}`];
  await Promise.all(names.map((topic) => createTopic({ bootstrap, topic })));
  await using reader = new SourceReader({ brokers, topics: [new RegExp(`^${prefix}-`)], group: prefix });
  await reader.untilEnd();
  assert.deepEqual(reader.assigned, [`${prefix}-a/0`, `${prefix}-b/0`]);
});

test("KafkaSource shares partitions with a second member, and takes them back without reading a record twice", async () => {
  const topic = await makeTopic(4);
  await Promise.all([0, 1, 2, 3].map((p) => send(topic, p, 0, 10)));
  await using first = new SourceReader({ brokers, topics: [topic], group: topic });
  await first.untilRecords(40);
  const alone = first.source.assignment;
  await using second = new SourceReader({ brokers, topics: [topic], group: topic });
  // The rebalance waits for the next save, which the pipeline makes every second.
  const joined = second.until(() => second.assigned.length === 2);
  await first.until(() => !first.source.mayClose(performance.now()));
  assert.equal(first.source.assignment, alone, "only a changed set of partitions ends an assignment");
  assert.equal(await first.source.save(first.progress()), true);
  await first.until(() => first.assigned.length === 2);
  await joined;
  assert.deepEqual(first.assigned, [`${topic}/0`, `${topic}/1`]);
  assert.deepEqual(second.assigned, [`${topic}/2`, `${topic}/3`]);
  await second.untilEnd();
  assert.equal(second.records, 0);

  await send(topic, 3, 10, 15);
  await second.untilRecords(5);
  assert.equal(await second.source.save(second.progress()), true);
  await second.stop();
  await first.until(() => first.assigned.length === 4);
  await first.untilEnd();
  assert.equal(first.records, 40);
  assert.equal(first.replayed, 0);
});

test("KafkaSource that lost its membership reads its records again as a replay", async () => {
  const topic = await makeTopic(1);
  await send(topic, 0, 0, 20);
  let memberId: unknown;
  const log = {
    info: (_: string, { member }: LogFields = {}) => memberId = member ?? memberId,
    warn() {},
    error() {},
  };
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic, log });
  await reader.untilRecords(20);
  const former = reader.source.assignment;
  const client = new NetworkClient({ bootstrap: brokers, clientId: "rtcount-tests" });
  const { address } = await client.findCoordinator(topic);
  assert.ok(memberId);
  await client.request(address, "LeaveGroup", { groupId: topic, memberId });
  await client.close();
  await reader.until(() => !reader.source.mayClose(performance.now()));
  await reader.until(() => reader.source.assignment !== former && reader.source.mayClose(performance.now()));
  await reader.untilRecords(40);
  assert.equal(reader.replayed, 20);
});

test("KafkaSource.save() rejects progress of a former assignment", async () => {
  const topic = await makeTopic(1);
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic });
  await reader.untilEnd();
  const progress = reader.progress();
  assert.equal(await reader.source.save({ ...progress, assignment: { ...progress.assignment } }), false);
});

test("KafkaSource counts the offsets that were deleted before they were read", async () => {
  const topic = await makeTopic(1);
  await send(topic, 0, 0, 50);
  {
    await using reader = new SourceReader({ brokers, topics: [topic], group: topic });
    await reader.untilRecords(50);
    assert.equal(await reader.source.save(reader.progress({ replayBy: 20 })), true);
  }
  await send(topic, 0, 50, 100);
  await withAdmin(bootstrap, async (admin) => {
    // This client must have fetched metadata of the topic before.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "80" }] });
  });
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic });
  await reader.untilRecords(20);
  reader.assertGapFree(`${topic}/0`, { from: 80, to: 100 });
  assert.deepEqual(reader.events.skipped, [`${topic}/0:50`]);
});

test("KafkaSource starts at the start of a log that ends before its commit", async () => {
  const topic = await makeTopic(1);
  await send(topic, 0, 0, 50);
  {
    await using reader = new SourceReader({ brokers, topics: [topic], group: topic });
    await reader.untilRecords(50);
    const progress = reader.progress();
    const partitions = progress.partitions.map((one) => ({ ...one, position: 5_000, replayFrom: 4_000 }));
    assert.equal(await reader.source.save({ ...progress, partitions }), true);
  }
  await using reader = new SourceReader({ brokers, topics: [topic], group: topic, start: "latest" });
  await reader.untilRecords(50);
  assert.equal(reader.replayed, 0);
});

test("KafkaSource.stop() leaves offsets that a tool can read", async () => {
  const topic = await makeTopic(1);
  await send(topic, 0, 0, 12);
  const said: string[] = [];
  const log = { info: (message: string) => void said.push(message), warn() {}, error() {} };
  const reader = new SourceReader({ brokers, topics: [topic], group: topic, log });
  await reader.untilRecords(12);
  assert.equal(await reader.source.save(reader.progress()), true);
  await reader.stop();
  assert.ok(said.includes("the offsets are committed and verified"));
  const [{ partitions: [{ offset, metadata }] }] = await withAdmin(
    bootstrap,
    (admin) => admin.fetchOffsets({ groupId: topic, topics: [topic] }),
  );
  assert.equal(offset, "12");
  assert.deepEqual(JSON.parse(metadata ?? ""), {
    v: 1,
    window_end: null,
    length: 60_000,
    slide: 2_000,
    replay_from: 12,
  });
});

test("KafkaSource reads topics, in a group, that are named like the properties of every object", async () => {
  const names = Object.getOwnPropertyNames(Object.prototype);
  const known = await withAdmin(bootstrap, (admin) => admin.listTopics());
  const fresh = names.filter((name) => !known.includes(name));
  for (const topic of fresh) await createTopic({ bootstrap, topic });
  await Promise.all(names.map((topic) => send(topic, 0, 0, 1)));
  const pattern = new RegExp(`^(${names.join("|")})$`);
  for (const name of names) {
    await using reader = new SourceReader({ brokers, topics: [pattern], group: name, clientId: name });
    await reader.untilEnd();
    assert.deepEqual(reader.assigned, names.map((topic) => `${topic}/0`).sort(), name);
    if (name !== names[0]) continue;
    assert.equal(await reader.source.save(reader.progress()), true);
    for (const topic of names) assert.ok((reader.offsets.get(`${topic}/0`) ?? []).length > 0, topic);
  }
});

test("KafkaSource reads batches above the limit of a partition from many partitions with one fetch", async () => {
  const [partitions, batches, recordsPerBatch] = [40, 5, 40];
  const topic = await makeTopic(partitions);
  const value = () => "x".repeat(1_000);
  const batch = { recordsPerBatch, startMs: 0, stepMs: 1, value };
  await fillTopic({ bootstrap, topic, partitions, batchesPerPartition: batches, ...batch });
  let fetches = 0;
  const client = new class extends NetworkClient {
    override fetch(address: string, request: FetchRequest) {
      fetches++;
      return super.fetch(address, request);
    }
  }({ bootstrap: brokers, clientId: "rtcount-tests" });
  const fetch = { isolation: "read_committed", checkCrcs: true, maxRecordBytes: 2 ** 20 } as const;
  await using reader = new SourceReader({
    brokers,
    topics: [topic],
    group: topic,
    connect: () => client,
    fetch: { ...fetch, maxBytesPerPartition: 1_000, maxWaitMs: 100 },
  });
  await reader.untilRecords(partitions * batches * recordsPerBatch);
  for (let p = 0; p < partitions; p++) reader.assertGapFree(`${topic}/${p}`, { from: 0, to: 200 });
  assert.ok(fetches < partitions * batches / 2, `${fetches} fetches for ${partitions * batches} batches`);
});
