// Asks brokers for the settings of topics, and makes a topic.

import { ErrorCode, KafkaError } from "./connection/kafka_error.ts";
import type { KafkaClient } from "./kafka_client.ts";

const TOPIC_RESOURCE = 2;
const CREATE_TIMEOUT_MS = 10_000;
/** The brokers decide. */
const DEFAULT_REPLICATION = -1;

type Requests = Pick<KafkaClient, "request">;

interface DescribeConfigsAnswer {
  readonly resources: readonly {
    errorCode: number;
    resourceName: string;
    configEntries: readonly { configName: string; configValue: string | null }[];
  }[];
}

interface CreateTopicsAnswer {
  readonly topicErrors: readonly { readonly topic: string | null; readonly errorCode: number }[];
}

/** The named settings by topic, without topics that the broker does not describe. @throws BrokerConnectionError, KafkaError */
export async function describeTopics(client: Requests, { address, topics, names }: {
  readonly address: string;
  readonly topics: readonly string[];
  readonly names: readonly string[];
}): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const resources = topics.map((name) => ({ type: TOPIC_RESOURCE, name, configNames: names }));
  const answer = await client.request<DescribeConfigsAnswer>(address, "DescribeConfigs", { resources });
  const described = answer.resources.filter(({ errorCode }) => errorCode === ErrorCode.none);
  return new Map(described.map(({ resourceName, configEntries }) => {
    return [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue ?? ""])),
    ];
  }));
}

/** Creates the topic, unless it exists. @throws KafkaError, BrokerConnectionError */
export async function createTopic(client: Requests, { addresses, topic, partitions, configs }: {
  /** Old clusters accept the request on one of their brokers only. */
  readonly addresses: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  readonly configs: ReadonlyMap<string, string>;
}): Promise<void> {
  const configEntries = [...configs].map(([name, value]) => ({ name, value }));
  const args = {
    topics: [{ topic, numPartitions: partitions, replicationFactor: DEFAULT_REPLICATION, configEntries }],
    timeout: CREATE_TIMEOUT_MS,
  };
  let errorCode: number = ErrorCode.notController;
  for (const address of addresses) {
    const answer = await client.request<CreateTopicsAnswer>(address, "CreateTopics", args);
    errorCode = answer.topicErrors.find((one) => one.topic === topic)?.errorCode ??
      ErrorCode.unknownServerError;
    if (errorCode !== ErrorCode.notController) break;
  }
  if (errorCode === ErrorCode.none || errorCode === ErrorCode.topicAlreadyExists) return;
  throw new KafkaError(errorCode, `create the topic "${topic}"`);
}
