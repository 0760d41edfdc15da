// Brokers other than the one that all suites share: the newest release line, and three of which one dies.

import assert from "node:assert/strict";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka, NEWEST_KAFKA_VERSION } from "../machine/kafka/distribution.ts";
import { fillTopic } from "../machine/kafka/fill_topic.ts";
import { expectedBlocks, waitForTimeOf } from "./console_blocks.ts";
import { kafkaSource } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const TOPIC = "words";
const PARTITIONS = 4;
const WINDOW = { lengthMs: 3_000, slideMs: 1_000, top: 20 };
const WINDOWS_BEFORE_THE_FAILURE = 40;
const ignore = await missingForKafka() !== undefined;

/** 200 s of event time. */
async function fill(bootstrap: string): Promise<void> {
  await fillTopic({
    bootstrap,
    topic: TOPIC,
    partitions: PARTITIONS,
    batchesPerPartition: 400,
    recordsPerBatch: 50,
    value: (i) => `a,b${i % 7},c${i % 31}`,
    startMs: Date.now() - 210_000,
    stepMs: 500,
  });
}

function settings(bootstrap: string, rate: Record<string, unknown>): Record<string, unknown> {
  const window = { length: `${WINDOW.lengthMs}ms`, slide: `${WINDOW.slideMs}ms`, lateness: "0" };
  const source = kafkaSource(TOPIC, bootstrap);
  return { source, window, top: WINDOW.top, rate: { backpressure: false, ...rate } };
}

Deno.test({
  name: `rtcount run is exact on Kafka ${NEWEST_KAFKA_VERSION}`,
  ignore,
  async fn() {
    await using kafka = await startKafka({ version: NEWEST_KAFKA_VERSION });
    await kafka.createTopic(TOPIC, { partitions: PARTITIONS });
    await fill(kafka.bootstrap);
    const expected = await expectedBlocks({ bootstrap: kafka.bootstrap, topic: TOPIC }, WINDOW);
    await using daemon = new RtcountDaemon(settings(kafka.bootstrap, {}));
    await waitForTimeOf(expected[expected.length - 1], daemon);
    daemon.kill("SIGTERM");
    assert.equal(await daemon.status, 0, daemon.stderr);
    assert.equal(daemon.stdout, expected.join(""));
  },
});

Deno.test({
  name: "rtcount run is exact while one of three brokers dies",
  ignore,
  async fn() {
    await using kafka = await startKafka({ brokers: 3 });
    await kafka.createTopic(TOPIC, { partitions: PARTITIONS });
    await fill(kafka.bootstrap);
    const expected = await expectedBlocks({ bootstrap: kafka.bootstrap, topic: TOPIC }, WINDOW);
    await using daemon = new RtcountDaemon(settings(kafka.bootstrap, { max: 20_000 }));
    await daemon.metricAtLeast("rtcount_windows_closed_total", WINDOWS_BEFORE_THE_FAILURE);
    await kafka.kill(1);
    await waitForTimeOf(expected[expected.length - 1], daemon);
    daemon.kill("SIGTERM");
    assert.equal(await daemon.status, 0, daemon.stderr);
    assert.equal(daemon.stdout, expected.join(""));
  },
});
