// TopicWatch matches the names and patterns of the configuration against each new metadata. It holds the subscribed
// topics, their partitions, and the reasons why topics are missing.

import { BoundedPattern } from "../../text/bounded_pattern.ts";
import type { TopicMetadata } from "../../kafka/kafka_client.ts";
import type { TopicPartition } from "../../kafka/topic_partition.ts";
import { ErrorCode, explainErrorCode } from "../../kafka/connection/kafka_error.ts";

/** After this many names that are too expensive to match, the other new names wait for the next metadata. */
const MAX_EXPENSIVE_NAMES = 4;
/** A broker that has just started may not know all topics yet, so a topic is gone only when it stays missing for so long. */
const GONE_MS = 5_000;

interface TopicPattern {
  readonly text: string;
  readonly pattern: BoundedPattern;
}

export class TopicWatch {
  readonly #names: readonly string[];
  readonly #patterns: readonly TopicPattern[];
  /** By topic of the last metadata: whether a pattern matches its name. */
  #matching: ReadonlyMap<string, boolean> = new Map();
  #leftOut: readonly string[] = [];
  #missing: ReadonlyMap<string, string> = new Map();
  #found: ReadonlyMap<string, TopicMetadata> = new Map();
  /** In the first metadata, and in all since. */
  #sinceStart: ReadonlySet<string> | undefined;
  /** Missing in the last metadata, but not gone; each with the time since when brokers say that it does not exist. */
  #doubted: ReadonlyMap<string, number> = new Map();

  constructor(topics: readonly (string | RegExp)[]) {
    this.#names = topics.filter((topic) => typeof topic === "string");
    this.#patterns = topics.filter((topic) => typeof topic !== "string").map((expression) => {
      return { text: String(expression), pattern: new BoundedPattern(expression.source) };
    });
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
    return `no topic matches ${this.#patterns.map(({ text }) => text).join(", ")}`;
  }

  /** Why topics of the last metadata are left out that were not in the metadata before: their names take too long. */
  get leftOut(): readonly string[] {
    return this.#leftOut;
  }

  get isObserved(): boolean {
    return this.#sinceStart !== undefined;
  }

  /** Brokers say that the topic does not exist, and have said nothing else for five seconds. */
  isGone(topic: string): boolean {
    return this.isObserved && !this.#found.has(topic);
  }

  /** The topic was missing in the first metadata, or in some since. */
  isNewTopic(topic: string): boolean {
    return this.#sinceStart !== undefined && !this.#sinceStart.has(topic);
  }

  /**
   * Takes metadata.
   * @param nowMs of a monotonic clock
   * @returns the reasons why named topics are missing that were not missing before
   */
  observe(metadata: ReadonlyMap<string, TopicMetadata>, nowMs: number): readonly string[] {
    const missingBefore = this.#missing;
    this.#matchNames(metadata);
    const subscribed = [...metadata].filter(([topic, { isInternal }]) =>
      this.#names.includes(topic) ||
      (!isInternal && this.#matching.get(topic) === true)
    );
    const found = new Map(subscribed.filter(([, { leaders }]) => leaders.size > 0));
    const missingSinceMs = (topic: string) =>
      isSaidToBeMissing(metadata.get(topic)) ? this.#doubted.get(topic) ?? nowMs : nowMs;
    const doubted = [...this.#found].filter(([topic]) =>
      !found.has(topic) && nowMs - missingSinceMs(topic) < GONE_MS
    );
    this.#doubted = new Map(doubted.map(([topic]) => [topic, missingSinceMs(topic)]));
    this.#found = new Map([...found, ...doubted]);
    const missing = this.#names.filter((name) => !this.#found.has(name));
    this.#missing = new Map(missing.map((name) => [name, whyMissing(name, metadata.get(name))]));
    const foundNow = [...this.#found.keys()];
    this.#sinceStart = new Set(foundNow.filter((topic) => this.#sinceStart?.has(topic) ?? true));
    return [...this.#missing].filter(([name]) => !missingBefore.has(name)).map(([, reason]) => reason);
  }

  /** Runs the patterns on the names of new topics. */
  #matchNames(metadata: ReadonlyMap<string, TopicMetadata>): void {
    const matching = new Map<string, boolean>();
    const leftOut: string[] = [];
    for (const [topic, { isInternal }] of metadata) {
      const known = this.#matching.get(topic);
      if (known !== undefined) matching.set(topic, known);
      if (isInternal || known !== undefined || leftOut.length >= MAX_EXPENSIVE_NAMES) continue;
      const isMatch = this.#patterns.some(({ text, pattern }) => {
        const tested = pattern.test(topic);
        if (tested === undefined) {
          leftOut.push(
            `topic "${topic}" is not read: the pattern ${text} takes too long on its name, name the topic instead`,
          );
        }
        return tested;
      });
      matching.set(topic, isMatch);
    }
    this.#matching = matching;
    this.#leftOut = leftOut;
  }
}

/** Any error but one, such as a right that is lacking for a moment, says nothing about whether the topic exists. */
function isSaidToBeMissing(metadata: TopicMetadata | undefined): boolean {
  const code = metadata?.errorCode ?? ErrorCode.unknownTopicOrPartition;
  return code === ErrorCode.unknownTopicOrPartition || code === ErrorCode.none;
}

function whyMissing(name: string, metadata: TopicMetadata | undefined): string {
  const code = metadata?.errorCode ?? ErrorCode.unknownTopicOrPartition;
  if (code === ErrorCode.unknownTopicOrPartition) return `topic "${name}" does not exist`;
  return `topic "${name}" cannot be read: ${explainErrorCode(code)}`;
}
