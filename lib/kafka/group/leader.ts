// The leader's part of a rebalance: it distributes the partitions of the subscribed topics to the members.

import type { Buffer } from "node:buffer";
import { ErrorCode, KafkaError } from "../connection/kafka_error.ts";
import type { KafkaClient } from "../kafka_client.ts";
import { distinctPartitions, type TopicPartition } from "../topic_partition.ts";
import type { OffsetCommit } from "./group_offsets.ts";
import { decodeSubscriptions, encodeAssignment, MAX_EPOCH } from "./group_protocol.ts";
import { assignSticky } from "./sticky_assigner.ts";

/** The limit of topics to which only other members subscribe. */
const MAX_FOREIGN_TOPICS = 10_000;
/** A generation is below it. */
const GENERATIONS = 2 ** 32;

/** Other programs have used the epochs of the group up. */
export class NoEpochError extends KafkaError {
  constructor(generation: number) {
    super(ErrorCode.unknownServerError, `begin generation ${generation}`);
    this.message =
      "the pane log or a member names the highest epoch that a group can have, so no assignment can " +
      "follow it: stop all members, check which programs may write to the pane log and join the group, and delete " +
      "the pane log before the members start again";
  }
}

/** The part of the answer to JoinGroup that the leader needs. */
export interface JoinedGroup {
  readonly memberId: string;
  readonly generationId: number;
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

export interface MemberMessage {
  readonly memberId: string;
  readonly memberAssignment: Buffer;
}

export interface Distribution {
  readonly messages: readonly MemberMessage[];
  /** Whether the leader itself gets all partitions of the group, and at least one. */
  readonly hasAll: boolean;
}

/** @throws KafkaError, BrokerConnectionError */
export async function distribute(client: KafkaClient, options: {
  readonly joined: JoinedGroup;
  /** The leader's own topics, and their partitions. */
  readonly topics: readonly string[];
  readonly partitions: readonly TopicPartition[];
  readonly committed: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<string, OffsetCommit>>;
  /** The highest epoch that the leader knows; undefined in a group without epochs. */
  readonly metEpoch: number | undefined;
}): Promise<Distribution> {
  const { joined, topics, partitions, committed, metEpoch } = options;
  const members = decodeSubscriptions(joined.members);
  const ours = new Set(topics);
  const foreign = new Set(members.flatMap(({ topics }) => topics).filter((topic) => !ours.has(topic)));
  const asked = [...foreign].slice(0, MAX_FOREIGN_TOPICS);
  // A list with epochs may not lack a partition that an earlier leader has listed, and that this one has not met yet.
  if (metEpoch !== undefined) asked.push(...topics);
  const found = [...await client.metadata(asked)].flatMap(([topic, { leaders }]) => {
    return [...leaders.keys()].map((partition) => ({ topic, partition }));
  });
  const all = distinctPartitions([...partitions, ...found]);
  const commits = await committed(all);
  const begunTopics = [...new Set([...commits.values()].map(({ topic }) => topic))];
  // A member killed during its first join stays in the group until its session times out. It gets no partitions: no
  // process would read them, and a process that restarts alone would emit windows without them.
  const present = members.filter(({ memberId, generation }) =>
    memberId === joined.memberId || generation >= 0
  );
  const assigned = assignSticky(present, all);
  const epoch = metEpoch === undefined
    ? undefined
    : { number: nextEpoch(joined, [metEpoch, ...members.map((one) => one.metEpoch ?? 0)]), list: all };
  const messages = members.map(({ memberId }) => {
    const partitions = assigned.get(memberId) ?? [];
    const mustJoinAgain = !assigned.has(memberId);
    return {
      memberId,
      memberAssignment: encodeAssignment({ partitions, begunTopics, mustJoinAgain, epoch }),
    };
  });
  const own = assigned.get(joined.memberId) ?? [];
  return { messages, hasAll: own.length > 0 && own.length === all.length };
}

/**
 * The generation, which the coordinator raises with each rebalance. So no two assignments share an epoch, even if a member
 * dies before it reports its own, and no epoch is below an earlier one. A group that was
 * removed begins anew with generation 1: then the number of such beginnings, the part above, is one more.
 * @throws NoEpochError
 */
function nextEpoch({ generationId }: JoinedGroup, met: readonly number[]): number {
  const newest = met.reduce((a, b) => Math.max(a, b));
  const beginnings = Math.floor(newest / GENERATIONS);
  const hasBegunAnew = newest % GENERATIONS >= generationId;
  const epoch = (beginnings + Number(hasBegunAnew)) * GENERATIONS + generationId;
  if (epoch > MAX_EPOCH) throw new NoEpochError(generationId);
  return epoch;
}
