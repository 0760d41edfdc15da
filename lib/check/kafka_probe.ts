// Looks at Kafka, over the connections that the daemon uses, and changes nothing there: topics are not made by asking,
// no group is joined, nothing is committed.

import { isIP } from "node:net";
import type { Clock } from "../async/clock.ts";
import { formatAddress, splitAddress } from "../text/address.ts";
import { LOG_END, LOG_START, type TopicMetadata } from "../kafka/kafka_client.ts";
import type { NetworkClient } from "../kafka/network_client.ts";
import { partitionKey, type TopicPartition } from "../kafka/topic_partition.ts";
import { Coordinator } from "../kafka/group/coordinator.ts";
import { fetchCommits } from "../kafka/group/group_offsets.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../kafka/connection/kafka_error.ts";
import { TopicWatch } from "../source/kafka/topic_watch.ts";
import type {
  BrokerFacts,
  BrokerState,
  ClusterFacts,
  GroupFacts,
  KafkaFacts,
  OffsetFacts,
  OutputFacts,
  Probed,
  RetentionFacts,
  TopicsFacts,
} from "./kafka_facts.ts";
import { probeAddresses, probeSpeech } from "./port_probe.ts";

/** Kafka's keys of requests (https://kafka.apache.org/protocol#protocol_api_keys). */
const METADATA = { apiKey: 3, apiVersion: 0 };
/** Only a controller takes it; a broker sends it. */
const BROKER_REGISTRATION = { apiKey: 62, apiVersion: 0 };
/** The oldest Fetch that is spoken here. */
const FETCH = { apiKey: 1, apiVersion: 11 };
/** Where a cluster keeps its groups. Asking for a coordinator would make it where there is none yet. */
const GROUPS_TOPIC = "__consumer_offsets";
const TOPIC_RESOURCE = 2;
/** For a coordinator that moves, or loads its groups; the daemon has more patience. */
const COORDINATOR_MS = 5_000;
const LOOPBACKS = ["127.0.0.1", "::1"];

export interface KafkaProbeOptions {
  /** `host:port`. */
  readonly brokers: readonly string[];
  readonly topics: readonly (string | RegExp)[];
  /** What is put out to, by name. */
  readonly outputTopics: readonly string[];
  readonly group: string;
  /** Makes a client that knows these brokers at first. */
  readonly makeClient: (bootstrap: readonly string[]) => NetworkClient;
  readonly clock: Clock;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

interface DescribeGroupsAnswer {
  readonly groups: readonly {
    errorCode: number;
    state: string;
    protocolType: string;
    protocol: string;
    members: readonly { clientId: string; clientHost: string }[];
  }[];
}

interface DescribeConfigsAnswer {
  readonly resources: readonly {
    errorCode: number;
    resourceName: string;
    configEntries: readonly { configName: string; configValue: string | null }[];
  }[];
}

export async function probeKafka(options: KafkaProbeOptions): Promise<KafkaFacts> {
  const clients: NetworkClient[] = [];
  const makeClient = (bootstrap: readonly string[]): NetworkClient => {
    const client = options.makeClient(bootstrap);
    clients.push(client);
    return client;
  };
  const closeAll = async () => {
    await Promise.all(clients.map((client) => client.close()));
  };
  options.signal.addEventListener("abort", closeAll, { once: true });
  try {
    return await probe({ ...options, makeClient });
  } finally {
    options.signal.removeEventListener("abort", closeAll);
    await closeAll();
  }
}

async function probe(options: KafkaProbeOptions): Promise<KafkaFacts> {
  const { brokers, makeClient } = options;
  const clients = brokers.map((address) => makeClient([address]));
  const configured = await Promise.all(
    brokers.map((address, i) => probeBroker(address, { client: clients[i], makeClient })),
  );
  const client = clients.find((_, i) => configured[i].state.kind === "works");
  if (client === undefined) return { configured, advertised: [], cluster: undefined };
  // Those of the configuration have been looked at.
  const others = [...client.brokers].filter(([, address]) => !brokers.includes(address));
  const [advertised, cluster] = await Promise.all([
    Promise.all(others.map(async ([nodeId, address]) => {
      return { nodeId, ...await probeBroker(address, { client: makeClient([address]), makeClient }) };
    })),
    probeCluster(client, options),
  ]);
  return { configured, advertised, cluster };
}

async function probeBroker(
  address: string,
  { client, makeClient }: { client: NetworkClient } & Pick<KafkaProbeOptions, "makeClient">,
): Promise<BrokerFacts> {
  const state = await tryBroker(address, client);
  const isUnexplained = state.kind === "failed" && state.fault === undefined;
  const isName = isIP(splitAddress(address).host) === 0;
  // A name may stand for addresses where it does not answer.
  const addresses = isUnexplained || isName ? await probeAddresses(address) : [];
  if (!isUnexplained) return { address, state, addresses };
  const speech = await probeSpeech(address, addresses);
  const elsewhere = speech === undefined ? await findOnLoopback(address, makeClient) : undefined;
  return { address, state: { ...state, speech }, addresses, elsewhere };
}

/** Does what a client does first. */
async function tryBroker(address: string, client: NetworkClient): Promise<BrokerState> {
  try {
    const connection = await client.connection(address, "query");
    if (!connection.supports(METADATA)) {
      return { kind: connection.supports(BROKER_REGISTRATION) ? "controller" : "old" };
    }
    if (!connection.supports(FETCH)) return { kind: "old" };
    // Of a topic, as without one nothing is asked.
    await client.metadata([GROUPS_TOPIC]);
    return { kind: "works" };
  } catch (error) {
    if (!(error instanceof BrokerConnectionError)) throw error;
    return { kind: "failed", reason: error.reason, fault: error.fault };
  }
}

/** The same port at the other loopback address, where a broker answers there. */
async function findOnLoopback(
  address: string,
  makeClient: KafkaProbeOptions["makeClient"],
): Promise<string | undefined> {
  const { host, port } = splitAddress(address);
  if (!LOOPBACKS.includes(host)) return undefined;
  const others = LOOPBACKS.filter((other) => other !== host).map((host) => formatAddress({ host, port }));
  for (const other of others) {
    const state = await tryBroker(other, makeClient([other]));
    if (state.kind === "works") return other;
  }
  return undefined;
}

async function probeCluster(client: NetworkClient, options: KafkaProbeOptions): Promise<ClusterFacts> {
  const watch = new TopicWatch(options.topics);
  const { wanted } = watch;
  const metadata = await attempt(
    client.metadata(wanted === "all" ? "all" : [...new Set([...wanted, GROUPS_TOPIC])]),
  );
  if (!("value" in metadata)) {
    return { topics: metadata, outputs: metadata, group: metadata, offsets: metadata, retention: [] };
  }
  watch.observe(metadata.value);
  const topics = topicsOf(watch, metadata.value);
  const hasGroups = (metadata.value.get(GROUPS_TOPIC)?.errorCode ?? ErrorCode.unknownTopicOrPartition) !==
    ErrorCode.unknownTopicOrPartition;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(COORDINATOR_MS)]);
  const patient = { ...options, signal };
  const [outputs, group, offsets, retention] = await Promise.all([
    attempt(probeOutputs(client, options.outputTopics)),
    attempt(probeGroup(client, patient, hasGroups)),
    attempt(probeOffsets(client, patient, { hasGroups, partitions: watch.partitions })),
    attempt(probeRetention(client, topics.found.map(({ topic }) => topic))),
  ]);
  return {
    topics: { value: topics },
    outputs,
    group,
    offsets,
    retention: "value" in retention ? retention.value : [],
  };
}

function topicsOf(watch: TopicWatch, metadata: ReadonlyMap<string, TopicMetadata>): TopicsFacts {
  const found = [...Map.groupBy(watch.partitions, ({ topic }) => topic)].map(([topic, partitions]) => {
    return { topic, partitions: partitions.length, leaderless: leaderlessOf(metadata.get(topic)) };
  });
  return { found, missing: watch.missingReason };
}

/** Asks for them by name: who asks for all topics is not told of those that he may not see. */
async function probeOutputs(
  client: NetworkClient,
  topics: readonly string[],
): Promise<readonly OutputFacts[]> {
  if (topics.length === 0) return [];
  const metadata = await client.metadata(topics);
  return topics.map((topic) => {
    const found = metadata.get(topic);
    const code = found?.errorCode ?? ErrorCode.unknownTopicOrPartition;
    const isThere = code === ErrorCode.none || code === ErrorCode.leaderNotAvailable;
    return {
      topic,
      problem: isThere ? undefined : new KafkaError(code, `write to topic "${topic}"`).message,
      partitions: found?.leaders.size ?? 0,
      leaderless: leaderlessOf(found),
    };
  });
}

function leaderlessOf(topic: TopicMetadata | undefined): number[] {
  return [...topic?.leaders ?? []].filter(([, leader]) => leader === -1).map(([partition]) => partition);
}

async function probeGroup(
  client: NetworkClient,
  { group, clock, signal }: KafkaProbeOptions,
  hasGroups: boolean,
): Promise<GroupFacts> {
  if (!hasGroups) return { state: "Dead", protocolType: "", protocol: "", members: [] };
  const answer = await new Coordinator(group, clock).ask(client, signal, async (address) => {
    const { groups } = await client.request<DescribeGroupsAnswer>(address, "DescribeGroups", {
      groupIds: [group],
    });
    return groups[0];
  });
  if (answer.errorCode !== ErrorCode.none) {
    throw new KafkaError(answer.errorCode, `describe the group "${group}"`);
  }
  const { state, protocolType, protocol } = answer;
  const members = answer.members.map(({ clientId, clientHost }) => {
    return { clientId, host: clientHost.replace(/^\//, "") };
  });
  return { state, protocolType, protocol, members };
}

async function probeOffsets(
  client: NetworkClient,
  { group, clock, signal }: KafkaProbeOptions,
  { hasGroups, partitions }: { hasGroups: boolean; partitions: readonly TopicPartition[] },
): Promise<readonly OffsetFacts[]> {
  // The commits first: a log may end later than when they were made, but not sooner.
  const commits = hasGroups
    ? await fetchCommits(client, { coordinator: new Coordinator(group, clock), group, partitions, signal })
    : new Map();
  const led = partitions.filter((one) => client.leaderOf(one) !== undefined);
  const [starts, ends] = await Promise.all(
    [LOG_START, LOG_END].map((timestampMs) => {
      return client.listOffsets(led.map((one) => ({ ...one, timestampMs })));
    }),
  );
  return led.map((one) => {
    const key = partitionKey(one);
    return {
      ...one,
      logStart: starts.get(key) ?? 0,
      logEnd: ends.get(key) ?? 0,
      commit: commits.get(key),
    };
  });
}

async function probeRetention(
  client: NetworkClient,
  topics: readonly string[],
): Promise<readonly RetentionFacts[]> {
  const [address] = client.brokers.values();
  if (topics.length === 0 || address === undefined) return [];
  const configNames = ["cleanup.policy", "retention.ms"];
  const resources = topics.map((name) => ({ type: TOPIC_RESOURCE, name, configNames }));
  const answer = await client.request<DescribeConfigsAnswer>(address, "DescribeConfigs", { resources });
  return answer.resources.filter(({ errorCode }) => errorCode === ErrorCode.none).map((resource) => {
    const values = new Map(
      resource.configEntries.map(({ configName, configValue }) => [configName, configValue ?? ""]),
    );
    const deletes = (values.get("cleanup.policy") ?? "").split(",").includes("delete");
    const retentionMs = Number(values.get("retention.ms") || "-1");
    return {
      topic: resource.resourceName,
      retentionMs: deletes && retentionMs >= 0 ? retentionMs : Infinity,
    };
  });
}

/** What Kafka refuses, or a connection that fails, is a finding; anything else is a fault of ours. */
async function attempt<T>(probing: Promise<T>): Promise<Probed<T>> {
  try {
    return { value: await probing };
  } catch (error) {
    if (error instanceof BrokerConnectionError || error instanceof KafkaError) {
      return { reason: error.message };
    }
    throw error;
  }
}
