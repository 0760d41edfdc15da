// Bad records and damaged batches in a topic: the records behind them are counted. Each row has its own topic, on a broker
// of this file, whose segment files the test can edit.

import assert from "node:assert/strict";
import { join } from "node:path";
import { type KafkaCluster, startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { produce, type RecordToSend } from "../machine/kafka/producer.ts";
import { kafkaSource } from "./kafka_source.ts";
import { readMetrics } from "./page.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

const MIB = 1024 * 1024;
const PARTITION = 0;

interface Row {
  readonly name: string;
  readonly records: readonly Omit<RecordToSend, "timestampMs">[];
  /** Instead of now. */
  readonly timestampMs?: number;
  readonly gzip?: boolean;
  /** Words beside those of the good record that follows. */
  readonly words: number;
  readonly skipped?: { readonly reason: string; readonly records: number };
  /** Done to the segment when the records are in it. */
  readonly damage?: (segment: Uint8Array) => void;
}

const ROWS: readonly Row[] = [
  {
    name: "null, empty and non-UTF-8 values",
    records: [{ value: null }, { value: "" }, { value: Uint8Array.of(0x61, 0xff, 0x2c, 0x62) }],
    words: 2,
  },
  {
    name: "a value of 10 MB",
    records: [{ value: "a,".repeat(5 * MIB) }],
    words: 0,
    skipped: { reason: "too_large", records: 1 },
  },
  {
    name: "a batch of 200,000 records",
    records: Array.from({ length: 200_000 }, (_, i) => ({ value: `a,b${i % 100}` })),
    gzip: true,
    words: 400_000,
  },
  {
    name: "a batch whose checksum is wrong",
    records: Array.from({ length: 10 }, () => ({ value: "never counted" })),
    words: 0,
    skipped: { reason: "corrupt", records: 10 },
    damage: (segment) => segment[segment.length - 5] ^= 1,
  },
  {
    name: "a batch of 160 KB that unpacks to 160 MB",
    records: [{ value: new Uint8Array(160 * MIB) }],
    gzip: true,
    words: 0,
    skipped: { reason: "too_large", records: 1 },
  },
  {
    name: "a batch of 150 records that unpacks to 144 MB",
    records: Array.from({ length: 150 }, (_, i) => ({ value: `a${i},${" ".repeat(960_000)},b` })),
    gzip: true,
    words: 300,
  },
  {
    name: "a batch of 12 records of 20 MB, and one between them",
    records: Array.from({ length: 13 }, (_, i) => ({ value: i === 6 ? "a,b" : new Uint8Array(20 * MIB) })),
    gzip: true,
    words: 2,
    skipped: { reason: "too_large", records: 12 },
  },
  {
    name: "a record of the year 9999",
    records: [{ value: "from,the,future" }],
    timestampMs: Date.UTC(9999, 0),
    words: 0,
    skipped: { reason: "future", records: 1 },
  },
];

async function putIn(row: Row, kafka: KafkaCluster, topic: string): Promise<void> {
  await kafka.createTopic(topic);
  const { bootstrap } = kafka;
  const target = { bootstrap, topic, partition: PARTITION };
  const { timestampMs = Date.now(), gzip } = row;
  const records = row.records.map((record) => ({ ...record, timestampMs }));
  await produce(records, { ...target, codec: gzip ? "gzip" : "none", recordsPerBatch: records.length });
  if (row.damage !== undefined) {
    const segment = join(kafka.dataFolders[0], `${topic}-${PARTITION}`, "00000000000000000000.log");
    const bytes = await Deno.readFile(segment);
    row.damage(bytes);
    await Deno.writeFile(segment, bytes);
  }
  await produce([{ timestampMs: Date.now(), value: "good,good,good" }], target);
}

Deno.test({
  name: "rtcount run goes on after bad input",
  ignore: await missingForKafka() !== undefined,
  async fn(t) {
    await using kafka = await startKafka();
    for (const [i, row] of ROWS.entries()) {
      await t.step(row.name, async () => {
        const topic = `bad-${i}`;
        await putIn(row, kafka, topic);
        await using daemon = new RtcountDaemon({
          source: kafkaSource(topic, kafka.bootstrap),
          window: { length: "1s", slide: "200ms", lateness: "0" },
        });
        await daemon.waitFor("the good record", () => daemon.stdout.includes("('good', 3)\n"));
        const metrics = readMetrics((await daemon.get("/metrics"))?.text ?? "");
        assert.equal(metrics.get("rtcount_words_total"), row.words + 3);
        for (const reason of ["too_large", "corrupt", "future", "no_timestamp"]) {
          const expected = row.skipped?.reason === reason ? row.skipped.records : 0;
          assert.equal(metrics.get(`rtcount_records_skipped_total{reason="${reason}"}`), expected, reason);
        }
        assert.equal(
          metrics.get(`rtcount_consumer_lag_records{topic="${topic}",partition="${PARTITION}"}`),
          0,
        );
        daemon.kill("SIGTERM");
        assert.equal(await daemon.status, 0, daemon.stderr);
      });
    }
  },
});
