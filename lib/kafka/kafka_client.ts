// The interface to a Kafka cluster, for the source, the producer and `rtcount check`.

import type { ApiName } from "./connection/kafkajs.ts";
import type { TopicPartition } from "./topic_partition.ts";
import type { FetchFields } from "./wire/fetch_request.ts";
import type { FetchResponse } from "./wire/fetch_response.ts";

/** The use of a connection: Fetch, JoinGroup and Produce may block, and then block the requests behind them. */
export type ConnectionUse = "query" | "group" | "fetch" | "produce";

export interface TopicMetadata {
  /** Kafka's error code; 0 for none. */
  readonly errorCode: number;
  readonly isInternal: boolean;
  /** The id of the leader by partition; -1 while there is none. */
  readonly leaders: ReadonlyMap<number, number>;
}

/** Special timestamps for `listOffsets`. */
export const LOG_START = -2;
export const LOG_END = -1;

export interface FetchRequest extends FetchFields {
  /** The connection is closed when no answer comes within this time. */
  readonly timeoutMs: number;
}

export interface KafkaClient {
  /** From the last `metadata`; undefined where the cluster has no id. */
  readonly clusterId?: string | undefined;
  /** The leader's address, from the last `metadata`; undefined while none is known. */
  leaderOf(partition: TopicPartition): string | undefined;
  /** Asks any broker. It never creates a topic. @throws BrokerConnectionError when no broker can be reached */
  metadata(topics: readonly string[] | "all"): Promise<ReadonlyMap<string, TopicMetadata>>;
  /** The coordinator of `group`. The address is valid without an error code. @throws BrokerConnectionError */
  findCoordinator(group: string): Promise<{ readonly errorCode: number; readonly address: string }>;
  /**
   * The offsets of the first records at or after `timestampMs`, or of LOG_START or LOG_END; -1 where there is none.
   * Uncommitted records count too, so that a reader of committed records starts no later; with `read_committed` the
   * end is where the first open transaction begins.
   *
   * @throws KafkaError, BrokerConnectionError
   */
  listOffsets(
    wanted: readonly (TopicPartition & { readonly timestampMs: number })[],
    isolation?: "read_committed" | "read_uncommitted",
  ): Promise<ReadonlyMap<string, number>>;
  /** Fetches from the broker at `address`; the caller checks the error codes. @throws BrokerConnectionError */
  fetch(address: string, request: FetchRequest): Promise<FetchResponse>;
  /** Sends a request to the broker at `address`, and connects first if necessary. @throws BrokerConnectionError */
  request<T>(
    address: string,
    api: ApiName,
    args: object,
    options?: { readonly use?: ConnectionUse; readonly timeoutMs?: number },
  ): Promise<T>;
  /** Destroys all connections, also those that are not open yet. Pending requests fail. */
  close(): Promise<void>;
}
