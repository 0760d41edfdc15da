// Shared by the suites on a real Kafka: a filled topic, and the configuration that reads it.

import { bootstrap, uniqueName } from "../machine/kafka/shared_kafka.ts";
import { createTopic } from "../machine/kafka/topic.ts";

/** Makes a topic of its own and returns its name. */
export async function makeTopic(partitions: number): Promise<string> {
  const topic = uniqueName("words");
  await createTopic({ bootstrap, topic }, { partitions, replicationFactor: 1 });
  return topic;
}

/** `source` of a configuration: the topic from its beginning, the group named after it. */
export function kafkaSource(topic: string, brokers: string = bootstrap): Record<string, unknown> {
  // As short a session as brokers allow: after SIGKILL a group waits for its end.
  const session = { session_timeout: "6s" };
  return {
    kafka: { brokers: brokers.split(","), topics: [topic], group: topic, start: "earliest", ...session },
  };
}
