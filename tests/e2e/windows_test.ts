// Exactness on a real Kafka: what the daemon prints is what the oracle counts from kcat's dump.

import assert from "node:assert/strict";
import { type Codec, produceLines } from "../machine/kafka/kcat.ts";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { expectedBlocks, waitForTimeOf } from "./console_blocks.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const CODECS: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];
const PARTITIONS = [0, 1, 2, 3];
const LENGTH_MS = 3_000;
const SLIDE_MS = 1_000;
const LATENESS_MS = 1_000;
const TOP = 1_000;

function settings(topic: string): Record<string, unknown> {
  return {
    source: kafkaSource(topic),
    window: { length: `${LENGTH_MS}ms`, slide: `${SLIDE_MS}ms`, lateness: `${LATENESS_MS}ms` },
    top: TOP,
    rate: { backpressure: false },
  };
}

/** Each partition: records of the last 20 s, out of order by less than the lateness, with a gap of its own. */
async function produceThePast(topic: string): Promise<void> {
  const startMs = Date.now() - 20_000;
  for (const partition of PARTITIONS) {
    const records = Array.from({ length: 3_000 }, (_, i) => {
      const gapMs = i > 1_000 ? partition * 1_500 : 0;
      const disorderMs = (i * 7919) % LATENESS_MS;
      const timestampMs = startMs + i * 5 + gapMs - disorderMs;
      return { timestampMs, value: i % 50 === 0 ? null : `w${i % 97},w${i % 11}, p${partition} ,,ü${i % 5}` };
    });
    const codec = (["none", "gzip", "zstd"] as const)[partition % 3];
    await produce(records, { bootstrap, topic, partition, codec, recordsPerBatch: 700 });
  }
}

/** Dated now, in all codecs, all partitions at a time. */
async function produceThePresent(topic: string): Promise<void> {
  for (const codec of CODECS) {
    const lines = Array.from({ length: 2_000 }, (_, i) => `${codec},n${i % 300},w${i % 11}`);
    await Promise.all(
      PARTITIONS.map((partition) => produceLines(lines, { bootstrap, topic, partition, codec })),
    );
  }
}

Deno.test({
  name: "rtcount run prints every window of 4 partitions in five codecs as the oracle counts it",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(PARTITIONS.length);
    await produceThePast(topic);
    await using daemon = new RtcountDaemon(settings(topic));
    await produceThePresent(topic);
    const expected = await expectedBlocks({ bootstrap, topic }, {
      lengthMs: LENGTH_MS,
      slideMs: SLIDE_MS,
      top: TOP,
    });
    await waitForTimeOf(expected[expected.length - 1], daemon);
    daemon.kill("SIGTERM");
    assert.equal(await daemon.status, 0, daemon.stderr);
    assert.equal(daemon.stdout, expected.join(""));
  },
});

Deno.test({
  name: "GET /api/v1/top shows the last window with what it covers",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(2);
    const timestampMs = Date.now() - 10_000;
    await produce([{ timestampMs, value: "a,b,a" }], { bootstrap, topic, partition: 1 });
    await using daemon = new RtcountDaemon({
      ...settings(topic),
      // One window that holds the record for the rest of the test.
      window: { length: "1h", slide: "1s", lateness: "1s" },
    });
    const top = await daemon.waitFor("a window with the record", async () => {
      const page = await daemon.get("/api/v1/top");
      const shown = page?.status === 200 && JSON.parse(page.text);
      return shown.records > 0 && shown;
    });
    assert.equal(top.window_end - top.window_start, 3_600_000);
    assert.equal(top.records, 1);
    assert.deepEqual(top.top, [["a", 2], ["b", 1]]);
    assert.deepEqual(top.partitions, { [topic]: [0, 1] });
  },
});
