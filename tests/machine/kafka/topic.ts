import { withAdmin } from "./admin.ts";

const POLL_MS = 50;
const POLLS = 2_400;

export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
  /** Default: on every broker. */
  readonly replicationFactor?: number;
  /** The node ids of the brokers, from 1 on, that have all partitions; the first one leads them. */
  readonly replicas?: readonly number[] | undefined;
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * Makes a topic and waits until every broker knows the leaders of all its partitions. kafkajs's own waiting gives up at
 * the first broker that has not heard of the topic yet.
 */
export async function createTopic(
  target: { readonly bootstrap: string; readonly topic: string },
  options: TopicOptions = {},
): Promise<void> {
  const { bootstrap, topic } = target;
  const addresses = bootstrap.split(",");
  const { partitions = 1, replicationFactor = addresses.length, replicas, config = {} } = options;
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  const placed = replicas === undefined ? { numPartitions: partitions, replicationFactor } : {
    numPartitions: -1,
    replicationFactor: -1,
    replicaAssignment: Array.from(
      { length: partitions },
      (_, partition) => ({ partition, replicas: [...replicas] }),
    ),
  };
  const topics = [{ topic, ...placed, configEntries }];
  await withAdmin(bootstrap, (admin) => admin.createTopics({ topics, waitForLeaders: false }));
  for (const address of addresses) await waitForLeaders(address, { topic, partitions });
}

async function waitForLeaders(address: string, wanted: { topic: string; partitions: number }): Promise<void> {
  for (let poll = 0; poll < POLLS; poll++) {
    if (await countLeaders(address, wanted.topic) === wanted.partitions) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${address} knows no leaders of "${wanted.topic}"`);
}

async function countLeaders(address: string, topic: string): Promise<number> {
  try {
    const { topics } = await withAdmin(address, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    return topics[0].partitions.filter(({ leader }) => leader >= 0).length;
  } catch (error) {
    // It has not heard of the topic, or of a leader.
    if (error instanceof Error && error.name === "KafkaJSProtocolError") return 0;
    throw error;
  }
}
