// Records that could not be read, in a topic of their own. The broker is this file's own: its segments can be reached.

import assert from "node:assert/strict";
import { join } from "node:path";
import { type KafkaCluster, startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { dump, type Envelope } from "../machine/kafka/kcat.ts";
import { produce, type RecordToSend } from "../machine/kafka/producer.ts";
import { kafkaSource } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const TOPIC = "raw";
const DEAD = "dead";
const DAMAGED_RECORDS = 10;
const MINUTE_MS = 60_000;

function settings({ bootstrap }: KafkaCluster): Record<string, unknown> {
  return {
    name: "job",
    source: kafkaSource(TOPIC, bootstrap),
    records: { format: "json" },
    words: { from: "field", max_record_bytes: "100B" },
    // The next run reads all of it again.
    window: { length: "1h", slide: "1s", lateness: "0" },
    output: { console: false, dead_letters: { topic: DEAD } },
  };
}

/** After a good one, one after the other; the batch that follows is then damaged where it lies. */
async function putIn(kafka: KafkaCluster): Promise<readonly RecordToSend[]> {
  const { bootstrap } = kafka;
  const target = { bootstrap, topic: TOPIC, partition: 0 };
  const nowMs = Date.now() - MINUTE_MS;
  const bad: readonly RecordToSend[] = [
    { timestampMs: nowMs, key: "k", value: "no json" },
    { timestampMs: nowMs + 20 * MINUTE_MS, value: '{"message":"ahead"}' },
    { timestampMs: nowMs, key: "", value: `{"message":"${"x".repeat(100)}"}` },
    { timestampMs: -1, value: '{"message":"undated"}' },
  ];
  const good = { timestampMs: nowMs, value: '{"message":"good"}' };
  for (const record of [good, ...bad]) await produce([record], target);
  const damaged = Array.from(
    { length: DAMAGED_RECORDS },
    () => ({ timestampMs: nowMs, value: "never read" }),
  );
  await produce(damaged, target);
  const segment = join(kafka.dataFolders[0], `${TOPIC}-0`, "00000000000000000000.log");
  const bytes = await Deno.readFile(segment);
  bytes[bytes.length - 5] ^= 1;
  await Deno.writeFile(segment, bytes);
  await produce([good], target);
  return bad;
}

function headersOf({ headers = [] }: Envelope): Record<string, string> {
  const pairs = headers.flatMap((name, i) => i % 2 === 0 ? [[name, headers[i + 1]] as const] : []);
  return Object.fromEntries(pairs);
}

Deno.test({
  name: "rtcount run sends what it cannot read to output.dead_letters, once, as it is and saying why",
  ignore: await missingForKafka() !== undefined,
  async fn() {
    await using kafka = await startKafka();
    await kafka.createTopic(TOPIC);
    await kafka.createTopic(DEAD, { partitions: 2 });
    const bad = await putIn(kafka);
    const begunMs = Date.now();
    {
      await using daemon = new RtcountDaemon(settings(kafka));
      await daemon.metricAtLeast('rtcount_output_records_total{output="dead_letters",result="sent"}', 5);
      await daemon.metricAtLeast("rtcount_window_records", 2);
      daemon.kill("SIGTERM");
      assert.equal(await daemon.status, 0, daemon.stderr);
    }
    const replayed = `rtcount_replayed_records_total{topic="${TOPIC}"}`;
    await using daemon = new RtcountDaemon(settings(kafka));
    await daemon.metricAtLeast(replayed, bad.length + 2);
    await daemon.metricAtLeast("rtcount_window_records", 2);
    daemon.kill("SIGTERM");
    assert.equal(await daemon.status, 0, daemon.stderr);

    const found = await dump({ bootstrap: kafka.bootstrap, topic: DEAD });
    for (const { ts } of found) assert.ok(ts >= begunMs && ts <= Date.now());
    const byOffset = new Map(found.map((envelope) => [Number(headersOf(envelope).offset), envelope]));
    assert.deepEqual([...byOffset.keys()].toSorted((a, b) => a - b), [1, 2, 3, 4, 5]);
    assert.equal(found.length, 5);
    const from = { topic: TOPIC, partition: "0", name: "job", schema: "1" };
    const reasons = ["invalid_json", "future", "too_large", "no_timestamp"];
    bad.forEach(({ timestampMs, key = null, value }, i) => {
      const offset = 1 + i;
      const envelope = byOffset.get(offset);
      assert.ok(envelope !== undefined);
      assert.deepEqual([envelope.key, envelope.payload], [key, value]);
      const timestamp = timestampMs < 0 ? {} : { timestamp: String(timestampMs) };
      assert.deepEqual(headersOf(envelope), {
        reason: reasons[i],
        offset: String(offset),
        ...timestamp,
        ...from,
      });
    });
    const { message, ...headers } = headersOf(byOffset.get(5)!);
    assert.match(message, /CRC|checksum/i);
    assert.deepEqual(headers, { reason: "corrupt", offset: "5", records: String(DAMAGED_RECORDS), ...from });
    assert.equal(byOffset.get(5)?.payload, null);
  },
});
