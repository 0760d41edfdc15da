// Fills the topics that the benchmarks read.

import { systemClock } from "../lib/async/clock.ts";
import type { Codec } from "../tests/kafka/compression/compression_writer.ts";
import { fillTopic } from "../tests/machine/kafka/fill_topic.ts";
import { createTopic } from "../tests/machine/kafka/topic.ts";
import type { Corpus } from "./corpus.ts";

/** The span of event time of a topic: 300 slides. */
const SPAN_MS = 600_000;
const BATCH_BYTES = 100_000;

export interface FullTopic {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
}

/** Makes the topic; its batches repeat the corpus, in every partition over the same time. */
export async function fillTopicFrom(
  corpus: Corpus,
  topic: FullTopic & { readonly partitions: number; readonly codec?: Codec },
): Promise<void> {
  const { bytes, starts, ends } = corpus;
  const { bootstrap, records, partitions, codec } = topic;
  const recordsPerBatch = Math.min(1_000, BATCH_BYTES * corpus.records / bytes.length);
  const batchesPerPartition = records / partitions / recordsPerBatch;
  const decoder = new TextDecoder();
  await createTopic(topic, { partitions });
  await fillTopic({
    bootstrap,
    topic: topic.topic,
    partitions,
    batchesPerPartition,
    recordsPerBatch,
    variants: corpus.records / recordsPerBatch,
    value: (i) => decoder.decode(bytes.subarray(starts[i], ends[i])),
    startMs: systemClock.nowMs() - SPAN_MS - 10_000,
    stepMs: SPAN_MS / batchesPerPartition,
    isSpread: true,
    codec,
  });
}
