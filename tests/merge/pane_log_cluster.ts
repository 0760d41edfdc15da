// A cluster that has the topic of a pane log, with the settings and faults that a test gives it.

import type { FetchRequest, TopicMetadata } from "../../lib/kafka/kafka_client.ts";
import { LOG_END } from "../../lib/kafka/kafka_client.ts";
import { BrokerConnectionError, ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import type { FetchResponse } from "../../lib/kafka/wire/fetch_response.ts";
import type { PaneLogClient } from "../../lib/merge/pane_log_topic.ts";
import { setImmediate } from "node:timers";
import type { ManualClock } from "../fakes/manual_clock.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";

const ADDRESS = "broker:9092";

export interface ConfigEntry {
  readonly name: string;
  readonly value: string;
}

export class PaneLogCluster {
  static readonly topic = "g.panes";
  /** 0: the topic does not exist. */
  partitions = 1;
  /** Settings of the topic by name; a broker does not show others. */
  configs = new Map<string, string>();
  /** The error code of CreateTopics. */
  createError: number = ErrorCode.none;
  /** The topics that were created, with their settings. */
  readonly created: { readonly partitions: number; readonly configs: readonly ConfigEntry[] }[] = [];
  /** The records of the log from `startOffset` on. */
  values: Uint8Array[] = [];
  startOffset = 0;
  isReachable = true;
  clients = 0;

  constructor(readonly clock: ManualClock) {}

  get endOffset(): number {
    return this.startOffset + this.values.length;
  }

  /** The topic is deleted and created again: its offsets begin at 0. */
  remake(values: readonly Uint8Array[]): void {
    this.startOffset = 0;
    this.values = [...values];
  }

  /** Retention deletes the oldest records. */
  deleteBefore(offset: number): void {
    this.values.splice(0, offset - this.startOffset);
    this.startOffset = offset;
  }

  readonly connect = (): PaneLogClient => {
    this.clients++;
    return new PaneLogClusterClient(this);
  };
}

class PaneLogClusterClient implements PaneLogClient {
  readonly brokers: ReadonlyMap<number, string> = new Map([[1, ADDRESS]]);
  readonly #cluster: PaneLogCluster;
  readonly #closing = new AbortController();

  constructor(cluster: PaneLogCluster) {
    this.#cluster = cluster;
  }

  leaderOf(): string | undefined {
    return this.#cluster.partitions > 0 ? ADDRESS : undefined;
  }

  async metadata(): Promise<ReadonlyMap<string, TopicMetadata>> {
    await this.#answerable();
    const { partitions } = this.#cluster;
    const leaders = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 1]));
    const errorCode = partitions === 0 ? ErrorCode.unknownTopicOrPartition : ErrorCode.none;
    return new Map([[PaneLogCluster.topic, { errorCode, isInternal: false, leaders }]]);
  }

  findCoordinator(): Promise<never> {
    return Promise.reject(new Error("the pane log is read without a group"));
  }

  async listOffsets(wanted: readonly { topic: string; partition: number; timestampMs: number }[]) {
    await this.#answerable();
    const { startOffset, endOffset } = this.#cluster;
    return new Map(wanted.map(({ topic, partition, timestampMs }) => {
      return [`${topic}/${partition}`, timestampMs === LOG_END ? endOffset : startOffset];
    }));
  }

  async fetch(_address: string, { topics, maxWaitTime }: FetchRequest): Promise<FetchResponse> {
    await this.#answerable();
    const [{ topic, partitions: [{ fetchOffset }] }] = topics;
    const { startOffset, endOffset, values, clock } = this.#cluster;
    const isOutOfRange = fetchOffset < startOffset || fetchOffset > endOffset;
    const records = values.slice(Math.max(0, fetchOffset - startOffset)).map((value) => {
      return { timestampMs: 0, key: null, value };
    });
    if (!isOutOfRange && records.length === 0) await clock.sleep(maxWaitTime, this.#closing.signal);
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      sessionId: 0,
      topics: [{
        topic,
        partitions: [{
          partition: 0,
          errorCode: isOutOfRange ? ErrorCode.offsetOutOfRange : ErrorCode.none,
          highWatermark: endOffset,
          lastStableOffset: endOffset,
          logStartOffset: startOffset,
          abortedTransactions: [],
          preferredReadReplica: -1,
          recordSet: isOutOfRange || records.length === 0
            ? new Uint8Array()
            : writeRecordBatch({ baseOffset: fetchOffset, records }),
        }],
      }],
    };
  }

  async request<T>(_address: string, api: string, args: object): Promise<T> {
    await this.#answerable();
    return this.#answer(api, args) as T;
  }

  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }

  #answer(api: string, args: object): unknown {
    const cluster = this.#cluster;
    if (api === "DescribeConfigs") {
      const { resources: [{ name, configNames }] } = args as {
        resources: readonly [{ name: string; configNames: readonly string[] }];
      };
      const configEntries = [...cluster.configs].filter(([key]) => configNames.includes(key))
        .map(([configName, configValue]) => ({ configName, configValue }));
      return { resources: [{ errorCode: ErrorCode.none, resourceName: name, configEntries }] };
    }
    if (api !== "CreateTopics") throw new Error(`nothing answers ${api} here`);
    const { topics: [{ topic, numPartitions, configEntries }] } = args as {
      topics: readonly [{ topic: string; numPartitions: number; configEntries: readonly ConfigEntry[] }];
    };
    const errorCode = cluster.createError;
    if (errorCode === ErrorCode.none) {
      cluster.created.push({ partitions: numPartitions, configs: configEntries });
      cluster.partitions = numPartitions;
      cluster.configs = new Map(configEntries.map(({ name, value }) => [name, value]));
    }
    return { topicErrors: [{ topic, errorCode }] };
  }

  /** Lets other work run first, so that a loop without a pause blocks nothing. */
  async #answerable(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.#cluster.isReachable || this.#closing.signal.aborted) {
      throw new BrokerConnectionError(ADDRESS, "connection refused");
    }
  }
}
