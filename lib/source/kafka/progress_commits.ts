// Progress, kept as commits of the consumer group.

import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { partitionKey } from "../../kafka/topic_partition.ts";
import type { OffsetCommit } from "../../kafka/group/group_offsets.ts";
import type { Membership } from "../../kafka/group/membership.ts";
import { formatCommitMetadata } from "./commit_metadata.ts";
import type { Progress } from "../source.ts";

export class ProgressCommits {
  readonly #membership: Membership;
  readonly #lengthMs: number;
  readonly #slideMs: number;
  #last: readonly OffsetCommit[] = [];

  constructor(membership: Membership, options: { readonly lengthMs: number; readonly slideMs: number }) {
    this.#membership = membership;
    this.#lengthMs = options.lengthMs;
    this.#slideMs = options.slideMs;
  }

  /** False when the coordinator refuses. @throws KafkaError, BrokerConnectionError */
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
      // What an earlier life has counted stays so, however little of it has been read again.
      offset: Math.max(position, replayUntil.get(partitionKey({ topic, partition })) ?? 0),
      metadata: formatCommitMetadata({ closedUntilMs, firstEndMs, lengthMs, slideMs, replayFrom }),
    }));
    const isKept = await this.#membership.commit(client, commits);
    if (isKept) this.#last = commits;
    return isKept;
  }

  /**
   * Reads the last commit back: how many partitions it was of, and which of them read otherwise.
   *
   * @throws KafkaError, BrokerConnectionError
   */
  async readBack(
    client: KafkaClient,
    signal: AbortSignal,
  ): Promise<{ readonly partitions: number; readonly differing: readonly string[] }> {
    const commits = this.#last;
    const found = await this.#membership.committed(client, commits, signal);
    const differing = commits.map((commit) => ({ commit, key: partitionKey(commit) }))
      .filter(({ commit, key }) => found.get(key)?.offset !== commit.offset);
    return { partitions: commits.length, differing: differing.map(({ key }) => key) };
  }
}
