// A Kafka cluster of a few brokers as clients see it: topics of events, a topic of reports, one consumer group, and outages.

import type { FetchRequest, TopicMetadata } from "../../lib/kafka/kafka_client.ts";
import { LOG_END, LOG_START } from "../../lib/kafka/kafka_client.ts";
import type { BatchesToProduce } from "../../lib/kafka/connection/kafkajs.ts";
import type { TopicPartition } from "../../lib/kafka/topic_partition.ts";
import type { FetchedPartition, FetchResponse } from "../../lib/kafka/wire/fetch_response.ts";
import { ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import { type Answer, GroupCoordinator } from "./group_coordinator.ts";
import { PartitionLog } from "./partition_log.ts";
import { ProducedLog } from "./produced_log.ts";
import type { Timeline } from "./timeline.ts";

export const TOPIC = "events";
/** The topic of the reports of a group that merges its counts. */
export const PANES_TOPIC = "simulated.panes";
/** The broker that coordinates the group. */
export const COORDINATOR = "broker-0:9092";

/** The fault in the answer for one partition of one fetch. */
export type FetchFault = "empty" | "repeated" | "not_leader" | undefined;

interface CreateTopicsRequest {
  readonly topics: readonly {
    readonly topic: string;
    readonly configEntries: readonly { readonly name: string; readonly value: string }[];
  }[];
}

export class Cluster {
  readonly group: GroupCoordinator;
  readonly logs: PartitionLog[] = [];
  /** Undefined until it is created. */
  panes: ProducedLog | undefined;
  readonly #topics = new Map<string, PartitionLog[]>([[TOPIC, this.logs]]);
  #panesConfigs: CreateTopicsRequest["topics"][number]["configEntries"] = [];
  readonly #timeline: Timeline;
  readonly #brokers: number;
  readonly #fetchFault: () => FetchFault;
  readonly #downUntilMs = new Map<string, number>();
  #leaderlessUntilMs = -Infinity;
  #producers = 0;

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

  addPartition(topic = TOPIC): void {
    const logs = this.#topics.get(topic) ?? [];
    this.#topics.set(topic, logs);
    logs.push(new PartitionLog(logs.length));
  }

  logsOf(topic: string): readonly PartitionLog[] {
    return this.#topics.get(topic) ?? [];
  }

  deleteTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  /** The broker does not answer for this long. */
  stopBroker(broker: number, forMs: number): void {
    this.#downUntilMs.set(address(broker % this.#brokers), this.#timeline.nowMs + forMs);
  }

  /** The log of reports has no leader for this long. */
  takePanesLeader(forMs: number): void {
    this.#leaderlessUntilMs = this.#timeline.nowMs + forMs;
  }

  isDown(address: string): boolean {
    return this.#timeline.nowMs < (this.#downUntilMs.get(address) ?? 0);
  }

  get brokers(): ReadonlyMap<number, string> {
    return new Map(Array.from({ length: this.#brokers }, (_, broker) => [broker, address(broker)]));
  }

  /** Undefined while it has none. */
  leaderOf({ topic, partition }: TopicPartition): string | undefined {
    if (topic !== PANES_TOPIC) return address(partition % this.#brokers);
    return this.#arePanesLed ? address(this.#brokers - 1) : undefined;
  }

  metadata(topics: readonly string[] | "all"): ReadonlyMap<string, TopicMetadata> {
    const all = [...this.#topics.keys(), ...this.panes === undefined ? [] : [PANES_TOPIC]];
    const wanted = topics === "all" ? all : topics;
    return new Map(wanted.map((topic) => {
      const isMissing = !all.includes(topic);
      const errorCode = isMissing ? ErrorCode.unknownTopicOrPartition : ErrorCode.none;
      return [topic, { errorCode, isInternal: false, leaders: isMissing ? new Map() : this.#leaders(topic) }];
    }));
  }

  /** `isCommitted`: the end is that of the committed records. */
  offsetOf(one: TopicPartition, timestampMs: number, isCommitted = false): number {
    const log = this.#logOf(one);
    if (log === undefined) return -1;
    if (timestampMs === LOG_START) return log.start;
    if (timestampMs === LOG_END && isCommitted) return log.lastStableOffset;
    return timestampMs === LOG_END ? log.end : log.offsetAt(timestampMs);
  }

  /** Serves what is no request to the group. */
  serve(api: string, args: object, answer: Answer): void {
    switch (api) {
      case "InitProducerId":
        return answer({ errorCode: ErrorCode.none, producerId: String(++this.#producers), producerEpoch: 0 });
      case "CreateTopics":
        return answer(this.#createTopics(args as CreateTopicsRequest));
      case "DescribeConfigs": {
        const configEntries = this.#panesConfigs
          .map(({ name, value }) => ({ configName: name, configValue: value }));
        return answer({
          resources: [{ errorCode: ErrorCode.none, resourceName: PANES_TOPIC, configEntries }],
        });
      }
      default:
        return this.group.serve(api, args, answer);
    }
  }

  serveProduce({ batches }: BatchesToProduce, answer: Answer): void {
    const codes = batches.map(({ partition, bytes }): [number, number] => {
      if (this.panes === undefined) return [partition, ErrorCode.unknownTopicOrPartition];
      return [partition, this.#arePanesLed ? this.panes.append(bytes) : NOT_LEADER];
    });
    answer(new Map(codes));
  }

  /** Answers when there is enough data, or when the wait of the fetch is over. */
  serveFetch(request: FetchRequest, answer: Answer): void {
    const response = this.#fetch(request);
    const bytes = response.topics.flatMap(({ partitions }) => partitions)
      .reduce((sum, { recordSet }) => sum + recordSet.length, 0);
    if (bytes >= request.minBytes || request.maxWaitTime === 0) return answer(response);
    let isAnswered = false;
    const answerOnce = () => {
      if (!isAnswered) answer(this.#fetch(request));
      isAnswered = true;
    };
    this.#timeline.at(this.#timeline.nowMs + request.maxWaitTime, undefined, answerOnce);
    // Readers of events get used to waiting; reports are awaited.
    if (request.topics.some(({ topic }) => topic === PANES_TOPIC)) this.panes?.onAppended(answerOnce);
  }

  get #arePanesLed(): boolean {
    return this.#timeline.nowMs >= this.#leaderlessUntilMs;
  }

  #logOf({ topic, partition }: TopicPartition): PartitionLog | ProducedLog | undefined {
    return topic === PANES_TOPIC ? this.panes : this.#topics.get(topic)?.[partition];
  }

  #leaders(topic: string): ReadonlyMap<number, number> {
    if (topic === PANES_TOPIC) return new Map([[0, this.#arePanesLed ? this.#brokers - 1 : -1]]);
    return new Map(this.logsOf(topic).map(({ partition }) => [partition, partition % this.#brokers]));
  }

  #createTopics({ topics }: CreateTopicsRequest): object {
    return {
      topicErrors: topics.map(({ topic, configEntries }) => {
        if (this.panes !== undefined) return { topic, errorCode: ErrorCode.topicAlreadyExists };
        this.panes = new ProducedLog();
        this.#panesConfigs = configEntries;
        return { topic, errorCode: ErrorCode.none };
      }),
    };
  }

  #fetch({ topics }: FetchRequest): FetchResponse {
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      sessionId: 0,
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, fetchOffset }) => {
          return this.#fetchOne({ topic, partition }, fetchOffset);
        }),
      })),
    };
  }

  #fetchOne(one: TopicPartition, fetchOffset: number): FetchedPartition {
    const log = this.#logOf(one);
    const fault = this.#fetchFault();
    const { partition } = one;
    if (log === undefined) return { ...NOTHING_FETCHED, partition };
    const isInside = fetchOffset >= log.start && fetchOffset <= log.end;
    const isLed = this.leaderOf(one) !== undefined && fault !== "not_leader";
    const errorCode = !isInside ? ErrorCode.offsetOutOfRange : isLed ? ErrorCode.none : NOT_LEADER;
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
const NOTHING_FETCHED = {
  errorCode: ErrorCode.unknownTopicOrPartition,
  highWatermark: -1,
  lastStableOffset: -1,
  logStartOffset: -1,
  preferredReadReplica: -1,
  ...NOTHING_READ,
};

function address(broker: number): string {
  return `broker-${broker}:9092`;
}
