// lookUpTimestamps asks the cluster for the offsets of the timestamps in a start plan (start_plan.ts).

import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { partitionKey } from "../../kafka/topic_partition.ts";
import type { PartitionStart } from "./start_plan.ts";

export interface FoundStart extends Omit<PartitionStart, "start"> {
  readonly startOffset: number;
}

/** @throws KafkaError, also where a partition has no leader now; BrokerConnectionError */
export async function lookUpTimestamps(
  client: KafkaClient,
  partitions: readonly PartitionStart[],
): Promise<readonly FoundStart[]> {
  const found = await client.listOffsets(
    partitions.flatMap(({ topic, partition, start }) =>
      start.kind === "timestamp" ? [{ topic, partition, timestampMs: start.timestampMs }] : []
    ),
  );
  return partitions.map(({ start, ...one }): FoundStart => {
    if (start.kind === "offset") return { ...one, startOffset: start.offset };
    const offset = found.get(partitionKey(one)) ?? -1;
    return { ...one, startOffset: offset < 0 ? start.atMost : Math.min(offset, start.atMost) };
  });
}
