// The network between one process and the cluster: each request and each answer is delayed or lost, and keeps its order
// on a connection.

import type { ConnectionUse, FetchRequest, TopicMetadata } from "../../lib/kafka/kafka_client.ts";
import type { ProducerClient } from "../../lib/kafka/produce/producer.ts";
import type { PaneLogClient } from "../../lib/merge/pane_log_topic.ts";
import type { TopicPartition } from "../../lib/kafka/topic_partition.ts";
import { partitionKey } from "../../lib/kafka/topic_partition.ts";
import type { FetchResponse } from "../../lib/kafka/wire/fetch_response.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../../lib/kafka/connection/kafka_error.ts";
import type { ApiName, BatchesToProduce } from "../../lib/kafka/connection/kafkajs.ts";
import { type Cluster, COORDINATOR } from "./cluster.ts";
import type { Answer } from "./group_coordinator.ts";
import type { Process, Timeline } from "./timeline.ts";

const REQUEST_TIMEOUT_MS = 10_000;
const REFUSED_AFTER_MS = 2;

/** Where a request is. */
export type RequestStep = "before" | "served" | "answered";

export interface Weather {
  /** The delay of a request or an answer; Infinity: it is lost. */
  delayMs(): number;
}

interface Exchange {
  readonly address: string;
  readonly use: ConnectionUse;
  readonly api: string;
  readonly timeoutMs: number | undefined;
  readonly serve: (answer: Answer) => void;
}

/** Messages keep their order; a lost one blocks the connection until a time limit closes it. */
interface Connection {
  /** When the last request, and the last answer, arrive. */
  thereMs: number;
  backMs: number;
  readonly pending: Set<(reason: BrokerConnectionError) => void>;
}

export interface SimulatedClientOptions {
  readonly timeline: Timeline;
  readonly cluster: Cluster;
  readonly process: Process;
  readonly weather: Weather;
  /** Called at each step of each request; the process may die there. */
  readonly onStep: (api: string, step: RequestStep) => void;
  /** The network holds the request that comes now for this long. It arrives, whatever becomes of the process. */
  readonly heldMs?: (api: string) => number;
}

export class SimulatedClient implements PaneLogClient, ProducerClient {
  readonly #timeline: Timeline;
  readonly #cluster: Cluster;
  readonly #process: Process;
  readonly #weather: Weather;
  readonly #onStep: (api: string, step: RequestStep) => void;
  readonly #heldMs: (api: string) => number;
  readonly #leaders = new Map<string, string>();
  readonly #connections = new Map<string, Connection>();
  #isClosed = false;

  constructor(options: SimulatedClientOptions) {
    this.#timeline = options.timeline;
    this.#cluster = options.cluster;
    this.#process = options.process;
    this.#weather = options.weather;
    this.#onStep = options.onStep;
    this.#heldMs = options.heldMs ?? (() => 0);
  }

  get clusterId(): string {
    return "simulated";
  }

  get brokers(): ReadonlyMap<number, string> {
    return this.#cluster.brokers;
  }

  leaderOf(partition: TopicPartition): string | undefined {
    return this.#leaders.get(partitionKey(partition));
  }

  async metadata(topics: readonly string[] | "all"): Promise<ReadonlyMap<string, TopicMetadata>> {
    if (topics.length === 0) return new Map();
    const found = await this.#query("Metadata", COORDINATOR, () => this.#cluster.metadata(topics));
    for (const [topic, { leaders }] of found) {
      for (const [partition, leader] of leaders) {
        const address = this.#cluster.brokers.get(leader);
        const key = partitionKey({ topic, partition });
        if (address === undefined) this.#leaders.delete(key);
        else this.#leaders.set(key, address);
      }
    }
    return found;
  }

  async findCoordinator(): Promise<{ readonly errorCode: number; readonly address: string }> {
    const found = { errorCode: ErrorCode.none, address: COORDINATOR };
    return await this.#query("GroupCoordinator", COORDINATOR, () => found);
  }

  async listOffsets(
    wanted: readonly (TopicPartition & { readonly timestampMs: number })[],
    isolation?: "read_committed" | "read_uncommitted",
  ): Promise<ReadonlyMap<string, number>> {
    const byLeader = Map.groupBy(wanted, (one) => this.#cluster.leaderOf(one));
    const leaderless = byLeader.get(undefined)?.[0];
    if (leaderless !== undefined) {
      throw new KafkaError(
        ErrorCode.leaderNotAvailable,
        `look up the offsets of ${partitionKey(leaderless)}`,
      );
    }
    const answers = await Promise.all(
      [...byLeader].map(([leader, asked]) =>
        this.#query("ListOffsets", leader ?? "", () =>
          asked.map((one): [string, number] => {
            return [
              partitionKey(one),
              this.#cluster.offsetOf(one, one.timestampMs, isolation === "read_committed"),
            ];
          }))
      ),
    );
    return new Map(answers.flat());
  }

  async fetch(address: string, request: FetchRequest): Promise<FetchResponse> {
    const { timeoutMs } = request;
    const serve = (answer: Answer) => this.#cluster.serveFetch(request, answer);
    return await this.#ask<FetchResponse>({ address, use: "fetch", api: "Fetch", timeoutMs, serve });
  }

  async produce(address: string, request: BatchesToProduce): Promise<ReadonlyMap<number, number>> {
    const serve = (answer: Answer) => this.#cluster.serveProduce(request, answer);
    return await this.#ask({ address, use: "produce", api: "Produce", timeoutMs: undefined, serve });
  }

  async request<T>(
    address: string,
    api: ApiName,
    args: object,
    { use = "query", timeoutMs }: { readonly use?: ConnectionUse; readonly timeoutMs?: number } = {},
  ): Promise<T> {
    const serve = (answer: Answer) => this.#cluster.serve(api, args, answer);
    return await this.#ask<T>({ address, use, api, timeoutMs, serve });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const [address, connection] of this.#connections) {
      breakConnection(connection, new BrokerConnectionError(address, "this client was closed"));
    }
    return Promise.resolve();
  }

  async #query<T>(api: string, address: string, look: () => T): Promise<T> {
    return await this.#ask<T>({
      address,
      use: "query",
      api,
      timeoutMs: undefined,
      serve: (answer) => answer(look()),
    });
  }

  #ask<T>({ address, use, api, timeoutMs = REQUEST_TIMEOUT_MS, serve }: Exchange): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#onStep(api, "before");
    if (this.#process.isDead) return promise;
    const heldMs = this.#heldMs(api);
    if (this.#isClosed) return Promise.reject(new BrokerConnectionError(address, "this client was closed"));
    const nowMs = this.#timeline.nowMs;
    const key = `${address} ${use}`;
    const connection = this.#connections.get(key) ?? { thereMs: 0, backMs: 0, pending: new Set() };
    this.#connections.set(key, connection);
    connection.pending.add(reject);
    const breakOff = (reason: string) => {
      if (!connection.pending.has(reject)) return;
      if (this.#connections.get(key) === connection) this.#connections.delete(key);
      breakConnection(connection, new BrokerConnectionError(address, reason));
    };
    if (this.#cluster.isDown(address)) {
      this.#later(nowMs + REFUSED_AFTER_MS, () => breakOff("connection refused"));
      return promise;
    }
    this.#later(nowMs + timeoutMs, () => breakOff(`no answer to ${api} within ${timeoutMs} ms`));
    connection.thereMs = Math.max(connection.thereMs, nowMs + heldMs + this.#weather.delayMs());
    this.#timeline.at(connection.thereMs, undefined, () => {
      if (this.#cluster.isDown(address)) return;
      serve((response) => {
        this.#onStep(api, "served");
        connection.backMs = Math.max(connection.backMs, this.#timeline.nowMs + this.#weather.delayMs());
        this.#later(connection.backMs, () => {
          if (!connection.pending.delete(reject)) return;
          this.#onStep(api, "answered");
          if (!this.#process.isDead) resolve(response as T);
        });
      });
    });
    return promise;
  }

  #later(atMs: number, act: () => void): void {
    this.#timeline.at(atMs, this.#process, act);
  }
}

/** Requests that wait for an answer fail. */
function breakConnection({ pending }: Connection, reason: BrokerConnectionError): void {
  const rejects = [...pending];
  pending.clear();
  for (const reject of rejects) reject(reason);
}
