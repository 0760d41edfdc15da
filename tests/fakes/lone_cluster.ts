// A cluster of one broker, one topic with one partition, and one member. It answers at once, except for the faults that a
// test sets.

import type { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import type { Clock } from "../../lib/async/clock.ts";
import type { FetchRequest, KafkaClient, TopicMetadata } from "../../lib/kafka/kafka_client.ts";
import type { FetchResponse } from "../../lib/kafka/wire/fetch_response.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../../lib/kafka/connection/kafka_error.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";

const ADDRESS = "broker:9092";
const MEMBER = "member-1";

/**
 * The result of a fetch: an answer, none ever, an answer that lacks the records that exist, such an answer before the
 * wait that the request allows, or an offset that is out of range.
 */
export type FetchBehaviour = "answers" | "swallows" | "withholds" | "hastens" | "rejects";

export class LoneCluster {
  static readonly topic = "words";
  fetching: FetchBehaviour = "answers";
  hasLeader = true;
  /** A broker with a quota answers without records, and asks for a pause. */
  throttleMs = 0;
  /** The leader that JoinGroup names. */
  leader = MEMBER;
  /** The end of what may be read; undefined: the end of the log. */
  lastStableOffset: number | undefined;
  /** The error code of the coordinator's answers to JoinGroup. */
  joinError: number = ErrorCode.none;
  syncError: number = ErrorCode.none;
  /** The assignment in the answers to SyncGroup; undefined: what the member has distributed. */
  assignment: Buffer | undefined;
  heartbeatError: number = ErrorCode.none;
  commitError: number = ErrorCode.none;
  /** The offset of the batch in an answer to Fetch, as far as it has records; undefined: that of the request. */
  fetchedFrom: number | undefined;
  /** The end of the log that Fetch tells; undefined: the true one. */
  fetchedEnd: number | undefined;
  /** The end of the log that ListOffsets tells; undefined: the true one. */
  toldEnd: number | undefined;
  /** Requests so far, by API. */
  readonly requests = new Map<string, number>();
  /** Whether requests of a closed client fail, as with sockets; otherwise they stay pending. */
  failsOnClose = true;
  /** Clients made so far. */
  clients = 0;
  /** In the log, from offset 0. */
  readonly values: string[] = [];

  count(api: string): void {
    this.requests.set(api, (this.requests.get(api) ?? 0) + 1);
  }

  constructor(readonly clock: Clock) {}

  readonly connect = (): KafkaClient => {
    this.clients++;
    return new LoneClient(this);
  };
}

class LoneClient implements KafkaClient {
  readonly #cluster: LoneCluster;
  readonly #pending = new Set<(reason: Error) => void>();
  #members = 0;

  constructor(cluster: LoneCluster) {
    this.#cluster = cluster;
  }

  leaderOf({ partition }: { readonly partition: number }): string | undefined {
    return this.#cluster.hasLeader && partition === 0 ? ADDRESS : undefined;
  }

  metadata(topics: readonly string[] | "all"): Promise<ReadonlyMap<string, TopicMetadata>> {
    this.#cluster.count("Metadata");
    const leaders = new Map([[0, this.#cluster.hasLeader ? 1 : -1]]);
    const all = new Map([[LoneCluster.topic, { errorCode: ErrorCode.none, isInternal: false, leaders }]]);
    return Promise.resolve(topics.includes(LoneCluster.topic) ? all : new Map());
  }

  findCoordinator() {
    return Promise.resolve({ errorCode: ErrorCode.none, address: ADDRESS });
  }

  listOffsets(wanted: readonly { topic: string; partition: number; timestampMs: number }[]) {
    const { values, toldEnd } = this.#cluster;
    this.#cluster.count("ListOffsets");
    if (wanted.some((one) => this.leaderOf(one) === undefined)) {
      return Promise.reject(new KafkaError(ErrorCode.leaderNotAvailable, "look up an offset"));
    }
    return Promise.resolve(
      new Map(wanted.map(({ topic, partition, timestampMs }) => [
        `${topic}/${partition}`,
        timestampMs === -1 ? toldEnd ?? values.length : 0,
      ])),
    );
  }

  async fetch(_address: string, { topics, maxWaitTime }: FetchRequest): Promise<FetchResponse> {
    const { values, fetching } = this.#cluster;
    this.#cluster.count("Fetch");
    await aTurn();
    if (this.#cluster.throttleMs > 0) {
      return {
        throttleTimeMs: this.#cluster.throttleMs,
        errorCode: ErrorCode.none,
        sessionId: 0,
        topics: [],
      };
    }
    const { fetchOffset } = topics[0].partitions[0];
    const end = values.length;
    const lastStableOffset = this.#cluster.lastStableOffset ?? end;
    const isEmpty = fetchOffset >= lastStableOffset || fetching !== "answers";
    if (fetching === "swallows") return await this.#never();
    const baseOffset = this.#cluster.fetchedFrom ?? fetchOffset;
    const records = values.slice(baseOffset, baseOffset < fetchOffset ? fetchOffset : end).map((value) => ({
      timestampMs: 0,
      key: null,
      value: new TextEncoder().encode(value),
    }));
    if (isEmpty && fetching !== "hastens" && fetching !== "rejects") {
      await this.#cluster.clock.sleep(maxWaitTime);
    }
    return {
      throttleTimeMs: this.#cluster.throttleMs,
      errorCode: ErrorCode.none,
      sessionId: 0,
      topics: [{
        topic: LoneCluster.topic,
        partitions: [{
          partition: 0,
          errorCode: fetching === "rejects" ? ErrorCode.offsetOutOfRange : ErrorCode.none,
          highWatermark: this.#cluster.fetchedEnd ?? end,
          lastStableOffset,
          logStartOffset: 0,
          abortedTransactions: [],
          preferredReadReplica: -1,
          recordSet: isEmpty ? new Uint8Array() : writeRecordBatch({ baseOffset, records }),
        }],
      }],
    };
  }

  async request<T>(_address: string, api: string, args: object): Promise<T> {
    this.#cluster.count(api);
    await aTurn();
    return this.#answer(api, args) as T;
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
        const memberId = errorCode === ErrorCode.memberIdRequired ? `${MEMBER}-${this.#members++}` : MEMBER;
        return { errorCode, generationId: 1, leaderId: this.#cluster.leader, memberId, members };
      }
      case "SyncGroup": {
        const { groupAssignment } = args as { groupAssignment: readonly { memberAssignment: Buffer }[] };
        const [{ memberAssignment }] = groupAssignment;
        const { syncError: errorCode, assignment = memberAssignment } = this.#cluster;
        return { errorCode, memberAssignment: assignment };
      }
      case "OffsetCommit": {
        const { commitError: errorCode } = this.#cluster;
        return answerEach(args, ({ partition }) => ({ partition, errorCode }));
      }
      case "OffsetFetch":
        return answerEach(
          args,
          ({ partition }) => ({ partition, offset: "-1", metadata: null, errorCode: ErrorCode.none }),
        );
      case "Heartbeat":
        return { errorCode: this.#cluster.heartbeatError };
      case "LeaveGroup":
        return { errorCode: ErrorCode.none };
      default:
        throw new Error(`nothing answers ${api} here`);
    }
  }
}

/** An answer for each partition that the request names. */
function answerEach(args: object, answerTo: (asked: { readonly partition: number }) => object): object {
  const { topics } = args as {
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
    }[];
  };
  const responses = topics.map(({ topic, partitions }) => ({ topic, partitions: partitions.map(answerTo) }));
  return { errorCode: ErrorCode.none, responses };
}

/** So that a loop without a pace does not keep all others from running. */
function aTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
