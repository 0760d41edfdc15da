// The news of a Fetcher: for the session in which it runs, and for the log and the metrics.

import type { PartitionQueue } from "../../records/partition_queue.ts";
import type { TopicPartition } from "../topic_partition.ts";

export interface FetchSession {
  onFetched(): void;
  onStaleLeaders(): void;
  /** The log ends before the next offset to read. */
  onTruncatedLog(queue: PartitionQueue): void;
}

export interface FetchReport {
  failed(what: string, error: Error): void;
  /** The activity `what` works, or has no object any more. */
  works(what: string): void;
  /** A quota of the broker makes the client pause. */
  throttled(broker: string, ms: number): void;
  /** Retention deleted so many offsets before they were fetched. */
  recordsLost(partition: TopicPartition, offsets: number): void;
}
