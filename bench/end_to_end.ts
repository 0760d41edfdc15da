// Measures the way from a real Kafka to counted windows: rtcount against a plain kafkajs consumer. Both are processes that
// read the same full topic alternately, so that a busy machine slows both.

import { fileURLToPath } from "node:url";
import { startKafka } from "../tests/machine/kafka/broker.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { type Corpus, naturalCorpus, shortCorpus } from "./corpus.ts";
import { fillTopicFrom, type FullTopic } from "./full_topic.ts";
import type { BaselineResult } from "./kafkajs_baseline.ts";
import { type RtcountRun, runRtcount } from "./rtcount_run.ts";

const WANTED_RATIO = 3;
const ROUNDS = 3;
const PARTITIONS = 4;
const BASELINE = fileURLToPath(new URL("kafkajs_baseline.ts", import.meta.url));

/** Measures both record sizes; takes about 3 minutes. */
export async function measureEndToEnd(): Promise<BenchRow[]> {
  await using kafka = await startKafka();
  const rows: BenchRow[] = [];
  for (const [corpus, records] of [[shortCorpus(), 6_000_000], [naturalCorpus(), 2_000_000]] as const) {
    const full = { bootstrap: kafka.bootstrap, topic: corpus.name.replace(" ", "-"), records };
    await fillTopicFrom(corpus, { ...full, partitions: PARTITIONS });
    rows.push(await measure(corpus, full));
  }
  return rows;
}

async function measure(corpus: Corpus, full: FullTopic): Promise<BenchRow> {
  const ours: RtcountRun[] = [];
  const theirs: BaselineResult[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await runRtcount(full));
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
    costNs: 1e9 / median(ours.map(({ recordsPerCpuSecond }) => recordsPerCpuSecond)),
    details: `${thousands(our)} against ${thousands(their)} thousand records a second`,
  };
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
