// The topic of the pane log: one partition, which keeps its records for a day or longer and does not compact them. It is
// made where it is missing.

import { ErrorCode, KafkaError } from "../kafka/connection/kafka_error.ts";
import type { KafkaClient } from "../kafka/kafka_client.ts";
import { createTopic, describeTopics } from "../kafka/topic_admin.ts";

const DAY_MS = 86_400_000;
/** A report part has 512 KiB at most; a batch of them is as large as the brokers' default allows. */
const MIN_MESSAGE_BYTES = 1024 * 1024;
const DEFAULT_MESSAGE_BYTES = 1_048_588;

export interface PaneLogClient extends KafkaClient {
  /** The addresses of the cluster's brokers by their ids, as of the last `metadata`. */
  readonly brokers: ReadonlyMap<number, string>;
}

export interface PaneLogTopic {
  readonly name: string;
  /** Reports have to be kept for this long at least, in addition to a day. */
  readonly minRetentionMs: number;
  /** The address in commands; by default the word BROKER. */
  readonly broker?: string;
}

/** The retention that the log needs: a day, and four times what a window waits for. */
export function paneLogRetentionMs({ lengthMs, latenessMs }: {
  readonly lengthMs: number;
  readonly latenessMs: number;
}): number {
  return Math.max(DAY_MS, 4 * (lengthMs + latenessMs));
}

/** The topic as the brokers have it. */
export interface FoundPaneLog {
  /** 0 where it does not exist. */
  readonly partitions: number;
  /** The partitions without a leader. */
  readonly leaderless: readonly number[];
  /** By name; those that a broker does not show count as right. */
  readonly settings: ReadonlyMap<string, string>;
}

export interface PaneLogFault {
  readonly fault: string;
  /** Names the command. */
  readonly remedy: string;
}

/** Why the topic cannot be used, with the remedy; undefined where it can. @throws KafkaError, BrokerConnectionError */
export async function whyUnusable(
  client: PaneLogClient,
  topic: PaneLogTopic,
): Promise<string | undefined> {
  const found = await findPaneLog(client, topic.name);
  if (found.partitions === 0) return await create(client, topic);
  const unusable = judgePaneLog(topic, found);
  return unusable && `${unusable.fault}: ${unusable.remedy}`;
}

/** Asks for the topic, and creates none. @throws KafkaError, BrokerConnectionError */
export async function findPaneLog(client: PaneLogClient, name: string): Promise<FoundPaneLog> {
  const found = (await client.metadata([name])).get(name);
  const errorCode = found?.errorCode ?? ErrorCode.unknownTopicOrPartition;
  if (errorCode === ErrorCode.unknownTopicOrPartition) {
    return { partitions: 0, leaderless: [], settings: new Map() };
  }
  if (errorCode !== ErrorCode.none) throw new KafkaError(errorCode, `read the pane log "${name}"`);
  const leaders = [...found?.leaders ?? []];
  if (leaders.length === 0) {
    throw new KafkaError(ErrorCode.leaderNotAvailable, `read the pane log "${name}"`);
  }
  const leaderless = leaders.filter(([, leader]) => leader === -1).map(([partition]) => partition);
  const [address] = client.brokers.values();
  const names = ["cleanup.policy", "retention.ms", "max.message.bytes"];
  const described = await describeTopics(client, { address, topics: [name], names });
  return { partitions: leaders.length, leaderless, settings: described.get(name) ?? new Map() };
}

/** Judges what lasts: that it exists, its partitions and settings. Undefined if reports are safe there. */
export function judgePaneLog(
  topic: PaneLogTopic,
  { partitions, settings }: Pick<FoundPaneLog, "partitions" | "settings">,
): PaneLogFault | undefined {
  const log = `the pane log "${topic.name}"`;
  if (partitions === 0) {
    return { fault: `${log} does not exist`, remedy: `create it with ${createCommand(topic)}` };
  }
  if (partitions !== 1) {
    const remedy = `stop all members, delete the topic, and create it with ${createCommand(topic)}`;
    return { fault: `${log} has ${partitions} partitions`, remedy };
  }
  const wrong: string[] = [];
  const policy = settings.get("cleanup.policy") ?? "delete";
  if (policy !== "delete") wrong.push(`cleanup.policy is ${policy}`);
  const retentionMs = Number(settings.get("retention.ms") ?? "-1");
  if (retentionMs >= 0 && retentionMs < topic.minRetentionMs) wrong.push(`retention.ms is ${retentionMs}`);
  const maxBytes = Number(settings.get("max.message.bytes") ?? MIN_MESSAGE_BYTES);
  if (maxBytes < MIN_MESSAGE_BYTES) wrong.push(`max.message.bytes is ${maxBytes}`);
  if (wrong.length === 0) return undefined;
  return {
    fault: `${log} may lose or refuse reports (${wrong.join(", ")})`,
    remedy:
      `set it with kafka-configs.sh --bootstrap-server ${
        topic.broker ?? "BROKER"
      } --alter --topic ${topic.name} ` +
      `--add-config ${configList(topic, ",")}`,
  };
}

async function create(client: PaneLogClient, topic: PaneLogTopic): Promise<string | undefined> {
  const addresses = [...client.brokers.values()];
  try {
    const configs = new Map(wantedConfigs(topic));
    await createTopic(client, { addresses, topic: topic.name, partitions: 1, configs });
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return `the pane log "${topic.name}" does not exist and cannot be created (${error.message}): create it with ` +
      createCommand(topic);
  }
  // Its metadata follows in a moment.
  throw new KafkaError(ErrorCode.leaderNotAvailable, `read the pane log "${topic.name}"`);
}

function wantedConfigs({ minRetentionMs }: PaneLogTopic): readonly (readonly [string, string])[] {
  return [
    ["cleanup.policy", "delete"],
    ["retention.ms", String(minRetentionMs)],
    ["max.message.bytes", String(DEFAULT_MESSAGE_BYTES)],
  ];
}

function configList(topic: PaneLogTopic, separator: string): string {
  return wantedConfigs(topic).map(([name, value]) => `${name}=${value}`).join(separator);
}

function createCommand(topic: PaneLogTopic): string {
  return `kafka-topics.sh --bootstrap-server ${
    topic.broker ?? "BROKER"
  } --create --topic ${topic.name} --partitions 1 ` +
    `--config ${configList(topic, " --config ")}`;
}
