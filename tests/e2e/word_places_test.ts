// The newest record of each top word, as kcat prints it from a real Kafka.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import { type Envelope, parseEnvelopes } from "../machine/kafka/kcat.ts";
import { produceBatches } from "../machine/kafka/producer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const RECORDS = 300;
const PARTITIONS = 2;

interface Case {
  readonly name: string;
  readonly settings: Record<string, unknown>;
  /** The words of a record. */
  readonly wordsOf: (record: Envelope) => readonly string[];
}

const LOWERED = { separator: " ", lowercase: true, stop_words: ["failed"] };

const CASES: readonly Case[] = [
  {
    name: "a field of JSON with a condition, replaced, in lower case",
    settings: {
      records: { format: "json", where: [{ header: "tenant", equals: "acme" }] },
      words: { from: "field", field: "$.message", replace: [{ pattern: "\\d+", with: "<N>" }], ...LOWERED },
    },
    wordsOf: ({ payload, headers }) =>
      headers?.[1] !== "acme"
        ? []
        : JSON.parse(payload ?? "").message.replaceAll(/\d+/g, "<N>").toLowerCase().split(" "),
  },
  { name: "keys", settings: { words: { from: "key" } }, wordsOf: ({ key }) => key?.split(",") ?? [] },
];

Deno.test({
  name: "last in /api/v1/words names a record with the word, the newest one of its partition",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(PARTITIONS);
    const startMs = Date.now() - 60_000;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records = Array.from({ length: RECORDS }, (_, i) => ({
        timestampMs: startMs + i * 20,
        key: Buffer.from(`k${i % 7},k${i % (10 + partition)}`),
        value: Buffer.from(
          JSON.stringify({
            // An escape and digits make some texts of a run, and leave others in their record.
            message: `${i % 3 === 0 ? "Job" : "Task"} ${i % 4 === 0 ? i : "x"} FAILED at\u00e9 W${i % 50}`,
          }).replace("\u00e9", i % 2 === 0 ? "\\u00e9" : "\u00e9"),
        ),
        headers: [["tenant", Buffer.from(i % 5 === 4 ? "other" : "acme")]] as const,
      }));
      const batches = Array.from({ length: 3 }, (_, n) => {
        return writeRecordBatch({ records: records.slice(n * 100, n * 100 + 100), codec: "gzip" });
      });
      await produceBatches(batches, { bootstrap, topic, partition });
    }
    const all = await kcat(["-t", topic, "-o", "beginning"]);
    assert.equal(all.length, RECORDS * PARTITIONS);
    for (const { name, settings, wordsOf } of CASES) {
      const window = { length: "1h", slide: "1s", lateness: 0, idle: "1s" };
      await using daemon = new RtcountDaemon({ source: kafkaSource(topic), window, ...settings });
      await daemon.metricAtLeast("rtcount_window_records", 1);
      const counted = all.filter((record) => wordsOf(record).length > 0).length;
      await daemon.metricAtLeast("rtcount_window_records", counted);
      const { top } = JSON.parse((await daemon.get("/api/v1/top"))?.text ?? "");
      assert.ok(top.length > 5, name);
      for (const [word] of top) {
        const { last } = JSON.parse(
          (await daemon.get(`/api/v1/words/${encodeURIComponent(word)}`))?.text ?? "",
        );
        const of = all.filter((record) =>
          record.partition === last.partition && wordsOf(record).includes(word)
        );
        assert.deepEqual(
          last,
          { topic, partition: last.partition, offset: of.at(-1)?.offset },
          `${name}: ${word}`,
        );
      }
      const { last } = JSON.parse(
        (await daemon.get(`/api/v1/words/${encodeURIComponent(top[0][0])}`))?.text ?? "",
      );
      const place = ["-t", last.topic, "-p", String(last.partition), "-o", String(last.offset), "-c", "1"];
      const [printed] = await kcat(place);
      assert.ok(wordsOf(printed).includes(top[0][0]), name);
      daemon.kill("SIGKILL");
      await daemon.status;
    }
  },
});

async function kcat(args: readonly string[]): Promise<Envelope[]> {
  const { success, stdout, stderr } = await new Deno.Command("kcat", {
    args: ["-C", "-q", "-e", "-J", "-b", bootstrap, ...args],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return parseEnvelopes(new TextDecoder().decode(stdout));
}
