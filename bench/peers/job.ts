// The job of every peer: a full topic, and the expected top words of all its windows.

import { systemClock } from "../../lib/async/clock.ts";
import type { KafkaCluster } from "../../tests/machine/kafka/broker.ts";
import { fillTopic } from "../../tests/machine/kafka/fill_topic.ts";
import { produce } from "../../tests/machine/kafka/producer.ts";
import type { Corpus } from "../corpus.ts";

export const LENGTH_MS = 60_000;
export const SLIDE_MS = 2_000;
export const TOP = 20;

export type Codec = "none" | "lz4" | "zstd";

/** The span of event time of a topic. */
const SPAN_MS = 120_000;
/** At least so many batches per partition, so that every pane has some. */
const MIN_BATCHES = 60;
const MAX_RECORDS_PER_BATCH = 1_000;
/** Two records so long after the last one close all windows: peers may wait for a minute of lateness. */
const CLOSING_MS = 600_000;

export type Top = readonly (readonly [word: string, count: number])[];

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

interface Layout {
  readonly startMs: number;
  readonly stepMs: number;
  readonly batches: number;
  readonly recordsPerBatch: number;
  readonly variants: number;
  readonly partitions: number;
}

/** The expected windows, from the records that were written. */
function recount(corpus: Corpus, layout: Layout): Pick<Job, "windows" | "total" | "words"> {
  const { startMs, stepMs, batches, partitions } = layout;
  const vocabulary = new Map<string, number>();
  const variants = Array.from({ length: layout.variants }, (_, v) => wordIds(corpus, v, layout, vocabulary));
  const texts = [...vocabulary.keys()];
  const batchesOf = Map.groupBy(
    Array.from({ length: batches }, (_, batch) => batch),
    (batch) => Math.floor((startMs + batch * stepMs) / SLIDE_MS) * SLIDE_MS,
  );
  // Every partition continues with the variants where the one before ends.
  const variantsAt = (batch: number) =>
    Array.from({ length: partitions }, (_, partition) => (partition * batches + batch) % variants.length);
  const totals = new Float64Array(texts.length);
  const add = (paneMs: number, times: number) => {
    for (const batch of batchesOf.get(paneMs) ?? []) {
      for (const variant of variantsAt(batch)) {
        for (const id of variants[variant]) totals[id] += times;
      }
    }
  };
  const windows = new Map<number, [string, number][]>();
  for (let endMs = startMs + SLIDE_MS; endMs < startMs + SPAN_MS + LENGTH_MS; endMs += SLIDE_MS) {
    add(endMs - SLIDE_MS, 1);
    add(endMs - SLIDE_MS - LENGTH_MS, -1);
    windows.set(endMs, top(totals, texts));
  }
  let words = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (const variant of variantsAt(batch)) words += variants[variant].length;
  }
  totals.fill(0);
  for (const paneMs of batchesOf.keys()) add(paneMs, 1);
  return { windows, total: top(totals, texts), words };
}

function wordIds(
  corpus: Corpus,
  variant: number,
  { recordsPerBatch }: Layout,
  vocabulary: Map<string, number>,
): Int32Array {
  const ids: number[] = [];
  for (let i = variant * recordsPerBatch; i < (variant + 1) * recordsPerBatch; i++) {
    for (const word of textOf(corpus, i).split(",")) {
      let id = vocabulary.get(word);
      if (id === undefined) vocabulary.set(word, id = vocabulary.size);
      ids.push(id);
    }
  }
  return Int32Array.from(ids);
}

function top(totals: Float64Array, texts: readonly string[]): [string, number][] {
  const counted = [...totals.keys()].filter((id) => totals[id] > 0);
  // The words are ASCII: their order as strings is that of their bytes.
  counted.sort((a, b) => totals[b] - totals[a] || (texts[a] < texts[b] ? -1 : 1));
  return counted.slice(0, TOP).map((id) => [texts[id], totals[id]]);
}

const decoder = new TextDecoder();

function textOf({ bytes, starts, ends }: Corpus, i: number): string {
  return decoder.decode(bytes.subarray(starts[i], ends[i]));
}
