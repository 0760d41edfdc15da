// The port to a Kafka cluster: what the source, the producer and `rtcount check` ask of it.

import type { ApiName } from "./connection/kafkajs.ts";
import type { TopicPartition } from "./topic_partition.ts";
import type { FetchResponse } from "./wire/fetch_response.ts";

/** What a connection is for: Fetch, JoinGroup and Produce may be held up for long, and then hold up what comes after. */
export type ConnectionUse = "query" | "group" | "fetch" | "produce";

export interface TopicMetadata {
  /** Kafka's error code; 0 for none. */
  readonly errorCode: number;
  readonly isInternal: boolean;
  /** The id of the leader by partition; -1 while there is none. */
  readonly leaders: ReadonlyMap<number, number>;
}

/** Special times for `listOffsets`. */
export const LOG_START = -2;
export const LOG_END = -1;

/** A fetch of several partitions, in Kafka's own terms. */
export interface FetchRequest {
  /** How long the broker may wait for `minBytes`. */
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** 0: uncommitted records too; 1: committed ones. */
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; fetchOffset: number; maxBytes: number }[];
  }[];
  /** The connection is closed when no answer comes in that time. */
  readonly timeoutMs: number;
}

/** What a session asks of a cluster. */
export interface KafkaClient {
  /** As of the last `metadata`; undefined where the cluster has none. */
  readonly clusterId?: string | undefined;
  /** The address of the leader of a partition, as of the last `metadata`; undefined while none is known. */
  leaderOf(partition: TopicPartition): string | undefined;
  /**
   * Asks for the topics and their leaders; whichever broker answers first is right. Topics are never made by asking.
   *
   * @throws BrokerConnectionError when no broker can be reached
   */
  metadata(topics: readonly string[] | "all"): Promise<ReadonlyMap<string, TopicMetadata>>;
  /** Where the coordinator of `group` is; the address holds where there is no error. @throws BrokerConnectionError */
  findCoordinator(group: string): Promise<{ readonly errorCode: number; readonly address: string }>;
  /**
   * The offsets of the first records at or after `timestampMs`, or of LOG_START or LOG_END; -1 where there is none.
   * Not only of what is committed: a reader of committed records begins no later for it.
   *
   * @throws KafkaError, BrokerConnectionError
   */
  listOffsets(
    wanted: readonly (TopicPartition & { readonly timestampMs: number })[],
  ): Promise<ReadonlyMap<string, number>>;
  /** Sends a fetch to the broker at `address`; error codes in the answer are the caller's. @throws BrokerConnectionError */
  fetch(address: string, request: FetchRequest): Promise<FetchResponse>;
  /** Sends a request to the broker at `address`, over a connection made for it if need be. @throws BrokerConnectionError */
  request<T>(
    address: string,
    api: ApiName,
    args: object,
    options?: { readonly use?: ConnectionUse; readonly timeoutMs?: number },
  ): Promise<T>;
  /** Destroys all connections, and those that are being made; what is under way fails. */
  close(): Promise<void>;
}
