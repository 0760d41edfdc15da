// Commits offsets of a consumer group, and reads them.

import { answersFor, type AnswerTopics } from "../asked_answer.ts";
import { groupByTopic, partitionKey, type TopicPartition } from "../topic_partition.ts";
import type { KafkaClient } from "../kafka_client.ts";
import { type Coordinator, isCoordinatorElsewhere } from "./coordinator.ts";
import { ErrorCode, isMembershipLost, KafkaError } from "../connection/kafka_error.ts";

/**
 * The partitions of a request. An answer has to stay below the limits of answers: by default a broker keeps 4 KiB of
 * metadata with a commit.
 */
const MAX_ASKED_PARTITIONS = 3_000;

export interface OffsetCommit extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

interface CommitAnswer {
  readonly responses: AnswerTopics<{ partition: number; errorCode: number }>;
}

interface OffsetFetchAnswer {
  readonly errorCode: number;
  readonly responses: AnswerTopics<
    { partition: number; offset: string; metadata: string | null; errorCode: number }
  >;
}

/** False when the membership or the coordinator has changed. @throws KafkaError, BrokerConnectionError */
export async function commitOffsets(
  client: KafkaClient,
  { address, group, memberId, generation, commits }: {
    readonly address: string;
    readonly group: string;
    readonly memberId: string;
    readonly generation: number;
    readonly commits: readonly OffsetCommit[];
  },
): Promise<boolean> {
  if (commits.length === 0) return true;
  const answer = await client.request<CommitAnswer>(address, "OffsetCommit", {
    groupId: group,
    groupGenerationId: generation,
    memberId,
    topics: groupByTopic(commits, ({ partition, offset, metadata }) => ({ partition, offset, metadata })),
  });
  const code = answersFor("OffsetCommit", commits, answer.responses)
    .find(({ errorCode }) => errorCode !== ErrorCode.none)?.errorCode;
  if (code === undefined) return true;
  const isRejected = code === ErrorCode.rebalanceInProgress || isMembershipLost(code) ||
    isCoordinatorElsewhere(code);
  if (!isRejected) throw new KafkaError(code, `commit offsets of the group "${group}"`);
  return false;
}

export interface CommitsOptions {
  readonly coordinator: Pick<Coordinator, "ask">;
  readonly group: string;
  readonly partitions: readonly TopicPartition[];
  readonly signal: AbortSignal;
}

/** By partition key, without partitions that were never committed. @throws KafkaError, BrokerConnectionError */
export async function fetchCommits(
  client: KafkaClient,
  options: CommitsOptions,
): Promise<ReadonlyMap<string, OffsetCommit>> {
  const { partitions } = options;
  const found = new Map<string, OffsetCommit>();
  for (let from = 0; from < partitions.length; from += MAX_ASKED_PARTITIONS) {
    const some = partitions.slice(from, from + MAX_ASKED_PARTITIONS);
    for (const commit of await fetchSome(client, { ...options, partitions: some })) {
      if (commit.offset >= 0) found.set(partitionKey(commit), commit);
    }
  }
  return found;
}

async function fetchSome(
  client: KafkaClient,
  { coordinator, group, partitions, signal }: CommitsOptions,
): Promise<readonly OffsetCommit[]> {
  const topics = groupByTopic(partitions, ({ partition }) => ({ partition }));
  const answer = await coordinator.ask(client, signal, async (address) => {
    const answer = await client.request<OffsetFetchAnswer>(address, "OffsetFetch", {
      groupId: group,
      topics,
    });
    const codes = answer.responses.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
    return {
      ...answer,
      errorCode: [answer.errorCode, ...codes].find((code) => code !== ErrorCode.none) ?? 0,
    };
  });
  if (answer.errorCode !== ErrorCode.none) {
    throw new KafkaError(answer.errorCode, `read the committed offsets of the group "${group}"`);
  }
  return answersFor("OffsetFetch", partitions, answer.responses).map(({ offset, metadata }, i) => {
    const { topic, partition } = partitions[i];
    return { topic, partition, offset: Number(offset), metadata: metadata ?? "" };
  });
}
