// These interfaces are the callbacks of a Fetcher. A FetchSession receives the events that its session reacts to; a
// FetchReport receives those for the log and the metrics.

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
  /** Retention deleted this many offsets before they were fetched. */
  recordsLost(partition: TopicPartition, offsets: number): void;
}
