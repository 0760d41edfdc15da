// A topic that takes some time to read, for daemons that end in the middle of it.

import { fillTopic } from "../machine/kafka/fill_topic.ts";
import { bootstrap } from "../machine/kafka/shared_kafka.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";

export const PARTITIONS = 4;
export const WINDOW = { lengthMs: 3_000, slideMs: 1_000, top: 20 };
/** Enough closed to have committed, with most of the topic still to come. */
export const WINDOWS_BEFORE_THE_END = 60;

const RECORDS_PER_BATCH = 50;
const STEP_MS = 500;

/** 300 s of event time; read at the rate of `slowly` it takes 12 s. */
export async function makeLongTopic(): Promise<string> {
  const topic = await makeTopic(PARTITIONS);
  await fillTopic({
    bootstrap,
    topic,
    partitions: PARTITIONS,
    batchesPerPartition: 600,
    recordsPerBatch: RECORDS_PER_BATCH,
    value: (i) => `a,b${i % 7},c${i % 31}`,
    startMs: Date.now() - 310_000,
    stepMs: STEP_MS,
  });
  return topic;
}

/** The event time that passes from one offset of a partition to another. */
export function eventMsBetween(from: number, to: number): number {
  return Math.ceil((to - from) / RECORDS_PER_BATCH) * STEP_MS;
}

export function settings(
  topic: string,
  rate: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const window = { length: `${WINDOW.lengthMs}ms`, slide: `${WINDOW.slideMs}ms`, lateness: "0" };
  return {
    source: kafkaSource(topic),
    window,
    top: WINDOW.top,
    rate: { backpressure: false, ...rate },
    ...more,
  };
}

export const slowly = { max: 10_000 };
