import assert from "node:assert/strict";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { fillTopic } from "../machine/kafka/fill_topic.ts";
import { produceLines } from "../machine/kafka/kcat.ts";
import { bootstrap, missing, uniqueName } from "../machine/kafka/shared_kafka.ts";
import { createTopic } from "../machine/kafka/topic.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const WINDOW = { length: "1s", slide: "200ms", lateness: "0" };

async function waitForReason(daemon: RtcountDaemon, reason: RegExp): Promise<void> {
  await daemon.waitFor(`${reason} at /readyz`, async () => {
    const ready = await daemon.get("/readyz");
    return ready?.status === 503 && reason.test(ready.text);
  });
}

Deno.test({
  name: "rtcount run waits for a broker that is down at the start",
  ignore: await missingForKafka() !== undefined,
  async fn() {
    await using kafka = await startKafka();
    await kafka.createTopic("words");
    await kafka.kill(0);
    await using daemon = new RtcountDaemon({ source: kafkaSource("words", kafka.bootstrap), window: WINDOW });
    await waitForReason(daemon, new RegExp(kafka.bootstrap.replaceAll(".", "\\.")));
    assert.equal((await daemon.get("/healthz"))?.status, 200);
    assert.equal(await daemon.metric("rtcount_ready"), 0);
    await kafka.restart(0);
    await daemon.waitForReadiness();
    await daemon.metricAtLeast("rtcount_ready", 1);
  },
});

Deno.test({
  name: "rtcount run ends with 1 where the brokers refuse its session timeout",
  ignore: await missingForKafka() !== undefined,
  async fn() {
    await using kafka = await startKafka({ properties: { "group.max.session.timeout.ms": "5000" } });
    await kafka.createTopic("words");
    await using daemon = new RtcountDaemon({ source: kafkaSource("words", kafka.bootstrap), window: WINDOW });
    assert.equal(await daemon.status, 1, daemon.stderr);
    assert.match(daemon.stderr, /group\.max\.session\.timeout\.ms/);
  },
});

Deno.test({
  name: "rtcount run waits for a topic that does not exist",
  ignore: missing,
  async fn() {
    const topic = uniqueName("later");
    await using daemon = new RtcountDaemon({ source: kafkaSource(topic), window: WINDOW });
    await waitForReason(daemon, new RegExp(topic));
    await daemon.waitForLine(new RegExp(`WARNING .*${topic}`));
    await createTopic({ bootstrap, topic }, { replicationFactor: 1 });
    await produceLines(["a,b"], { bootstrap, topic, partition: 0, codec: "none" });
    await daemon.waitForReadiness();
    await daemon.metricAtLeast("rtcount_words_total", 2);
  },
});

Deno.test({
  name: "rtcount run is ready on an empty topic and serves its status",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(3);
    await using daemon = new RtcountDaemon({ source: kafkaSource(topic), window: WINDOW });
    await daemon.waitForReadiness();
    assert.equal(await daemon.metric("rtcount_assigned_partitions"), 3);
    const status = await daemon.get("/api/v1/status");
    assert.equal(status?.status, 200);
    assert.ok(status.text.includes(topic));
  },
});

Deno.test({
  name: "rtcount run started again says how far reading back has come, at /readyz and in its log",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(1);
    const records = 40_000;
    await fillTopic({
      bootstrap,
      topic,
      partitions: 1,
      batchesPerPartition: records / 100,
      recordsPerBatch: 100,
      value: (i) => `a,b${i % 7}`,
      startMs: Date.now() - 310_000,
      stepMs: 500,
    });
    const settings = { source: kafkaSource(topic), window: { length: "10m", slide: "1s", lateness: "0" } };
    const unlimited = { backpressure: false };
    await using first = new RtcountDaemon({ ...settings, rate: unlimited });
    await first.metricAtLeast(`rtcount_records_total{topic="${topic}"}`, records);
    await first.metricAtLeast("rtcount_windows_closed_total", 100);
    first.kill("SIGTERM");
    assert.equal(await first.status, 0, first.stderr);

    await using second = new RtcountDaemon({ ...settings, rate: { ...unlimited, replay: 4_000 } });
    await waitForReason(second, /reading back [1-9]\d* of 40000 records \([1-9]\d? %\)/);
    const { replay, totals } = JSON.parse((await second.get("/api/v1/status"))?.text ?? "{}");
    assert.equal(replay.total, records);
    assert.ok(replay.left > 0 && replay.left <= records - totals.replayed + 4_000, JSON.stringify(replay));
    await second.waitForReadiness();
    const after = JSON.parse((await second.get("/api/v1/status"))?.text ?? "{}");
    assert.equal(after.replay, null);
    assert.equal(after.totals.replayed, records);
    await second.waitForLine(/reading back \d+ of 40000 records \(\d+ %\)\n/);
    await second.waitForLine(/all records are read back/);
  },
});
