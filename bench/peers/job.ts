// The job of every peer: a full topic, and the expected top words of all its windows.

import { systemClock } from "../../lib/async/clock.ts";
import type { KafkaCluster } from "../../tests/machine/kafka/broker.ts";
import { fillTopic } from "../../tests/machine/kafka/fill_topic.ts";
import { produce } from "../../tests/machine/kafka/producer.ts";
import { type Corpus, textOf } from "../corpus.ts";
import { recount, SLIDE_MS, type Top } from "../recount.ts";

export type Codec = "none" | "lz4" | "zstd";

/** The span of event time of a topic. */
const SPAN_MS = 120_000;
/** At least so many batches per partition, so that every pane has some. */
const MIN_BATCHES = 60;
const MAX_RECORDS_PER_BATCH = 1_000;
/** Two records so long after the last one close all windows: peers may wait for a minute of lateness. */
const CLOSING_MS = 600_000;

export interface Job {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  readonly records: number;
  readonly words: number;
  readonly bytes: number;
  /** The top of each window by its end. */
  readonly windows: ReadonlyMap<number, Top>;
  /** The top of one window that holds all records. */
  readonly total: Top;
}

export interface JobOptions {
  readonly corpus: Corpus;
  /** An estimate. */
  readonly records: number;
  readonly codec: Codec;
  readonly partitions: number;
}

/** Fills a topic. The broker compresses; the records are the same for every codec. */
export async function prepareJob(kafka: KafkaCluster, options: JobOptions): Promise<Job> {
  const { corpus, codec, partitions } = options;
  const perPartition = Math.ceil(options.records / partitions);
  const recordsPerBatch = Math.min(MAX_RECORDS_PER_BATCH, Math.ceil(perPartition / MIN_BATCHES));
  const batches = Math.ceil(perPartition / recordsPerBatch);
  const records = batches * recordsPerBatch * partitions;
  const topic = `${corpus.name}-${records}-${codec}-${partitions}`.replaceAll(" ", "-");
  const startMs = Math.floor((systemClock.nowMs() - SPAN_MS - 3 * CLOSING_MS) / SLIDE_MS) * SLIDE_MS;
  const layout = { startMs, stepMs: SPAN_MS / batches, batches, recordsPerBatch, partitions };
  const variants = Math.min(batches, Math.floor(corpus.records / recordsPerBatch));

  await kafka.createTopic(topic, {
    partitions,
    config: { "compression.type": codec === "none" ? "uncompressed" : codec },
  });
  const target = { bootstrap: kafka.bootstrap, topic };
  await fillTopic({
    ...target,
    partitions,
    batchesPerPartition: batches,
    recordsPerBatch,
    variants,
    value: (i) => textOf(corpus, i),
    startMs,
    stepMs: layout.stepMs,
  });
  for (let partition = 0; partition < partitions; partition++) {
    const closing = [1, 2].map((n) => ({
      timestampMs: startMs + SPAN_MS + n * CLOSING_MS,
      value: "closing",
    }));
    await produce(closing, { ...target, partition });
  }
  const counted = recount(corpus, { ...layout, variants });
  const bytes = records * (corpus.bytes.length / corpus.records);
  return { ...target, partitions, records, bytes, ...counted };
}
