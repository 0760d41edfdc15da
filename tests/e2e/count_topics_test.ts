// `rtcount count --topic` on a real Kafka, against what kcat reads.

import assert from "node:assert/strict";
import { startKafka } from "../machine/kafka/broker.ts";
import { withAdmin } from "../machine/kafka/admin.ts";
import { produceLines } from "../machine/kafka/kcat.ts";
import { fillTopic } from "../machine/kafka/fill_topic.ts";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap, missing, uniqueName } from "../machine/kafka/shared_kafka.ts";
import { makeTopic } from "./kafka_source.ts";
import { RtcountProcess, runRtcount } from "./rtcount_process.ts";
import { withFile } from "./with_file.ts";

function test(name: string, run: () => Promise<void>): void {
  Deno.test(name, { ignore: missing }, run);
}

const of = (topic: string, brokers = bootstrap) => [
  "count",
  "--brokers",
  brokers,
  "--topic",
  topic,
  "--output",
  "json",
];

function groups(brokers: string): Promise<readonly string[]> {
  return withAdmin(
    brokers,
    async (admin) => (await admin.listGroups()).groups.map(({ groupId }) => groupId),
  );
}

test("rtcount count --topic counts topics to their ends, and leaves no group behind", async () => {
  // Other tests make groups at the shared broker.
  await using kafka = await startKafka();
  const { bootstrap } = kafka;
  const topics = ["first", "second"];
  await kafka.createTopic(topics[0], { partitions: 3 });
  await kafka.createTopic(topics[1], { partitions: 1 });
  for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
    const lines = Array.from({ length: 300 }, (_, i) => `${codec},n${i % 7}`);
    for (const partition of [0, 1, 2]) {
      await produceLines(lines, { bootstrap, topic: topics[0], partition, codec });
    }
    await produceLines(lines, { bootstrap, topic: topics[1], partition: 0, codec });
  }
  const before = await groups(bootstrap);
  const { status, stdout, stderr } = await runRtcount([...of(topics[0], bootstrap), "--topic", topics[1]]);
  assert.deepEqual([status, stderr], [0, ""]);
  const { top, partitions, ...window } = JSON.parse(stdout);
  const counts = new Map<string, number>();
  for (let i = 0; i < 300; i++) counts.set(`n${i % 7}`, (counts.get(`n${i % 7}`) ?? 0) + 20);
  for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"]) counts.set(codec, 1_200);
  assert.deepEqual(new Map(top), counts);
  assert.deepEqual(partitions, { [topics[0]]: [0, 1, 2], [topics[1]]: [0] });
  const whole = {
    window_start: null,
    window_end: null,
    records: 6_000,
    words: 12_000,
    distinct: 12,
    error: 0,
  };
  assert.deepEqual(window, whole);
  assert.deepEqual(new Set(await groups(bootstrap)).difference(new Set(before)), new Set());
});

test("rtcount count --topic prints tuples, and counts only what --last and --since allow", async () => {
  const topic = await makeTopic(1);
  const nowMs = Date.now();
  const records = [
    { timestampMs: nowMs - 3_600_000, value: "old" },
    { timestampMs: nowMs - 1_000, value: "new" },
    { timestampMs: nowMs - 3_600_000, value: "old" },
    { timestampMs: nowMs - 900, value: "new" },
  ];
  await produce(records, { bootstrap, topic, partition: 0 });
  const print = async (...options: string[]) => {
    const { stdout } = await runRtcount(["count", "--brokers", bootstrap, "--topic", topic, ...options]);
    return stdout;
  };
  assert.equal(await print(), "('new', 2)\n('old', 2)\n");
  assert.equal(await print("--last", "10m"), "('new', 2)\n");
  assert.equal(await print("--since", new Date(nowMs - 7_200_000).toISOString()), "('new', 2)\n('old', 2)\n");
  assert.equal(await print("--since", new Date(nowMs + 60_000).toISOString()), "");
});

test("rtcount count takes brokers and topics from a configuration, and patterns for topics", async () => {
  const topic = await makeTopic(1);
  await produceLines(["a b", "b"], { bootstrap, topic, partition: 0, codec: "none" });
  const source = { kafka: { brokers: bootstrap.split(","), topics: ["other"] } };
  await withFile(JSON.stringify({ source, words: { separator: " " } }), async (file) => {
    const { stdout } = await runRtcount(["count", "--config", file, "--topic", `/${topic.slice(0, -1)}.$/`]);
    assert.equal(stdout, "('b', 2)\n('a', 1)\n");
  });
});

test("rtcount count --topic says in one line what is wrong, and makes no topic", async () => {
  const topic = uniqueName("missing");
  const without = await runRtcount(of(topic));
  assert.deepEqual([without.status, without.stdout], [1, ""]);
  assert.match(without.stderr, new RegExp(`^rtcount: topic "${topic}" does not exist: check --topic, .*\n$`));
  const topics = await withAdmin(bootstrap, (admin) => admin.listTopics());
  assert.equal(topics.includes(topic), false);
  const closed = await runRtcount(["count", "--brokers", "127.0.0.1:1", "--topic", topic]);
  assert.equal(closed.status, 1);
  assert.match(
    closed.stderr,
    /^rtcount: cannot read from 127.0.0.1:1: connection refused, .*: check --brokers, .*\n$/,
  );
});

test("rtcount count --topic prints after SIGINT what it has counted, and ends with 0", async () => {
  const topic = await makeTopic(1);
  const value = (i: number) => Array.from({ length: 200 }, (_, n) => `w${(i * n) % 5_000}`).join(",");
  const batches = { batchesPerPartition: 400, recordsPerBatch: 1_000, startMs: Date.now(), stepMs: 1 };
  await fillTopic({ bootstrap, topic, partitions: 1, ...batches, variants: 2, value, codec: "gzip" });
  await using rtcount = new RtcountProcess([...of(topic), "--log-level", "debug"]);
  await rtcount.waitFor("the reading", () => rtcount.stderr.includes("reading topics"));
  rtcount.kill("SIGINT");
  assert.equal(await rtcount.status, 0);
  const { records } = JSON.parse(rtcount.stdout);
  assert.ok(records < 400_000, `${records}`);
  assert.match(rtcount.stderr, /interrupted: these are the counts of the first \d+ % of the records/);
});
