// The subscribed topics and their partitions, from the latest metadata.

import type { TopicMetadata } from "../../kafka/kafka_client.ts";
import type { TopicPartition } from "../../kafka/topic_partition.ts";
import { ErrorCode, explainErrorCode } from "../../kafka/connection/kafka_error.ts";

export class TopicWatch {
  readonly #names: readonly string[];
  readonly #patterns: readonly RegExp[];
  #missing: ReadonlyMap<string, string> = new Map();
  #found: ReadonlyMap<string, TopicMetadata> = new Map();
  /** In the first metadata, and in all since. */
  #sinceStart: ReadonlySet<string> | undefined;
  /** Missing in the last metadata for the first time. */
  #doubted: ReadonlySet<string> = new Set();

  constructor(topics: readonly (string | RegExp)[]) {
    this.#names = topics.filter((topic) => typeof topic === "string");
    this.#patterns = topics.filter((topic) => typeof topic !== "string");
  }

  get wanted(): readonly string[] | "all" {
    return this.#patterns.length > 0 ? "all" : this.#names;
  }

  /** The subscribed topics; those named in the configuration also while they are missing. */
  get topics(): readonly string[] {
    return [...new Set([...this.#names, ...this.#found.keys()])].sort();
  }

  get partitions(): readonly TopicPartition[] {
    return [...this.#found].flatMap(([topic, { leaders }]) =>
      [...leaders.keys()].map((partition) => ({ topic, partition }))
    );
  }

  /** A topic or a leader is missing, and may appear soon. */
  get isIncomplete(): boolean {
    const leaderless = [...this.#found.values()].some(({ leaders }) => [...leaders.values()].includes(-1));
    return leaderless || this.#doubted.size > 0 || this.#missing.size > 0 || this.#found.size === 0;
  }

  get missingReason(): string | undefined {
    if (this.#missing.size > 0) return [...this.#missing.values()].join("; ");
    if (this.#found.size > 0 || this.#patterns.length === 0) return undefined;
    return `no topic matches ${this.#patterns.join(", ")}`;
  }

  get isObserved(): boolean {
    return this.#sinceStart !== undefined;
  }

  /** The topic was missing in the first metadata, or in some since. */
  isNewTopic(topic: string): boolean {
    return this.#sinceStart !== undefined && !this.#sinceStart.has(topic);
  }

  /** Takes metadata. Returns the reasons why named topics are missing that were not missing before. */
  observe(metadata: ReadonlyMap<string, TopicMetadata>): readonly string[] {
    const missingBefore = this.#missing;
    const subscribed = [...metadata].filter(([topic, { isInternal }]) =>
      this.#names.includes(topic) ||
      (!isInternal && this.#patterns.some((pattern) => matches(pattern, topic)))
    );
    const found = new Map(subscribed.filter(([, { leaders }]) => leaders.size > 0));
    // A broker that has just started may not know all topics yet, so a topic is gone when it is missing twice.
    const gone = [...this.#found].filter(([topic]) => !found.has(topic));
    const doubted = gone.filter(([topic]) => !this.#doubted.has(topic));
    this.#doubted = new Set(doubted.map(([topic]) => topic));
    this.#found = new Map([...found, ...doubted]);
    const missing = this.#names.filter((name) => !this.#found.has(name));
    this.#missing = new Map(missing.map((name) => [name, whyMissing(name, metadata.get(name))]));
    const foundNow = [...this.#found.keys()];
    this.#sinceStart = new Set(foundNow.filter((topic) => this.#sinceStart?.has(topic) ?? true));
    return [...this.#missing].filter(([name]) => !missingBefore.has(name)).map(([, reason]) => reason);
  }
}

function matches(pattern: RegExp, topic: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(topic);
}

function whyMissing(name: string, metadata: TopicMetadata | undefined): string {
  const code = metadata?.errorCode ?? ErrorCode.unknownTopicOrPartition;
  if (code === ErrorCode.unknownTopicOrPartition) return `topic "${name}" does not exist`;
  return `topic "${name}" cannot be read: ${explainErrorCode(code)}`;
}
