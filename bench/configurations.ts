// Measures how the speed depends on compression, partitions, record size and vocabulary. The topics are read alternately
// and compared with the plain one by words per second of CPU time.

import { startKafka } from "../tests/machine/kafka/broker.ts";
import type { Codec } from "../tests/kafka/compression/compression_writer.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { naturalCorpus } from "./corpus.ts";
import { fillTopicFrom, type FullTopic } from "./full_topic.ts";
import { type RtcountRun, runRtcount } from "./rtcount_run.ts";

const ROUNDS = 3;
/** For 64 partitions: 32 batches in each. */
const RECORDS = 2_048_000;
const PLAIN = { name: "plain", wanted: 1 };

interface Configuration {
  readonly name: string;
  /** The wanted speed, as a multiple of the plain topic's. */
  readonly wanted: number;
  readonly codec?: Codec;
  readonly partitions?: number;
  readonly recordBytes?: number;
  readonly vocabulary?: number;
}

const CONFIGURATIONS: readonly Configuration[] = [
  PLAIN,
  { name: "lz4", wanted: 0.6, codec: "lz4" },
  { name: "zstd", wanted: 0.6, codec: "zstd" },
  { name: "1 partition", wanted: 0.7, partitions: 1 },
  { name: "64 partitions", wanted: 0.85, partitions: 64 },
  { name: "records of 1,000 bytes", wanted: 0.85, recordBytes: 1_000 },
  { name: "vocabulary of 1,000 words", wanted: 1.5, vocabulary: 1_000 },
  { name: "vocabulary of 10,000 words", wanted: 1.2, vocabulary: 10_000 },
  { name: "vocabulary of 1,000,000 words", wanted: 0.6, vocabulary: 1_000_000 },
];

/** Takes about 4 minutes. */
export async function measureConfigurations(): Promise<BenchRow[]> {
  await using kafka = await startKafka();
  const topics: FullTopic[] = [];
  for (const configuration of CONFIGURATIONS) topics.push(await fill(kafka.bootstrap, configuration));
  const runs: RtcountRun[][] = topics.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, topic] of topics.entries()) runs[i].push(await runRtcount(topic));
  }
  const results = runs.map(medians);
  return CONFIGURATIONS.map(({ name, wanted }, i) => ({
    name: `from Kafka to windows, ${name}: words a CPU second`,
    ratio: results[i].wordsPerCpuSecond / results[0].wordsPerCpuSecond,
    wanted,
    costNs: results[i].nsPerRecord,
    details: results[i].details,
  }));
}

async function fill(bootstrap: string, configuration: Configuration): Promise<FullTopic> {
  const { name, codec, partitions = 4, recordBytes = 100, vocabulary } = configuration;
  const topic = {
    bootstrap,
    topic: name.replaceAll(/[ ,]/g, "-"),
    records: RECORDS * 100 / recordBytes,
  };
  await fillTopicFrom(naturalCorpus({ vocabulary, recordBytes }), { ...topic, partitions, codec });
  return topic;
}

function medians(
  runs: readonly RtcountRun[],
): { wordsPerCpuSecond: number; nsPerRecord: number; details: string } {
  const of = (pick: (run: RtcountRun) => number) => median(runs.map(pick));
  const wordsPerRecord = runs[0].words / runs[0].records;
  const details = [
    `${(of((run) => run.recordsPerSecond) / 1_000).toFixed(0)} thousand records a second`,
    `${(1e6 / of((run) => run.recordsPerCpuSecond)).toFixed(2)} CPU seconds a million`,
    `${wordsPerRecord.toFixed(1)} words a record`,
    `${(of((run) => run.residentBytes) / 1e6).toFixed(0)} MB at most`,
  ];
  return {
    wordsPerCpuSecond: of((run) => run.recordsPerCpuSecond) * wordsPerRecord,
    nsPerRecord: 1e9 / of((run) => run.recordsPerCpuSecond),
    details: details.join(", "),
  };
}

if (import.meta.main) {
  for (const row of await measureConfigurations()) console.log(formatBenchRow(row));
}
