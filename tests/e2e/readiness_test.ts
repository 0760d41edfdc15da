import assert from "node:assert/strict";
import { startKafka } from "../kafka/broker.ts";
import { missingForKafka } from "../kafka/distribution.ts";
import { produceLines } from "../kafka/kcat.ts";
import { bootstrap, missing, uniqueName } from "../kafka/shared_kafka.ts";
import { createTopic } from "../kafka/topic.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const WINDOW = { length: "1s", slide: "200ms", lateness: "0" };

async function waitForReason(daemon: RtcountDaemon, reason: RegExp): Promise<void> {
  await daemon.waitFor(`${reason} at /readyz`, async () => {
    const ready = await daemon.get("/readyz");
    return ready?.status === 503 && reason.test(ready.text);
  });
}

async function waitUntilReady(daemon: RtcountDaemon): Promise<void> {
  await daemon.waitFor("200 at /readyz", async () => (await daemon.get("/readyz"))?.status === 200);
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
    await waitUntilReady(daemon);
    assert.equal(await daemon.metric("rtcount_ready"), 1);
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
    assert.match(daemon.stderr, new RegExp(`WARNING .*${topic}`));
    await createTopic({ bootstrap, topic }, { replicationFactor: 1 });
    await produceLines(["a,b"], { bootstrap, topic, partition: 0, codec: "none" });
    await waitUntilReady(daemon);
    await daemon.metricAtLeast("rtcount_words_total", 2);
  },
});

Deno.test({
  name: "rtcount run is ready on an empty topic and serves its status",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(3);
    await using daemon = new RtcountDaemon({ source: kafkaSource(topic), window: WINDOW });
    await waitUntilReady(daemon);
    assert.equal(await daemon.metric("rtcount_assigned_partitions"), 3);
    const status = await daemon.get("/api/v1/status");
    assert.equal(status?.status, 200);
    assert.ok(status.text.includes(topic));
  },
});
