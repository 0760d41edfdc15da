// A broker that notices a dead member after a second, and the configuration that requests it.

import { type KafkaCluster, startKafka } from "../machine/kafka/broker.ts";

/** The `session_timeout`; it is below Kafka's default minimum. */
export const SESSION_MS = 1_000;

export function startSoakKafka(): Promise<KafkaCluster> {
  return startKafka({
    properties: { "group.min.session.timeout.ms": "500", "group.initial.rebalance.delay.ms": "0" },
  });
}

/** The settings that these tests share; `topic` is also the name of the group. */
export function soakSettings(
  { bootstrap }: KafkaCluster,
  { topic, window, top }: {
    topic: string;
    window: { readonly lengthMs: number; readonly slideMs: number; readonly latenessMs: number };
    top: number;
  },
): Record<string, unknown> {
  const session_timeout = `${SESSION_MS}ms`;
  const brokers = bootstrap.split(",");
  return {
    source: { kafka: { brokers, topics: [topic], group: topic, start: "earliest", session_timeout } },
    window: {
      length: `${window.lengthMs}ms`,
      slide: `${window.slideMs}ms`,
      lateness: `${window.latenessMs}ms`,
    },
    top,
    rate: { backpressure: false },
  };
}
