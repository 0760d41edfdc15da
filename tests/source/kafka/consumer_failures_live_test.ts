// Brokers that are down, die or hang. The tests have a broker of their own.

import assert from "node:assert/strict";
import { startKafka } from "../../machine/kafka/broker.ts";
import { missingForKafka } from "../../machine/kafka/distribution.ts";
import { produceLines } from "../../machine/kafka/kcat.ts";
import { SourceReader } from "./source_reader.ts";

const missing = await missingForKafka() !== undefined;

const SHORT_SESSION_MS = 3_000;
/** Far above the limits of a save and a stop: a busy machine delays both. */
const STOP_LIMIT_MS = 20_000;

Deno.test("KafkaSource survives the loss of its broker", { ignore: missing }, async (t) => {
  await using kafka = await startKafka();
  const { bootstrap } = kafka;
  const brokers = [bootstrap];
  const topic = "outlived";
  await kafka.createTopic(topic, { partitions: 2 });
  let sent = 0;
  const send = async (count: number) => {
    const lines = Array.from({ length: count }, (_, i) => `${sent + i}`);
    await produceLines(lines, { bootstrap, topic, partition: 0, codec: "none" });
    sent += count;
  };
  await send(10);

  await t.step("a broker that is down at the start is reported, and waited for", async () => {
    await kafka.kill(0);
    await using reader = new SourceReader({ brokers, topics: [topic], group: "down" });
    await reader.until(() => {
      const { readiness } = reader.source;
      return !readiness.ready && readiness.reason.includes("connection refused");
    });
    assert.ok(reader.events.restarts > 0);
    await Promise.all([reader.untilRecords(10), kafka.restart(0)]);
    await reader.until(() => reader.source.readiness.ready);
  });

  await t.step("a broker that dies and comes back costs no assignment and no record", async () => {
    await using reader = new SourceReader({
      brokers,
      topics: [topic],
      group: "restarted",
    });
    await reader.untilRecords(10);
    await reader.untilEnd();
    const { assignment } = reader.source;
    await kafka.kill(0);
    await reader.until(() => !reader.source.readiness.ready);
    assert.equal(await reader.source.save(reader.progress()), false);
    await kafka.restart(0);
    await send(10);
    await reader.untilRecords(20);
    reader.assertGapFree(`${topic}/0`, { from: 0, to: 20 });
    assert.equal(reader.source.assignment, assignment);
    await reader.until(() => reader.source.readiness.ready);
    assert.equal(await reader.source.save(reader.progress()), true);
    assert.equal(reader.events.rebalances, 1);
  });

  await t.step("no window may close after the session timeout of a broker that hangs", async () => {
    const sessionTimeoutMs = SHORT_SESSION_MS;
    await using reader = new SourceReader({ brokers, topics: [topic], group: "hanging", sessionTimeoutMs });
    await reader.untilRecords(20);
    await reader.until(() => reader.source.mayClose(performance.now()));
    await kafka.pause(0);
    try {
      assert.equal(reader.source.mayClose(performance.now() + SHORT_SESSION_MS), false);
      const begunMs = performance.now();
      assert.equal(await reader.source.save(reader.progress()), false);
      await reader.stop();
      assert.ok(performance.now() - begunMs < STOP_LIMIT_MS);
    } finally {
      kafka.resume(0);
    }
  });
});

Deno.test("KafkaSource survives the loss of the only configured broker", { ignore: missing }, async () => {
  await using kafka = await startKafka({ brokers: 3 });
  const { bootstrap, addresses: [told] } = kafka;
  const topic = "failover";
  const partitions = [0, 1, 2, 3, 4, 5];
  await kafka.createTopic(topic, { partitions: partitions.length });
  const send = async (from: number, to: number) => {
    const lines = Array.from({ length: to - from }, (_, i) => `${from + i}`);
    for (const partition of partitions) {
      await produceLines(lines, { bootstrap, topic, partition, codec: "none" });
    }
  };
  await send(0, 50);
  await using reader = new SourceReader({
    brokers: [told],
    topics: [topic],
    group: "failover",
  });
  await reader.untilRecords(300);
  const { assignment } = reader.source;
  await kafka.kill(0);
  await Promise.all([send(50, 100), reader.untilRecords(600)]);
  for (const partition of partitions) reader.assertGapFree(`${topic}/${partition}`, { from: 0, to: 100 });
  await reader.until(() => reader.source.readiness.ready);
  assert.equal(reader.source.assignment, assignment);
  assert.equal(reader.events.rebalances, 1);
});
