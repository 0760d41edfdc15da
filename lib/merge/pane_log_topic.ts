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
}

/** The retention that the log needs: a day, and four times what a window waits for. */
export function paneLogRetentionMs({ lengthMs, latenessMs }: {
  readonly lengthMs: number;
  readonly latenessMs: number;
}): number {
  return Math.max(DAY_MS, 4 * (lengthMs + latenessMs));
}

/** Why the topic cannot be used, with the remedy; undefined where it can. @throws KafkaError, BrokerConnectionError */
export async function whyUnusable(
  client: PaneLogClient,
  topic: PaneLogTopic,
): Promise<string | undefined> {
  const found = (await client.metadata([topic.name])).get(topic.name);
  const errorCode = found?.errorCode ?? ErrorCode.unknownTopicOrPartition;
  if (errorCode === ErrorCode.unknownTopicOrPartition) return await create(client, topic);
  if (errorCode !== ErrorCode.none) throw new KafkaError(errorCode, `read the pane log "${topic.name}"`);
  const partitions = found?.leaders.size ?? 0;
  if (partitions === 0) {
    throw new KafkaError(ErrorCode.leaderNotAvailable, `read the pane log "${topic.name}"`);
  }
  if (partitions !== 1) {
    return `the pane log "${topic.name}" has ${partitions} partitions: stop all members, delete the topic, and create it ` +
      `with ${createCommand(topic)}`;
  }
  const [address] = client.brokers.values();
  const names = ["cleanup.policy", "retention.ms", "max.message.bytes"];
  const described = await describeTopics(client, { address, topics: [topic.name], names });
  return judgePaneLog(topic, described.get(topic.name) ?? new Map());
}

/** Judges settings by name; those that a broker does not show count as right. */
export function judgePaneLog(topic: PaneLogTopic, settings: ReadonlyMap<string, string>): string | undefined {
  const wrong: string[] = [];
  const policy = settings.get("cleanup.policy") ?? "delete";
  if (policy !== "delete") wrong.push(`cleanup.policy is ${policy}`);
  const retentionMs = Number(settings.get("retention.ms") ?? "-1");
  if (retentionMs >= 0 && retentionMs < topic.minRetentionMs) wrong.push(`retention.ms is ${retentionMs}`);
  const maxBytes = Number(settings.get("max.message.bytes") ?? MIN_MESSAGE_BYTES);
  if (maxBytes < MIN_MESSAGE_BYTES) wrong.push(`max.message.bytes is ${maxBytes}`);
  if (wrong.length === 0) return undefined;
  return `the pane log "${topic.name}" may lose or refuse reports (${wrong.join(", ")}): set it with ` +
    `kafka-configs.sh --bootstrap-server BROKER --alter --topic ${topic.name} --add-config ${
      configList(topic, ",")
    }`;
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
  return `kafka-topics.sh --bootstrap-server BROKER --create --topic ${topic.name} --partitions 1 ` +
    `--config ${configList(topic, " --config ")}`;
}
