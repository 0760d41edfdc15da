// A closed window as a record of a topic. Its key says which window of which member it is, so that a compacted topic keeps
// one of each, whoever puts it out again; what covers other partitions bears another key.

import type { ProducerRecord } from "../kafka/wire/record_batch_encoder.ts";

/** Of the JSON; readers ignore keys that they do not know, so it changes only when one of them changes its meaning. */
const SCHEMA = "1";

const encoder = new TextEncoder();

export interface WindowToSend {
  /** Of the job. */
  readonly name: string;
  /** Exclusive; the record is dated so. */
  readonly endMs: number;
  /** What the window covers, at least one. */
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  readonly json: string;
}

/** `NAME/WINDOW_END/FIRST`, where FIRST is the lowest of the partitions, such as `raw-events-0`. */
export function windowRecord({ name, endMs, partitions, json }: WindowToSend): ProducerRecord {
  const lowest = partitions.reduce((low, one) => isLower(one, low) ? one : low);
  return {
    key: encoder.encode(`${name}/${endMs}/${lowest.topic}-${lowest.partition}`),
    value: encoder.encode(json),
    headers: [["name", name], ["schema", SCHEMA]],
    timestampMs: endMs,
  };
}

type TopicPartition = WindowToSend["partitions"][number];

/** By the topic's name, then by the partition's number. */
function isLower(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic ? a.partition < b.partition : a.topic < b.topic;
}
