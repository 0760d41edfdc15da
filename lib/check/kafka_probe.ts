// Probes Kafka over connections like the daemon's. It changes nothing there: it creates no topic, joins no group, and
// commits nothing.

import { isIP } from "node:net";
import type { Clock } from "../async/clock.ts";
import { formatAddress, splitAddress } from "../text/address.ts";
import { LOG_END, LOG_START, type TopicMetadata } from "../kafka/kafka_client.ts";
import type { NetworkClient } from "../kafka/network_client.ts";
import { describeTopics } from "../kafka/topic_admin.ts";
import { partitionKey, type TopicPartition } from "../kafka/topic_partition.ts";
import { Coordinator } from "../kafka/group/coordinator.ts";
import { fetchCommits } from "../kafka/group/group_offsets.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../kafka/connection/kafka_error.ts";
import { findPaneLog } from "../merge/pane_log_topic.ts";
import { TopicWatch } from "../source/kafka/topic_watch.ts";
import {
  type BrokerFacts,
  type BrokerState,
  type ClusterFacts,
  type GroupFacts,
  type KafkaFacts,
  NEW_GROUP_PROTOCOL,
  type OffsetFacts,
  type OutputFacts,
  type Probed,
  type RetentionFacts,
  type TopicsFacts,
} from "./kafka_facts.ts";
import { probeAddresses, probeSpeech } from "./port_probe.ts";

/** API keys (https://kafka.apache.org/protocol#protocol_api_keys). */
const METADATA = { apiKey: 3, apiVersion: 0 };
/** Brokers send it, and only controllers accept it. */
const BROKER_REGISTRATION = { apiKey: 62, apiVersion: 0 };
/** The oldest Fetch that rtcount speaks. */
const FETCH = { apiKey: 1, apiVersion: 11 };
/** Kafka keeps its groups in this topic. A request for a coordinator would create it. */
const GROUPS_TOPIC = "__consumer_offsets";
/** How long a coordinator may move or load its groups. The daemon waits longer. */
const COORDINATOR_MS = 5_000;
const LOOPBACKS = ["127.0.0.1", "::1"];

export interface KafkaProbeOptions {
  /** `host:port`. */
  readonly brokers: readonly string[];
  readonly topics: readonly (string | RegExp)[];
  /** The topics that the daemon writes to. */
  readonly outputTopics: readonly string[];
  readonly group: string;
  /** The topic of the members' reports; undefined if they send none. */
  readonly paneLog: string | undefined;
  /** Creates a client that first knows these brokers. */
  readonly makeClient: (bootstrap: readonly string[]) => NetworkClient;
  readonly clock: Clock;
  /** Ends the probe. */
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

interface ListGroupsAnswer {
  readonly groups: readonly { groupId: string; protocolType: string }[];
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
  const { brokers, makeClient, clock } = options;
  const clients = brokers.map((address) => makeClient([address]));
  const configured = await Promise.all(
    brokers.map((address, i) => probeBroker(address, { client: clients[i], makeClient, clock })),
  );
  const client = clients.find((_, i) => configured[i].state.kind === "works");
  if (client === undefined) return { configured, advertised: [], cluster: undefined };
  // The brokers of the configuration are probed already.
  const others = [...client.brokers].filter(([, address]) => !brokers.includes(address));
  const [advertised, cluster] = await Promise.all([
    Promise.all(others.map(async ([nodeId, address]) => {
      return { nodeId, ...await probeBroker(address, { client: makeClient([address]), makeClient, clock }) };
    })),
    probeCluster(client, options),
  ]);
  return { configured, advertised, cluster };
}

async function probeBroker(
  address: string,
  { client, makeClient, clock }: { client: NetworkClient } & Pick<KafkaProbeOptions, "makeClient" | "clock">,
): Promise<BrokerFacts> {
  const state = await tryBroker(address, client);
  const isUnexplained = state.kind === "failed" && state.fault === undefined;
  const isName = isIP(splitAddress(address).host) === 0;
  // A name may have addresses at which the broker does not answer.
  const addresses = isUnexplained || isName ? await probeAddresses(address, clock) : [];
  if (!isUnexplained) return { address, state, addresses };
  const speech = await probeSpeech(address, { addresses, clock });
  const elsewhere = speech === undefined ? await findOnLoopback(address, makeClient) : undefined;
  return { address, state: { ...state, speech }, addresses, elsewhere };
}

/** Sends the first requests of a client. */
async function tryBroker(address: string, client: NetworkClient): Promise<BrokerState> {
  try {
    const connection = await client.connection(address, "query");
    if (!connection.supports(METADATA)) {
      return { kind: connection.supports(BROKER_REGISTRATION) ? "controller" : "old" };
    }
    if (!connection.supports(FETCH)) return { kind: "old" };
    // Without a topic the client would send no request.
    await client.metadata([GROUPS_TOPIC]);
    return { kind: "works" };
  } catch (error) {
    if (!(error instanceof BrokerConnectionError)) throw error;
    return { kind: "failed", reason: error.reason, fault: error.fault };
  }
}

/** The other loopback address, if a broker answers there at the same port. */
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
  watch.observe(metadata.value, options.clock.monotonicMs());
  const topics = topicsOf(watch, metadata.value);
  const hasGroups = (metadata.value.get(GROUPS_TOPIC)?.errorCode ?? ErrorCode.unknownTopicOrPartition) !==
    ErrorCode.unknownTopicOrPartition;
  const patience = new AbortController();
  options.clock.sleep(COORDINATOR_MS, options.signal).then(() => patience.abort());
  const patient = { ...options, signal: patience.signal };
  const [outputs, group, offsets, retention, paneLog] = await Promise.all([
    attempt(probeOutputs(client, options.outputTopics)),
    attempt(probeGroup(client, patient, hasGroups)),
    attempt(probeOffsets(client, patient, { hasGroups, partitions: watch.partitions })),
    attempt(probeRetention(client, topics.found.map(({ topic }) => topic))),
    options.paneLog === undefined ? undefined : attempt(findPaneLog(client, options.paneLog)),
  ]);
  return {
    topics: { value: topics },
    outputs,
    group,
    offsets,
    retention: "value" in retention ? retention.value : [],
    paneLog,
  };
}

function topicsOf(watch: TopicWatch, metadata: ReadonlyMap<string, TopicMetadata>): TopicsFacts {
  const found = [...Map.groupBy(watch.partitions, ({ topic }) => topic)].map(([topic, partitions]) => {
    return { topic, partitions: partitions.length, leaderless: leaderlessOf(metadata.get(topic)) };
  });
  return { found, missing: watch.missingReason };
}

/** Asks for the topics by name: a list of all topics lacks those that the user may not describe. */
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
  const coordinator = new Coordinator(group, clock);
  const answer = await coordinator.ask(client, signal, async (address) => {
    const { groups } = await client.request<DescribeGroupsAnswer>(address, "DescribeGroups", {
      groupIds: [group],
    });
    return groups[0];
  });
  if (answer.errorCode !== ErrorCode.none) {
    throw new KafkaError(answer.errorCode, `describe the group "${group}"`);
  }
  if (answer.state === "Dead" && await isListed(client, coordinator.address, group)) {
    // A request to describe groups finds those of the classic protocol only.
    return { state: "Stable", protocolType: NEW_GROUP_PROTOCOL, protocol: "", members: [] };
  }
  const { state, protocolType, protocol } = answer;
  const members = answer.members.map(({ clientId, clientHost }) => {
    return { clientId, host: clientHost.replace(/^\//, "") };
  });
  return { state, protocolType, protocol, members };
}

async function isListed(
  client: NetworkClient,
  coordinator: string | undefined,
  group: string,
): Promise<boolean> {
  if (coordinator === undefined) return false;
  const { groups } = await client.request<ListGroupsAnswer>(coordinator, "ListGroups", {});
  return groups.some(({ groupId, protocolType }) => groupId === group && protocolType !== "");
}

async function probeOffsets(
  client: NetworkClient,
  { group, clock, signal }: KafkaProbeOptions,
  { hasGroups, partitions }: { hasGroups: boolean; partitions: readonly TopicPartition[] },
): Promise<readonly OffsetFacts[]> {
  // The commits come first, so that no log can seem to end before its commit.
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
  const configs = await describeTopics(client, {
    address,
    topics,
    names: ["cleanup.policy", "retention.ms"],
  });
  return [...configs].map(([topic, values]) => {
    const deletes = (values.get("cleanup.policy") ?? "").split(",").includes("delete");
    const limitMs = Number(values.get("retention.ms") || "-1");
    return { topic, retentionMs: deletes && limitMs >= 0 ? limitMs : Infinity };
  });
}

/** A refusal by Kafka or a broken connection becomes a finding. Any other error is a bug of rtcount. */
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
