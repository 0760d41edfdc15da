// Topics to put out to, on a real Kafka: what is in them is what the oracle counts, each window once.

import assert from "node:assert/strict";
import { dump, type Envelope } from "../kafka/kcat.ts";
import { produce, type RecordToSend } from "../kafka/producer.ts";
import { bootstrap, missing, uniqueName } from "../kafka/shared_kafka.ts";
import { createTopic } from "../kafka/topic.ts";
import { type OracleWindow, recount } from "../oracle.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const WINDOW = { lengthMs: 3_000, slideMs: 500, latenessMs: 1_000 };
const TOP = 1_000;
const PARTITIONS = [0, 1, 2, 3];
const SENT = 'rtcount_output_records_total{output="kafka",result="sent"}';

interface ShownWindow {
  readonly window_end: number;
  readonly records: number;
  readonly words: number;
  readonly distinct: number;
  readonly top: OracleWindow["top"];
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

function settings(topic: string, output: Record<string, unknown>): Record<string, unknown> {
  return {
    source: kafkaSource(topic),
    window: {
      length: `${WINDOW.lengthMs}ms`,
      slide: `${WINDOW.slideMs}ms`,
      lateness: `${WINDOW.latenessMs}ms`,
    },
    top: TOP,
    rate: { backpressure: false },
    output: { console: false, ...output },
  };
}

/** The last 20 s in all partitions, none of them the same; out of order by less than the lateness. */
async function produceThePast(topic: string, partitions: readonly number[]): Promise<void> {
  const startMs = Date.now() - 30_000;
  for (const partition of partitions) {
    const records = Array.from({ length: 2_000 }, (_, i): RecordToSend => ({
      timestampMs: startMs + i * 10 - (i * 7919) % WINDOW.latenessMs,
      value: `w${i % 97},w${i % 11}, p${partition}`,
    }));
    await produce(records, { bootstrap, topic, partition, recordsPerBatch: 100 });
  }
}

async function makeOutputTopic(partitions: number): Promise<string> {
  const topic = uniqueName("windows");
  await createTopic({ bootstrap, topic }, { partitions, replicationFactor: 1 });
  return topic;
}

async function expectedWindows(topic: string): Promise<OracleWindow[]> {
  return recount(await dump({ bootstrap, topic }), { ...WINDOW, top: TOP });
}

function counted({ payload }: Pick<Envelope, "payload">): OracleWindow {
  const { window_end: endMs, records, words, distinct, top }: ShownWindow = JSON.parse(payload ?? "");
  return { endMs, records, words, distinct, top };
}

function byEnd(windows: readonly OracleWindow[]): OracleWindow[] {
  return windows.toSorted((a, b) => a.endMs - b.endMs);
}

/** What a compacted topic keeps. */
function newestByKey(envelopes: readonly Envelope[]): Envelope[] {
  const ordered = envelopes.toSorted((a, b) => a.offset - b.offset);
  return [...new Map(ordered.map((envelope) => [envelope.key, envelope])).values()];
}

Deno.test({
  name: "rtcount run puts each window into output.kafka once, as the oracle counts it and the API shows it",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(PARTITIONS.length);
    const windows = await makeOutputTopic(3);
    await produceThePast(topic, PARTITIONS);
    const expected = await expectedWindows(topic);
    await using daemon = new RtcountDaemon(settings(topic, { kafka: { topic: windows } }));
    await daemon.metricAtLeast(SENT, expected.length);
    const shown = await daemon.get("/metrics");
    assert.match(shown?.text ?? "", /^rtcount_output_records_total\{output="kafka",result="dropped"\} 0$/m);
    assert.match(shown?.text ?? "", /^rtcount_output_records_total\{output="kafka",result="failed"\} 0$/m);
    daemon.kill("SIGTERM");
    assert.equal(await daemon.status, 0, daemon.stderr);

    const found = await dump({ bootstrap, topic: windows });
    assert.deepEqual(byEnd(found.map(counted)), expected);
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
    const topic = await makeTopic(PARTITIONS.length);
    const windows = await makeOutputTopic(2);
    await produceThePast(topic, PARTITIONS);
    const expected = await expectedWindows(topic);
    const slow = { ...settings(topic, { kafka: { topic: windows } }) };
    slow.rate = { backpressure: false, max: 1_500, initial: 1_500 };
    for (const wanted of [5, 8]) {
      await using daemon = new RtcountDaemon(slow);
      await daemon.metricAtLeast(SENT, wanted);
      daemon.kill("SIGKILL");
      await daemon.status;
    }
    await using daemon = new RtcountDaemon(settings(topic, { kafka: { topic: windows } }));
    await daemon.waitFor("the last window", async () => {
      const found = await dump({ bootstrap, topic: windows });
      return found.some((envelope) => counted(envelope).endMs === expected[expected.length - 1].endMs);
    });
    daemon.kill("SIGTERM");
    assert.equal(await daemon.status, 0, daemon.stderr);
    const found = await dump({ bootstrap, topic: windows });
    assert.deepEqual(byEnd(newestByKey(found).map(counted)), expected);
    // Put out again is what was put out.
    assert.equal(new Set(found.map(({ payload }) => payload)).size, expected.length);
    console.log(`${found.length} records of ${expected.length} windows`);
  },
});
