// A KafkaClient over the network: it knows the cluster's brokers and leaders, and keeps one connection per broker and use,
// because a broker answers the requests of a connection in order. Each session of the source has a client of its own.

import { type Clock, systemClock } from "../async/clock.ts";
import { type Address, formatAddress } from "../text/address.ts";
import { answersFor, type AnswerTopics, lookedUpOffset } from "./asked_answer.ts";
import { BrokerConnections } from "./broker_connections.ts";
import type { BrokerConnection } from "./connection/broker_connection.ts";
import type { BrokerSecurity } from "./connection/broker_security.ts";
import { Diagnoses } from "./connection/connection_trouble.ts";
import {
  asBrokerConnectionError,
  BrokerConnectionError,
  ErrorCode,
  KafkaError,
} from "./connection/kafka_error.ts";
import {
  type ApiName,
  type BatchesToProduce,
  makeFetchRequest,
  makeProduceExchange,
} from "./connection/kafkajs.ts";
import { MAX_CLUSTER_PARTITIONS, type MetadataAnswer } from "./connection/metadata_answer.ts";
import type { ConnectionUse, FetchRequest, KafkaClient, TopicMetadata } from "./kafka_client.ts";
import { groupByTopic, partitionKey, type TopicPartition } from "./topic_partition.ts";
import { decodeFetchResponse, type FetchResponse } from "./wire/fetch_response.ts";

/** The learned brokers that are asked before those in the configuration. */
const FIRST_ASKED = 3;
/** The learned brokers that are asked one after the other before the request fails. */
const MAX_LEARNED_ASKED = 12;
/** How long a Produce may take beyond the time that the request allows the replicas. */
const PRODUCE_TIMEOUT_MS = 5_000;

interface ListOffsetsAnswer {
  readonly responses: AnswerTopics<{ partition: number; errorCode: number; offset: string }>;
}

interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { partition: number; errorCode: number }[];
  }[];
}

/** The state that outlives one client: known brokers, and the diagnoses of failed connections. */
export class ClusterMemory {
  /** `host:port`. Those in the configuration may be gone permanently. */
  readonly brokers = new Set<string>();
  readonly diagnoses = new Diagnoses();

  /** Takes the brokers that the cluster has now. Those known before keep their order: one that failed stays behind. */
  learn(addresses: ReadonlySet<string>): void {
    for (const address of this.brokers) if (!addresses.has(address)) this.brokers.delete(address);
    for (const address of addresses) this.brokers.add(address);
  }
}

export class NetworkClient implements KafkaClient {
  readonly #bootstrap: readonly string[];
  readonly #memory: ClusterMemory;
  readonly #connections: BrokerConnections;
  #brokers: ReadonlyMap<number, string> = new Map();
  #clusterId: string | undefined;
  /** As the last metadata that has partitions of the topic. */
  readonly #topics = new Map<string, Pick<TopicMetadata, "leaders">>();

  constructor(options: {
    /** `host:port` of some brokers; they name the others. */
    readonly bootstrap: readonly string[];
    readonly clientId: string;
    /** Default: plain text, no login. */
    readonly security?: BrokerSecurity | undefined;
    readonly memory?: ClusterMemory;
    readonly clock?: Pick<Clock, "nowMs" | "sleep">;
  }) {
    this.#bootstrap = options.bootstrap;
    const { clientId, security = {}, memory = new ClusterMemory(), clock = systemClock } = options;
    this.#memory = memory;
    this.#connections = new BrokerConnections({ clientId, security, diagnoses: memory.diagnoses, clock });
  }

  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  /** The addresses of the cluster's brokers by their ids, as of the last `metadata`. */
  get brokers(): ReadonlyMap<number, string> {
    return this.#brokers;
  }

  leaderOf({ topic, partition }: TopicPartition): string | undefined {
    return this.#brokers.get(this.#topics.get(topic)?.leaders.get(partition) ?? -1);
  }

  async metadata(topics: readonly string[] | "all"): Promise<ReadonlyMap<string, TopicMetadata>> {
    // kafkajs encodes an empty list as null, which asks for all topics.
    const args = { topics: topics === "all" ? [] : topics, allowAutoTopicCreation: false };
    const answer = topics.length === 0
      ? { clusterId: undefined, brokers: new Map(), topics: new Map() } satisfies MetadataAnswer
      : await this.#askAny<MetadataAnswer>("Metadata", args);
    this.#clusterId = answer.clusterId ?? this.#clusterId;
    if (answer.brokers.size > 0) {
      this.#brokers = new Map([...answer.brokers].map(([id, address]) => [id, formatAddress(address)]));
      this.#memory.learn(new Set(this.#brokers.values()));
    }
    if (this.#topics.size > MAX_CLUSTER_PARTITIONS) this.#topics.clear();
    for (const name of topics === "all" ? answer.topics.keys() : topics) {
      const topic = answer.topics.get(name);
      // A broker that has just started may not know all topics yet.
      if (topic !== undefined && topic.leaders.size > 0) this.#topics.set(name, topic);
    }
    return answer.topics;
  }

  async findCoordinator(group: string): Promise<{ readonly errorCode: number; readonly address: string }> {
    type Answer = { readonly errorCode: number; readonly coordinator: Address };
    const { errorCode, coordinator } = await this.#askAny<Answer>("GroupCoordinator", { groupId: group });
    return { errorCode, address: formatAddress(coordinator) };
  }

  async listOffsets(
    wanted: readonly (TopicPartition & { readonly timestampMs: number })[],
    isolation: "read_committed" | "read_uncommitted" = "read_uncommitted",
  ): Promise<ReadonlyMap<string, number>> {
    const isolationLevel = isolation === "read_committed" ? 1 : 0;
    const byLeader = Map.groupBy(wanted, (one) => this.#leaderOrThrow(one));
    const offsets = new Map<string, number>();
    await Promise.all([...byLeader].map(async ([leader, asked]) => {
      const topics = groupByTopic(asked, ({ partition, timestampMs }) => ({
        partition,
        timestamp: timestampMs,
      }));
      const args = { topics, isolationLevel };
      const { responses } = await this.request<ListOffsetsAnswer>(leader, "ListOffsets", args);
      answersFor("ListOffsets", asked, responses).forEach(({ errorCode, offset }, i) => {
        const key = partitionKey(asked[i]);
        if (errorCode !== ErrorCode.none) throw new KafkaError(errorCode, `look up an offset of ${key}`);
        offsets.set(key, lookedUpOffset(asked[i], offset));
      });
    }));
    return offsets;
  }

  async fetch(address: string, { timeoutMs, ...fields }: FetchRequest): Promise<FetchResponse> {
    const request = makeFetchRequest(fields);
    const connection = await this.connection(address, "fetch");
    if (!connection.supports(request)) {
      throw new BrokerConnectionError(
        address,
        "the broker is older than Kafka 2.3, the oldest supported version",
      );
    }
    return await connection.exchange<FetchResponse>(
      { request, response: { decode: decodeFetchResponse } },
      { timeoutMs },
    );
  }

  /** Sends batches to the broker at `address`; returns the error code by partition. @throws BrokerConnectionError */
  async produce(address: string, request: BatchesToProduce): Promise<ReadonlyMap<number, number>> {
    const exchange = makeProduceExchange(request);
    const connection = await this.connection(address, "produce");
    if (!connection.supports(exchange.request)) {
      throw new BrokerConnectionError(
        address,
        "the broker is older than Kafka 2.1, the oldest version with these batches",
      );
    }
    const timeoutMs = request.timeoutMs + PRODUCE_TIMEOUT_MS;
    const { topics } = await connection.exchange<ProduceAnswer>(exchange, { timeoutMs });
    const answers = topics.filter(({ topicName }) => topicName === request.topic)
      .flatMap(({ partitions }) => partitions);
    return new Map(answers.map(({ partition, errorCode }) => [partition, errorCode]));
  }

  async request<T>(
    address: string,
    api: ApiName,
    args: object,
    options: { readonly use?: ConnectionUse; readonly timeoutMs?: number } = {},
  ): Promise<T> {
    const connection = await this.connection(address, options.use ?? "query");
    return await connection.request<T>(api, args, options);
  }

  /** The open connection to `address` for `use`. @throws BrokerConnectionError */
  async connection(address: string, use: ConnectionUse): Promise<BrokerConnection> {
    return await this.#connections.open(address, use);
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  #leaderOrThrow(partition: TopicPartition): string {
    const leader = this.leaderOf(partition);
    if (leader !== undefined) return leader;
    throw new KafkaError(ErrorCode.leaderNotAvailable, `look up an offset of ${partitionKey(partition)}`);
  }

  async #askAny<T>(api: ApiName, args: object): Promise<T> {
    const { brokers } = this.#memory;
    const addresses = addressesToAsk([...brokers], this.#bootstrap);
    const failures: BrokerConnectionError[] = [];
    for (const address of addresses) {
      try {
        return await this.request<T>(address, api, args);
      } catch (error) {
        failures.push(asBrokerConnectionError(address, error));
        if (this.#connections.isClosed) break;
        // The next call asks others first.
        if (brokers.delete(address)) brokers.add(address);
      }
    }
    if (failures.length === 1) throw failures[0];
    // A fault that an administrator must fix tells more than a failure that may pass.
    const { reason, fault } = failures.find(({ fault }) => fault !== undefined) ?? failures[0];
    throw new BrokerConnectionError(addresses.join(", "), reason, {
      cause: new AggregateError(failures),
      fault,
    });
  }
}

/**
 * Some learned brokers come first: those in the configuration may be gone permanently. The others come last, and not all
 * of them: a cluster may name thousands that do not answer.
 */
function addressesToAsk(learned: readonly string[], configured: readonly string[]): readonly string[] {
  const [first, others] = [learned.slice(0, FIRST_ASKED), learned.slice(FIRST_ASKED, MAX_LEARNED_ASKED)];
  return [...new Set([...first, ...configured, ...others])];
}
