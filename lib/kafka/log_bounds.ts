// lookUpLogs asks the cluster for the start and end offsets of partitions.

import { type KafkaClient, LOG_END, LOG_START } from "./kafka_client.ts";
import type { TopicPartition } from "./topic_partition.ts";

/** By partition key. @throws KafkaError, also where a partition has no leader now; BrokerConnectionError */
export async function lookUpLogs(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
): Promise<{ readonly starts: ReadonlyMap<string, number>; readonly ends: ReadonlyMap<string, number> }> {
  const [starts, ends] = await Promise.all(
    [LOG_START, LOG_END].map((timestampMs) =>
      client.listOffsets(partitions.map(({ topic, partition }) => ({ topic, partition, timestampMs })))
    ),
  );
  return { starts, ends };
}
