import assert from "node:assert/strict";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { kafkaSource, makeTopic } from "../e2e/kafka_source.ts";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";

const RECORDS = 1_000;
const SESSION_TIMEOUT_MS = 10_000;
const CONSUMING_WITHIN_MS = SESSION_TIMEOUT_MS + 10_000;

async function produceSome(topic: string): Promise<void> {
  const records = Array.from({ length: RECORDS }, () => ({ timestampMs: Date.now(), value: "a,b" }));
  await produce(records, { bootstrap, topic, partition: 0 });
}

Deno.test({
  name: "rtcount run with its default session timeout consumes again within 20 s of a kill",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(2);
    const { kafka: { session_timeout: _, ...kafka } } = kafkaSource(topic) as {
      kafka: Record<string, unknown>;
    };
    const settings = { source: { kafka }, rate: { backpressure: false } };
    const taken = `rtcount_records_total{topic="${topic}"}`;
    await produceSome(topic);
    await using first = new RtcountDaemon(settings);
    await first.metricAtLeast(taken, RECORDS);
    first.kill("SIGKILL");
    const killedMs = performance.now();
    await first.status;
    await produceSome(topic);
    await using second = new RtcountDaemon(settings);
    await second.metricAtLeast(taken, 1);
    const tookMs = performance.now() - killedMs;
    console.log(`consuming again ${Math.round(tookMs)} ms after SIGKILL`);
    assert.ok(tookMs <= CONSUMING_WITHIN_MS, `${tookMs} ms`);
  },
});
