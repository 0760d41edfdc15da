// Measures what a record costs in a topic of many even partitions, against one of a hundred with the same records a second.
// Encoded batches are decoded and counted as in the daemon; nothing is fetched.

import { Buffer } from "node:buffer";
import { systemClock } from "../lib/async/clock.ts";
import { makeRecordTexts } from "../lib/extraction/make_record_texts.ts";
import { splitRecordBatches } from "../lib/kafka/wire/record_batch.ts";
import { OwnWindows } from "../lib/pipeline/own_windows.ts";
import { Pipeline } from "../lib/pipeline/pipeline.ts";
import { Governor } from "../lib/rate/governor.ts";
import type { Batch, PartitionQueue } from "../lib/records/partition_queue.ts";
import { SlidingWindow } from "../lib/window/sliding_window.ts";
import { Watermark } from "../lib/window/watermark.ts";
import { WordTable } from "../lib/words/word_table.ts";
import { FakeOutputs } from "../tests/fakes/fake_outputs.ts";
import { FakeSource } from "../tests/fakes/fake_source.ts";
import { readingRules } from "../tests/fakes/reading_rules.ts";
import { silentLog } from "../tests/fakes/silent_log.ts";
import { silentTally } from "../tests/fakes/silent_tally.ts";
import { OPTIONS } from "../tests/kafka/wire/read_batches.ts";
import { fixCrc, writeRecordBatch } from "../tests/kafka/wire/record_batch_writer.ts";
import { median } from "../tests/oracle/median.ts";
import { UNLIMITED } from "../tests/pipeline/pipeline_rig.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { type Corpus, corpusTokenizer, naturalCorpus } from "./corpus.ts";
import { processorNs } from "./processor_time.ts";

const ROUNDS = 5;
const FEW = 100;
const MANY = 1_500;
const RECORDS = 300_000;
/** In one slide, in all partitions together: some 4 in each of the many ones. */
const RECORDS_PER_SLIDE = 6_600;
const RECORDS_PER_BATCH = 100;
/** The batches repeat so many different ones. */
const VARIANTS = 300;
const SLIDE_MS = 2_000;
const LENGTH_MS = 60_000;
const MAX_RECORD_BYTES = 1 << 20;
/** As the fetches fill the queues. */
const MAX_QUEUED_BYTES = 64 << 20;
const MAX_PARTITION_BYTES = 512 << 10;
/** A record in the many partitions may cost 2.5 times as much: the caches of a busy machine make much of it. */
const WANTED_RATIO = 0.4;

const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;

/** Takes about 20 s. */
export function measurePartitions(): BenchRow {
  const corpus = naturalCorpus();
  const few = new EvenTopic(corpus, FEW);
  const many = new EvenTopic(corpus, MANY);
  few.nsPerRecord();
  many.nsPerRecord();
  const fewTimes: number[] = [];
  const manyTimes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    fewTimes.push(few.nsPerRecord());
    manyTimes.push(many.nsPerRecord());
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

/** A topic in which the records of all partitions have the same event times. */
class EvenTopic {
  readonly #partitions: number;
  readonly #batchesPerPartition: number;
  /** Event time from a batch to the next one of its partition. */
  readonly #stepMs: number;
  readonly #variants: readonly Uint8Array[];

  constructor(corpus: Corpus, partitions: number) {
    this.#partitions = partitions;
    this.#batchesPerPartition = RECORDS / partitions / RECORDS_PER_BATCH;
    this.#stepMs = RECORDS_PER_BATCH * partitions / RECORDS_PER_SLIDE * SLIDE_MS;
    this.#variants = Array.from({ length: VARIANTS }, (_, variant) => this.#writeVariant(corpus, variant));
  }

  /** Counts all its records anew; returns the processor time of one. */
  nsPerRecord(): number {
    const source = new FakeSource();
    const pipeline = makePipeline(source);
    const queues = source.assign(Array.from({ length: this.#partitions }, () => ({})));
    const startMs = systemClock.nowMs() - this.#batchesPerPartition * this.#stepMs - LENGTH_MS;
    const waiting = queues.map((queue, partition) => {
      queue.highWatermark = this.#batchesPerPartition * RECORDS_PER_BATCH;
      return Array.from({ length: this.#batchesPerPartition }, (_, n) => this.#batch(partition, n, startMs))
        .reverse();
    });
    const beganNs = processorNs();
    while (fill(queues, waiting)) pipeline.turn();
    return (processorNs() - beganNs) / RECORDS;
  }

  #writeVariant({ bytes, starts, ends }: Corpus, variant: number): Uint8Array {
    const records = Array.from({ length: RECORDS_PER_BATCH }, (_, i) => {
      const at = variant * RECORDS_PER_BATCH + i;
      return { timestampMs: this.#laterMs(i), value: Buffer.from(bytes.subarray(starts[at], ends[at])) };
    });
    return writeRecordBatch({ records });
  }

  #batch(partition: number, n: number, startMs: number): Batch {
    const bytes = this.#variants[(partition * this.#batchesPerPartition + n) % VARIANTS].slice();
    const view = new DataView(bytes.buffer);
    const baseMs = Math.floor(startMs + n * this.#stepMs);
    view.setBigInt64(0, BigInt(n * RECORDS_PER_BATCH));
    view.setBigInt64(BASE_TIMESTAMP_AT, BigInt(baseMs));
    view.setBigInt64(MAX_TIMESTAMP_AT, BigInt(baseMs + this.#laterMs(RECORDS_PER_BATCH - 1)));
    fixCrc(bytes);
    return splitRecordBatches(bytes, { ...OPTIONS, fetchOffset: n * RECORDS_PER_BATCH }).batches[0];
  }

  /** How much later than its batch a record is. */
  #laterMs(index: number): number {
    return Math.floor(index * this.#stepMs / RECORDS_PER_BATCH);
  }
}

/** Pushes the next batches; false when all records are taken. */
function fill(queues: readonly PartitionQueue[], waiting: readonly Batch[][]): boolean {
  const mostBytes = Math.min(MAX_PARTITION_BYTES, MAX_QUEUED_BYTES / queues.length);
  let hasMore = false;
  queues.forEach((queue, partition) => {
    while (queue.queuedBytes < mostBytes) {
      const batch = waiting[partition].pop();
      if (batch === undefined) break;
      queue.push(batch);
    }
    hasMore ||= queue.hasMore;
  });
  return hasMore;
}

function makePipeline(source: FakeSource): Pipeline {
  const clock = systemClock;
  const words = new WordTable();
  const outputs = new FakeOutputs();
  const window = new SlidingWindow({ lengthMs: LENGTH_MS, slideMs: SLIDE_MS, top: 20, words });
  const watermark = new Watermark({ latenessMs: 0, idleMs: 10_000, aheadMs: 2 * LENGTH_MS });
  const parts = { source, words, window, watermark, outputs, clock };
  return new Pipeline({
    source,
    texts: makeRecordTexts(readingRules({ maxRecordBytes: MAX_RECORD_BYTES })),
    tokenizer: corpusTokenizer(words),
    aggregation: new OwnWindows({ ...parts, lengthMs: LENGTH_MS, slideMs: SLIDE_MS, time: "event" }),
    watermark,
    governor: new Governor(UNLIMITED, clock.monotonicMs()),
    outputs,
    tally: silentTally,
    clock,
    log: silentLog,
    rules: {
      time: "event",
      slideMs: SLIDE_MS,
      latenessMs: 0,
      maxFutureMs: 60_000,
      maxRecordBytes: MAX_RECORD_BYTES,
    },
  });
}

if (import.meta.main) console.log(formatBenchRow(measurePartitions()));
