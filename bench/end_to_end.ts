// From a real Kafka to counted windows: the program, against a plain kafkajs consumer that does the same. Each is a
// process of its own that reads the same full topic; they take turns, so that a busy machine slows both.

import { fileURLToPath } from "node:url";
import { systemClock } from "../lib/clock.ts";
import { RtcountDaemon } from "../tests/e2e/rtcount_process.ts";
import { startKafka } from "../tests/kafka/broker.ts";
import { fillTopic } from "../tests/kafka/fill_topic.ts";
import { type BenchRow, formatBenchRow, median } from "./bench_row.ts";
import { type Corpus, naturalCorpus, shortCorpus } from "./corpus.ts";
import type { BaselineResult } from "./kafkajs_baseline.ts";

const WANTED_RATIO = 3;
const ROUNDS = 3;
const PARTITIONS = 4;
const RECORDS_PER_BATCH = 1_000;
/** Event time that the topic spans: 300 slides. */
const SPAN_MS = 600_000;
const POLL_MS = 20;
const BASELINE = fileURLToPath(new URL("kafkajs_baseline.ts", import.meta.url));

interface FullTopic {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
}

/** Measures both sizes of record; about 3 minutes. */
export async function measureEndToEnd(): Promise<BenchRow[]> {
  await using kafka = await startKafka();
  const rows: BenchRow[] = [];
  for (const [corpus, records] of [[shortCorpus(), 6_000_000], [naturalCorpus(), 2_000_000]] as const) {
    const full = { bootstrap: kafka.bootstrap, topic: corpus.name.replace(" ", "-"), records };
    await kafka.createTopic(full.topic, { partitions: PARTITIONS });
    await fillFrom(corpus, full);
    rows.push(await measure(corpus, full));
  }
  return rows;
}

async function fillFrom(corpus: Corpus, { bootstrap, topic, records }: FullTopic): Promise<void> {
  const { bytes, starts, ends } = corpus;
  const batchesPerPartition = records / PARTITIONS / RECORDS_PER_BATCH;
  const decoder = new TextDecoder();
  await fillTopic({
    bootstrap,
    topic,
    partitions: PARTITIONS,
    batchesPerPartition,
    recordsPerBatch: RECORDS_PER_BATCH,
    variants: corpus.records / RECORDS_PER_BATCH,
    value: (i) => decoder.decode(bytes.subarray(starts[i], ends[i])),
    startMs: systemClock.nowMs() - SPAN_MS - 10_000,
    stepMs: SPAN_MS / batchesPerPartition,
  });
}

async function measure(corpus: Corpus, full: FullTopic): Promise<BenchRow> {
  const ours: BaselineResult[] = [];
  const theirs: BaselineResult[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await runOurs(full, `${full.topic}-${round}`));
    theirs.push(await runTheirs(full));
    const [our, their] = [ours[round], theirs[round]];
    if (our.words !== their.words || our.records !== their.records) {
      throw new Error(`${corpus.name}: ${JSON.stringify(our)} against ${JSON.stringify(their)}`);
    }
  }
  const our = median(ours.map(({ recordsPerSecond }) => recordsPerSecond));
  const their = median(theirs.map(({ recordsPerSecond }) => recordsPerSecond));
  return {
    name: `from Kafka to windows, ${corpus.name} in records of ${corpus.bytes.length / corpus.records} bytes`,
    ratio: our / their,
    wanted: WANTED_RATIO,
    details: `${thousands(our)} against ${thousands(their)} thousand records a second`,
  };
}

/** Timed from the first look that finds records taken in to the first that finds all. */
async function runOurs(full: FullTopic, group: string): Promise<BaselineResult> {
  const { bootstrap, topic } = full;
  await using daemon = new RtcountDaemon({
    source: { kafka: { brokers: [bootstrap], topics: [topic], group, start: "earliest" } },
    rate: { backpressure: false },
    output: { console: false },
  });
  const name = `rtcount_records_total{topic="${topic}"}`;
  const recordsAtStart = await daemon.metricAtLeast(name, 1);
  const startMs = systemClock.monotonicMs();
  let records = recordsAtStart;
  while (records < full.records) {
    await systemClock.sleep(POLL_MS);
    records = await daemon.metric(name) ?? 0;
  }
  const elapsedMs = systemClock.monotonicMs() - startMs;
  const words = await daemon.metric("rtcount_words_total") ?? 0;
  daemon.kill("SIGTERM");
  if (await daemon.status !== 0) throw new Error(`the program failed:\n${daemon.stderr}`);
  return { records, words, recordsPerSecond: (records - recordsAtStart) / (elapsedMs / 1_000) };
}

async function runTheirs({ bootstrap, topic, records }: FullTopic): Promise<BaselineResult> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", BASELINE, bootstrap, topic, String(PARTITIONS), String(records)],
  }).output();
  if (!success) throw new Error(`the baseline failed:\n${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function thousands(recordsPerSecond: number): string {
  return (recordsPerSecond / 1_000).toFixed(0);
}

if (import.meta.main) {
  for (const row of await measureEndToEnd()) console.log(formatBenchRow(row));
}
