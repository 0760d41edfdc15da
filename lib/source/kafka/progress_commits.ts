// Saves progress as commits of the consumer group.

import type { OffsetCommit } from "../../kafka/group/group_offsets.ts";
import type { Membership } from "../../kafka/group/membership.ts";
import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { partitionKey } from "../../kafka/topic_partition.ts";
import type { Progress } from "../source.ts";
import { formatCommitMetadata } from "./commit_metadata.ts";

export class ProgressCommits {
  readonly #membership: Membership;
  readonly #lengthMs: number;
  readonly #slideMs: number;
  #last: readonly OffsetCommit[] = [];

  constructor(
    membership: Membership,
    { lengthMs, slideMs }: { readonly lengthMs: number; readonly slideMs: number },
  ) {
    this.#membership = membership;
    this.#lengthMs = lengthMs;
    this.#slideMs = slideMs;
  }

  /** False when the coordinator rejects the commit. @throws KafkaError, BrokerConnectionError */
  async commit(client: KafkaClient, progress: Progress): Promise<boolean> {
    const { assignment, closedUntilMs, firstEndMs, partitions } = progress;
    const lengthMs = this.#lengthMs;
    const slideMs = this.#slideMs;
    const replayUntil = new Map(
      assignment.partitions.map((queue) => [partitionKey(queue), queue.replayUntil]),
    );
    const commits = partitions.map(({ topic, partition, position, replayFrom }): OffsetCommit => ({
      topic,
      partition,
      // Records that an earlier process counted stay counted, however few of them have been replayed.
      offset: Math.max(position, replayUntil.get(partitionKey({ topic, partition })) ?? 0),
      metadata: formatCommitMetadata({ closedUntilMs, firstEndMs, lengthMs, slideMs, replayFrom }),
    }));
    const isSaved = await this.#membership.commit(client, commits);
    if (isSaved) this.#last = commits;
    return isSaved;
  }

  /**
   * Reads the last commit back: the number of its partitions, and the keys of those with another offset now.
   *
   * @throws KafkaError, BrokerConnectionError
   */
  async readBack(
    client: KafkaClient,
    signal: AbortSignal,
  ): Promise<{ readonly partitions: number; readonly differing: readonly string[] }> {
    const commits = this.#last;
    const found = await this.#membership.committed(client, commits, signal);
    const differing = commits.filter((commit) => found.get(partitionKey(commit))?.offset !== commit.offset);
    return { partitions: commits.length, differing: differing.map(partitionKey) };
  }
}
