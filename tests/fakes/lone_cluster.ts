// A cluster of one broker, one topic with one partition, and one member. It answers at once, except for the faults that a
// test sets.

import type { Buffer } from "node:buffer";
import type { FetchRequest, KafkaClient, TopicMetadata } from "../../lib/kafka/kafka_client.ts";
import type { FetchResponse } from "../../lib/kafka/wire/fetch_response.ts";
import { BrokerConnectionError, ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";

const ADDRESS = "broker:9092";
const MEMBER = "member-1";

/** The result of a fetch: an answer, none ever, or an answer that lacks the records that exist. */
export type FetchBehaviour = "answers" | "swallows" | "withholds";

export class LoneCluster {
  static readonly topic = "words";
  fetching: FetchBehaviour = "answers";
  hasLeader = true;
  /** The error code of the coordinator's answers to JoinGroup. */
  joinError: number = ErrorCode.none;
  /** Whether requests of a closed client fail, as with sockets; otherwise they stay pending. */
  failsOnClose = true;
  /** Clients made so far. */
  clients = 0;
  /** In the log, from offset 0. */
  readonly values: string[] = [];

  readonly connect = (): KafkaClient => {
    this.clients++;
    return new LoneClient(this);
  };
}

class LoneClient implements KafkaClient {
  readonly #cluster: LoneCluster;
  readonly #pending = new Set<(reason: Error) => void>();

  constructor(cluster: LoneCluster) {
    this.#cluster = cluster;
  }

  leaderOf(): string | undefined {
    return this.#cluster.hasLeader ? ADDRESS : undefined;
  }

  metadata(topics: readonly string[] | "all"): Promise<ReadonlyMap<string, TopicMetadata>> {
    const leaders = new Map([[0, this.#cluster.hasLeader ? 1 : -1]]);
    const all = new Map([[LoneCluster.topic, { errorCode: ErrorCode.none, isInternal: false, leaders }]]);
    return Promise.resolve(topics.includes(LoneCluster.topic) ? all : new Map());
  }

  findCoordinator() {
    return Promise.resolve({ errorCode: ErrorCode.none, address: ADDRESS });
  }

  listOffsets(wanted: readonly { topic: string; partition: number; timestampMs: number }[]) {
    const { values } = this.#cluster;
    return Promise.resolve(
      new Map(wanted.map(({ topic, partition, timestampMs }) => [
        `${topic}/${partition}`,
        timestampMs === -1 ? values.length : 0,
      ])),
    );
  }

  fetch(_address: string, { topics, maxWaitTime }: FetchRequest): Promise<FetchResponse> {
    const { values, fetching } = this.#cluster;
    const { fetchOffset } = topics[0].partitions[0];
    const isEmpty = fetchOffset >= values.length || fetching === "withholds";
    if (fetching === "swallows") return this.#never();
    const records = values.slice(fetchOffset).map((value) => ({
      timestampMs: 0,
      key: null,
      value: new TextEncoder().encode(value),
    }));
    return Promise.resolve({
      // In place of a broker that waits for records.
      throttleTimeMs: isEmpty ? maxWaitTime : 0,
      errorCode: ErrorCode.none,
      sessionId: 0,
      topics: [{
        topic: LoneCluster.topic,
        partitions: [{
          partition: 0,
          errorCode: ErrorCode.none,
          highWatermark: values.length,
          lastStableOffset: values.length,
          logStartOffset: 0,
          abortedTransactions: [],
          preferredReadReplica: -1,
          recordSet: isEmpty ? new Uint8Array() : writeRecordBatch({ baseOffset: fetchOffset, records }),
        }],
      }],
    });
  }

  request<T>(_address: string, api: string, args: object): Promise<T> {
    return Promise.resolve(this.#answer(api, args) as T);
  }

  close(): Promise<void> {
    if (!this.#cluster.failsOnClose) return Promise.resolve();
    for (const fail of this.#pending) fail(new BrokerConnectionError(ADDRESS, "this client was closed"));
    return Promise.resolve();
  }

  #never(): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    this.#pending.add(reject);
    return promise;
  }

  #answer(api: string, args: object): unknown {
    switch (api) {
      case "JoinGroup": {
        const { groupProtocols } = args as { groupProtocols: readonly { metadata: Buffer }[] };
        const members = [{ memberId: MEMBER, memberMetadata: groupProtocols[0].metadata }];
        const errorCode = this.#cluster.joinError;
        return { errorCode, generationId: 1, leaderId: MEMBER, memberId: MEMBER, members };
      }
      case "SyncGroup": {
        const { groupAssignment } = args as { groupAssignment: readonly { memberAssignment: Buffer }[] };
        const [{ memberAssignment }] = groupAssignment;
        return { errorCode: ErrorCode.none, memberAssignment };
      }
      case "OffsetFetch":
      case "OffsetCommit":
        return { errorCode: ErrorCode.none, responses: [] };
      case "Heartbeat":
      case "LeaveGroup":
        return { errorCode: ErrorCode.none };
      default:
        throw new Error(`nothing answers ${api} here`);
    }
  }
}
