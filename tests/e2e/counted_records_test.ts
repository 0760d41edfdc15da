// Conditions, event time, weights, headers and masked words, from a topic to the windows, and again after a kill.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import { produceBatches } from "../machine/kafka/producer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const RECORDS = 1_000;

Deno.test({
  name:
    "rtcount run counts the records that match, by weight and by the time in the value, also after a kill",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(1);
    const startMs = Date.now() - 20_000;
    const records = Array.from({ length: RECORDS }, (_, i) => ({
      // The record's own time is another one.
      timestampMs: startMs + 15_000,
      key: null,
      value: Buffer.from(JSON.stringify({
        at: (startMs + i) / 1000,
        status: i % 2 === 0 ? 500 : 200,
        message: `job ${i} failed`,
        bytes: i % 4 === 0 ? 10 : i % 10 === 2 ? -1 : 3,
      })),
      headers: [["tenant", Buffer.from(i % 5 === 0 ? "other" : "acme")]] as const,
    }));
    await produceBatches([writeRecordBatch({ records })], { bootstrap, topic, partition: 0 });
    const kept = Array.from({ length: RECORDS }, (_, i) => i).filter((i) => i % 2 === 0 && i % 5 !== 0);
    const counted = kept.filter((i) => i % 4 === 0 || i % 10 !== 2);
    const sum = counted.reduce((sum, i) => sum + (i % 4 === 0 ? 10 : 3), 0);
    const settings = {
      source: kafkaSource(topic),
      records: {
        format: "json",
        timestamp: "$.at",
        timestamp_format: "unix",
        where: [{ field: "$.status", min: 500 }, { header: "tenant", equals: "acme" }],
      },
      words: {
        from: "field",
        fields: ["$.message"],
        replace: [{ pattern: "\\d+", with: "<N>" }],
        weight: "$.bytes",
      },
      window: { length: "1h", slide: "1s", lateness: 0, idle: "1s" },
      rate: { backpressure: false },
    };
    for (const isReplay of [false, true]) {
      await using daemon = new RtcountDaemon(settings);
      await daemon.metricAtLeast("rtcount_window_records", counted.length);
      assert.equal(await daemon.metric('rtcount_window_word_occurrences{word="job <N> failed"}'), sum);
      assert.equal(await daemon.metric("rtcount_window_words"), sum);
      assert.equal(await daemon.metric("rtcount_window_records"), counted.length);
      if (isReplay) break;
      const filtered = `rtcount_records_filtered_total{topic="${topic}"}`;
      assert.equal(await daemon.metric(filtered), RECORDS - kept.length);
      const skipped = await daemon.metric('rtcount_records_skipped_total{reason="invalid_weight"}');
      assert.equal(skipped, kept.length - counted.length);
      daemon.kill("SIGKILL");
      await daemon.status;
    }
  },
});
