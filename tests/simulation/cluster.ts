// A Kafka cluster of a few brokers as clients see it: one topic, one consumer group, and outages.

import type { FetchRequest, TopicMetadata } from "../../lib/kafka/kafka_client.ts";
import { LOG_END, LOG_START } from "../../lib/kafka/kafka_client.ts";
import type { FetchedPartition, FetchResponse } from "../../lib/kafka/wire/fetch_response.ts";
import { ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import { type Answer, GroupCoordinator } from "./group_coordinator.ts";
import { PartitionLog } from "./partition_log.ts";
import type { Timeline } from "./timeline.ts";

export const TOPIC = "events";
/** The broker that coordinates the group. */
export const COORDINATOR = "broker-0:9092";

/** The fault in the answer for one partition of one fetch. */
export type FetchFault = "empty" | "repeated" | "not_leader" | undefined;

export class Cluster {
  readonly group: GroupCoordinator;
  readonly logs: PartitionLog[] = [];
  readonly #timeline: Timeline;
  readonly #brokers: number;
  readonly #fetchFault: () => FetchFault;
  readonly #downUntilMs = new Map<string, number>();

  constructor(options: {
    readonly timeline: Timeline;
    readonly brokers: number;
    readonly partitions: number;
    readonly fetchFault: () => FetchFault;
  }) {
    this.#timeline = options.timeline;
    this.#brokers = options.brokers;
    this.#fetchFault = options.fetchFault;
    this.group = new GroupCoordinator(options.timeline);
    for (let n = 0; n < options.partitions; n++) this.addPartition();
  }

  addPartition(): void {
    this.logs.push(new PartitionLog(this.logs.length));
  }

  /** The broker does not answer for this long. */
  stopBroker(broker: number, forMs: number): void {
    this.#downUntilMs.set(address(broker % this.#brokers), this.#timeline.nowMs + forMs);
  }

  isDown(address: string): boolean {
    return this.#timeline.nowMs < (this.#downUntilMs.get(address) ?? 0);
  }

  leaderOf(partition: number): string {
    return address(partition % this.#brokers);
  }

  metadata(): ReadonlyMap<string, TopicMetadata> {
    const leaders = new Map(this.logs.map(({ partition }) => [partition, partition % this.#brokers]));
    return new Map([[TOPIC, { errorCode: ErrorCode.none, isInternal: false, leaders }]]);
  }

  /** `isCommitted`: the end is that of the committed records. */
  offsetOf(partition: number, timestampMs: number, isCommitted = false): number {
    const log = this.logs[partition];
    if (timestampMs === LOG_START) return log.start;
    if (timestampMs === LOG_END && isCommitted) return log.lastStableOffset;
    return timestampMs === LOG_END ? log.end : log.offsetAt(timestampMs);
  }

  /** Answers when there is enough data, or when the wait of the fetch is over. */
  serveFetch(request: FetchRequest, answer: Answer): void {
    const response = this.#fetch(request);
    const bytes = response.topics.flatMap(({ partitions }) => partitions)
      .reduce((sum, { recordSet }) => sum + recordSet.length, 0);
    if (bytes >= request.minBytes || request.maxWaitTime === 0) return answer(response);
    const untilMs = this.#timeline.nowMs + request.maxWaitTime;
    this.#timeline.at(untilMs, undefined, () => answer(this.#fetch(request)));
  }

  #fetch({ topics }: FetchRequest): FetchResponse {
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      sessionId: 0,
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, fetchOffset }) => this.#fetchOne(partition, fetchOffset)),
      })),
    };
  }

  #fetchOne(partition: number, fetchOffset: number): FetchedPartition {
    const log = this.logs[partition];
    const fault = this.#fetchFault();
    const isInside = fetchOffset >= log.start && fetchOffset <= log.end;
    const errorCode = !isInside
      ? ErrorCode.offsetOutOfRange
      : fault === "not_leader"
      ? NOT_LEADER
      : ErrorCode.none;
    const isReadable = errorCode === ErrorCode.none && fault !== "empty";
    const options = { maxBatches: MAX_BATCHES, repeat: fault === "repeated" };
    const found = isReadable ? log.read(fetchOffset, options) : NOTHING_READ;
    return {
      partition,
      errorCode,
      highWatermark: isInside ? log.end : -1,
      lastStableOffset: isInside ? log.lastStableOffset : -1,
      logStartOffset: log.start,
      preferredReadReplica: -1,
      ...found,
    };
  }
}

const NOT_LEADER = 6;
/** The limit of one answer. */
const MAX_BATCHES = 3;
const NOTHING_READ = { recordSet: new Uint8Array(0), abortedTransactions: [] };

function address(broker: number): string {
  return `broker-${broker}:9092`;
}
