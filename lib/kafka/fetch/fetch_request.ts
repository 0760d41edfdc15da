// Makes the request of a planned fetch.

import type { FetchRequest } from "../kafka_client.ts";
import { groupByTopic } from "../topic_partition.ts";
import type { PartitionFetch, ReadSettings } from "./partition_fetch.ts";

/** How long a fetch may take beyond the wait that it allows the broker. */
export const FETCH_TIMEOUT_MS = 10_000;

export interface FetchSettings extends ReadSettings {
  readonly maxBytesPerPartition: number;
  /** How long a broker may wait for records. */
  readonly maxWaitMs: number;
  /** While no records are known, a broker waits for this many bytes. Default: enough to make a trickle cheap. */
  readonly patientMinBytes?: number;
}

export function makeFetchRequest(
  { partitions: fetches, minBytes, maxBytes, maxWaitMs }: {
    readonly partitions: readonly PartitionFetch[];
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly maxWaitMs: number;
  },
  { isolation }: Pick<FetchSettings, "isolation">,
): FetchRequest {
  const partitions = fetches.map(({ queue: { topic, partition }, readOffset, maxBytes }) => {
    return { topic, partition, fetchOffset: readOffset, maxBytes };
  });
  return {
    maxWaitTime: maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel: isolation === "read_committed" ? 1 : 0,
    topics: groupByTopic(
      partitions,
      ({ partition, fetchOffset, maxBytes }) => ({ partition, fetchOffset, maxBytes }),
    ),
    timeoutMs: maxWaitMs + FETCH_TIMEOUT_MS,
  };
}
