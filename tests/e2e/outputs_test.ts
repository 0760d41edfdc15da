// Output topics on a real Kafka: they hold the windows that the oracle counts, each once.

import assert from "node:assert/strict";
import { withAdmin } from "../machine/kafka/admin.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { NEWEST_KAFKA_VERSION } from "../machine/kafka/distribution.ts";
import { dump, type Envelope } from "../machine/kafka/kcat.ts";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap, missing, uniqueName } from "../machine/kafka/shared_kafka.ts";
import { createTopic } from "../machine/kafka/topic.ts";
import { type OracleWindow, recount } from "../oracle/oracle.ts";
import { printedBlocks } from "./console_blocks.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";
import {
  counted,
  newestByKey,
  PARTITIONS,
  produceSpan,
  SENT,
  stop,
  TOP,
  WINDOW,
  windowSettings,
  windowsOf,
} from "./window_topic.ts";

/** The last 20 s in all partitions, none of them the same. */
async function produceThePast(topic: string, brokers = bootstrap): Promise<void> {
  await produceSpan(topic, { startMs: Date.now() - 30_000, spanMs: 20_000, brokers });
}

/** A topic that holds the last 20 s, and the windows that they come to. */
async function makePastTopic(): Promise<{ topic: string; expected: OracleWindow[] }> {
  const topic = await makeTopic(PARTITIONS.length);
  await produceThePast(topic);
  return { topic, expected: recount(await dump({ bootstrap, topic }), { ...WINDOW, top: TOP }) };
}

async function makeOutputTopic(partitions: number): Promise<string> {
  const topic = uniqueName("windows");
  await createTopic({ bootstrap, topic }, { partitions, replicationFactor: 1 });
  return topic;
}

/** Stops it when that window is in the topic; returns what is in it then. */
async function stopAfter(
  { endMs }: OracleWindow,
  { daemon, windows }: { daemon: RtcountDaemon; windows: string },
): Promise<Envelope[]> {
  // Before that a signal would end the process at once.
  await daemon.waitForReadiness();
  await daemon.waitFor(`the window that ends at ${endMs}`, async () => {
    const found = await dump({ bootstrap, topic: windows });
    return found.some((envelope) => counted(envelope.payload).endMs === endMs);
  });
  await stop(daemon);
  return await dump({ bootstrap, topic: windows });
}

Deno.test({
  name: "rtcount run puts each window into output.kafka once, as the oracle counts it and the API shows it",
  ignore: missing,
  async fn() {
    const { topic, expected } = await makePastTopic();
    const windows = await makeOutputTopic(3);
    await using daemon = new RtcountDaemon(windowSettings(topic, { kafka: { topic: windows } }));
    await daemon.metricAtLeast(SENT, expected.length);
    const shown = await daemon.get("/metrics");
    assert.match(shown?.text ?? "", /^rtcount_output_records_total\{output="kafka",result="dropped"\} 0$/m);
    assert.match(shown?.text ?? "", /^rtcount_output_records_total\{output="kafka",result="failed"\} 0$/m);
    await stop(daemon);

    const found = await dump({ bootstrap, topic: windows });
    assert.deepEqual(windowsOf(found), expected);
    assert.equal(new Set(found.map(({ partition }) => partition)).size, 3);
    for (const { key, ts, headers, payload } of found) {
      const { window_end: endMs, partitions } = JSON.parse(payload ?? "");
      assert.equal(key, `rtcount/${endMs}/${topic}-0`);
      assert.equal(ts, endMs);
      assert.deepEqual(headers, ["name", "rtcount", "schema", "1"]);
      assert.deepEqual(partitions, { [topic]: PARTITIONS });
    }
  },
});

Deno.test({
  name: "rtcount run leaves every window in a compacted output.kafka, however often it is killed",
  ignore: missing,
  async fn() {
    const { topic, expected } = await makePastTopic();
    const windows = await makeOutputTopic(2);
    const slow = {
      ...windowSettings(topic, { kafka: { topic: windows } }),
      rate: { backpressure: false, max: 1_500, initial: 1_500 },
    };
    for (const wanted of [5, 8]) {
      await using daemon = new RtcountDaemon(slow);
      await daemon.metricAtLeast(SENT, wanted);
      daemon.kill("SIGKILL");
      await daemon.status;
    }
    await using daemon = new RtcountDaemon(windowSettings(topic, { kafka: { topic: windows } }));
    const found = await stopAfter(expected[expected.length - 1], { daemon, windows });
    assert.deepEqual(windowsOf(newestByKey(found)), expected);
    // A window that is written again has the same content.
    assert.equal(new Set(found.map(({ payload }) => payload)).size, expected.length);
    console.log(`${found.length} records of ${expected.length} windows`);
  },
});

Deno.test({
  name:
    "rtcount run has put into output.kafka what it has printed when it is stopped, and goes on from there",
  ignore: missing,
  async fn() {
    const { topic, expected } = await makePastTopic();
    const windows = await makeOutputTopic(1);
    // The last windows are 7 s away when the first daemon is stopped.
    const slow = { backpressure: false, max: 800, initial: 800 };
    const output = { kafka: { topic: windows }, console: true };
    {
      await using daemon = new RtcountDaemon({ ...windowSettings(topic, output), rate: slow });
      await daemon.metricAtLeast("rtcount_windows_closed_total", 10);
      await stop(daemon);
      const found = await dump({ bootstrap, topic: windows });
      assert.equal(found.length, printedBlocks(daemon.stdout).length);
      assert.deepEqual(windowsOf(found), expected.slice(0, found.length));
    }
    await using daemon = new RtcountDaemon(windowSettings(topic, output));
    const found = await stopAfter(expected[expected.length - 1], { daemon, windows });
    assert.deepEqual(windowsOf(found), expected);
  },
});

Deno.test({
  name: "two members write their own windows, and none replaces another's",
  ignore: missing,
  async fn() {
    const { topic, expected } = await makePastTopic();
    const windows = await makeOutputTopic(2);
    const slow = {
      ...windowSettings(topic, { kafka: { topic: windows } }),
      rate: { backpressure: false, max: 400, initial: 400 },
    };
    await using first = new RtcountDaemon(slow);
    await using second = new RtcountDaemon(slow);
    for (const member of [first, second]) await member.metricAtLeast(SENT, 10);
    for (const member of [first, second]) {
      member.kill("SIGKILL");
      await member.status;
    }
    const found = await dump({ bootstrap, topic: windows });
    for (const [key, ofKey] of Map.groupBy(found, ({ key }) => key)) {
      assert.equal(new Set(ofKey.map(({ payload }) => payload)).size, 1, key ?? "");
    }
    const records = new Map(expected.map(({ endMs, records }) => [endMs, records]));
    const byWindow = Map.groupBy(newestByKey(found), (envelope) => counted(envelope.payload).endMs);
    const shared = [...byWindow].filter(([, ofWindow]) => {
      const covered = ofWindow.flatMap(({ payload }) => JSON.parse(payload ?? "").partitions[topic]);
      return ofWindow.length === 2 && covered.toSorted().join() === PARTITIONS.join();
    });
    assert.ok(shared.length >= 5, `${shared.length} windows of two members`);
    for (const [endMs, ofWindow] of shared) {
      const sum = ofWindow.reduce((sum, envelope) => sum + counted(envelope.payload).records, 0);
      assert.equal(sum, records.get(endMs), String(endMs));
    }
  },
});

Deno.test({
  name:
    "rtcount run counts on without its output topic, makes none, and sends what it has kept when there is one",
  ignore: missing,
  async fn() {
    const { topic, expected } = await makePastTopic();
    const windows = uniqueName("missing");
    const queued = 'rtcount_output_queued_records{output="kafka"}';
    await using daemon = new RtcountDaemon(
      windowSettings(topic, { kafka: { topic: windows }, console: true }),
    );
    await daemon.metricAtLeast(queued, expected.length);
    await daemon.waitFor("all blocks", () => printedBlocks(daemon.stdout).length === expected.length);
    await daemon.waitForReadiness();
    await daemon.metricAtLeast('rtcount_output_retries_total{output="kafka"}', 1);
    await daemon.waitForLine(/rtcount\.output\.kafka\]/);
    assert.equal(daemon.stderr.match(/rtcount\.output\.kafka\]/g)?.length, 1, daemon.stderr);
    assert.match(daemon.stderr, new RegExp(`cannot send to the topic "${windows}".*trying again`));
    const topics = await withAdmin(bootstrap, (admin) => admin.listTopics());
    assert.ok(!topics.includes(windows));

    await createTopic({ bootstrap, topic: windows }, { partitions: 2, replicationFactor: 1 });
    await daemon.metricAtLeast(SENT, expected.length);
    assert.deepEqual(windowsOf(await dump({ bootstrap, topic: windows })), expected);

    await withAdmin(bootstrap, (admin) => admin.deleteTopics({ topics: [windows] }));
    await produce([{ timestampMs: Date.now(), value: "more" }], { bootstrap, topic, partition: 0 });
    await daemon.metricAtLeast(queued, 1);
    await daemon.waitFor("the windows of the record", () => daemon.stdout.includes("('more', 1)"));
    await createTopic({ bootstrap, topic: windows }, { partitions: 1, replicationFactor: 1 });
    await daemon.metricAtLeast(SENT, expected.length + 2);
    await stop(daemon);
    for (const { endMs, records } of windowsOf(await dump({ bootstrap, topic: windows }))) {
      assert.ok(endMs > expected[expected.length - 1].endMs && records === 1, String(endMs));
    }
  },
});

Deno.test({
  name:
    "rtcount run puts each window into output.kafka once, though the newest broker hangs with batches under way",
  ignore: missing,
  async fn() {
    await using kafka = await startKafka({ version: NEWEST_KAFKA_VERSION });
    const { bootstrap } = kafka;
    const topic = "words";
    const windows = "windows";
    await kafka.createTopic(topic, { partitions: PARTITIONS.length });
    await kafka.createTopic(windows, { partitions: 2 });
    await produceThePast(topic, bootstrap);
    const expected = recount(await dump({ bootstrap, topic }), { ...WINDOW, top: TOP });
    await using daemon = new RtcountDaemon({
      ...windowSettings(topic, { kafka: { topic: windows } }),
      source: kafkaSource(topic, bootstrap),
      // All of it has been fetched long before it is counted.
      rate: { backpressure: false, max: 1_000, initial: 1_000 },
    });
    const before = await daemon.metricAtLeast(SENT, 3);
    await kafka.pause(0);
    try {
      await daemon.metricAtLeast("rtcount_windows_closed_total", before + 5);
      await daemon.metricAtLeast('rtcount_output_retries_total{output="kafka"}', 1);
      assert.equal((await daemon.get("/healthz"))?.status, 200);
    } finally {
      kafka.resume(0);
    }
    await daemon.metricAtLeast(SENT, expected.length);
    await stop(daemon);
    assert.deepEqual(windowsOf(await dump({ bootstrap, topic: windows })), expected);
  },
});

Deno.test({
  name: "rtcount run killed before output.kafka had its windows puts them out again when it is started again",
  ignore: missing,
  async fn() {
    const { topic, expected } = await makePastTopic();
    const windows = uniqueName("later");
    {
      await using daemon = new RtcountDaemon(windowSettings(topic, { kafka: { topic: windows } }));
      await daemon.metricAtLeast("rtcount_windows_closed_total", expected.length);
      // Commits would have been made meanwhile, one a second.
      await daemon.metricAtLeast('rtcount_output_retries_total{output="kafka"}', 4);
      daemon.kill("SIGKILL");
      await daemon.status;
    }
    await createTopic({ bootstrap, topic: windows }, { partitions: 2, replicationFactor: 1 });
    await using daemon = new RtcountDaemon(windowSettings(topic, { kafka: { topic: windows } }));
    await daemon.metricAtLeast(SENT, expected.length);
    await stop(daemon);
    assert.deepEqual(windowsOf(await dump({ bootstrap, topic: windows })), expected);
  },
});
