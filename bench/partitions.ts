// Measures what a record costs in a topic of many even partitions, against one of a hundred with the same records a second.

import { FakeOutputs } from "../tests/fakes/fake_outputs.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { naturalCorpus } from "./corpus.ts";
import { makeOwnWindows } from "./even_pipeline.ts";
import { EvenTopic } from "./even_topic.ts";

const ROUNDS = 5;
const FEW = 100;
const MANY = 1_500;
const LENGTH_MS = 60_000;
/** Some 4 records a slide in each of the many partitions. */
const SHAPE = { records: 300_000, recordsPerSlide: 6_600, recordsPerBatch: 100, variants: 300 };
/** A record in the many partitions may cost 2.5 times as much: the caches of a busy machine make much of it. */
const WANTED_RATIO = 0.4;

/** Takes about 20 s. */
export function measurePartitions(): BenchRow {
  const corpus = naturalCorpus();
  const few = new EvenTopic(corpus, { ...SHAPE, partitions: FEW });
  const many = new EvenTopic(corpus, { ...SHAPE, partitions: MANY });
  nsPerRecord(few);
  nsPerRecord(many);
  const fewTimes: number[] = [];
  const manyTimes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    fewTimes.push(nsPerRecord(few));
    manyTimes.push(nsPerRecord(many));
  }
  const [fewNs, manyNs] = [median(fewTimes), median(manyTimes)];
  return {
    name: `a record in ${FEW} and in ${MANY} even partitions, decoded and counted`,
    ratio: fewNs / manyNs,
    wanted: WANTED_RATIO,
    costNs: manyNs,
    details: `${fewNs.toFixed(0)} and ${manyNs.toFixed(0)} ns of processor time`,
  };
}

function nsPerRecord(topic: EvenTopic): number {
  const outputs = new FakeOutputs();
  return topic.nsPerRecord({ start: (source) => makeOwnWindows({ source, outputs, lengthMs: LENGTH_MS }) });
}

if (import.meta.main) console.log(formatBenchRow(measurePartitions()));
