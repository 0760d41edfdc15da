// Makes the record of a closed window for a topic. Its key names the window and the lowest partition that it covers: a
// compacted topic keeps one record per window and member, even if another member emits the same window again.

import type { ProducerRecord } from "../kafka/wire/record_batch_encoder.ts";

/** Version of the JSON. Readers ignore unknown keys, so it changes only when a key changes its meaning. */
const SCHEMA = "1";

const encoder = new TextEncoder();

export interface WindowToSend {
  /** The name of the job. */
  readonly name: string;
  /** End of the window, exclusive; also the record's timestamp. */
  readonly endMs: number;
  /** The partitions that the window covers, at least one. */
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  readonly json: string;
}

/** The key is `NAME/WINDOW_END/FIRST`; FIRST is the lowest of the partitions, such as `raw-events-0`. */
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

/** Orders by the topic's name, then by the partition's number. */
function isLower(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic ? a.partition < b.partition : a.topic < b.topic;
}
