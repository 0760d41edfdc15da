// This file encodes and decodes the subscriptions and assignments that members exchange through the coordinator.
// member_codec.ts implements Kafka's format; this file adds the user data, which gives the assigner a member's last
// partitions.

import { Buffer } from "node:buffer";
import { groupByTopic, type TopicPartition } from "../topic_partition.ts";
import { comparePartitions, type GroupCandidate } from "./sticky_assigner.ts";
import { ErrorCode, KafkaError } from "../connection/kafka_error.ts";
import { isTopicName } from "../topic_name.ts";
import {
  decodeAssignmentFormat,
  decodeSubscriptionFormat,
  encodeAssignmentFormat,
  encodeSubscriptionFormat,
  MAX_MEMBER_PARTITIONS,
  type Subscription,
} from "./member_codec.ts";

/** The name of the assigner, which all members must support. */
export const GROUP_PROTOCOL = "rtcount-sticky";
const USER_DATA_VERSION = 1;
/** The limit of what all members say to the leader. By default Kafka itself keeps no more than 1 MiB of a group. */
const MAX_SUBSCRIPTIONS_BYTES = 2 * 1024 * 1024;
/** The limit of keys in user data, of which this version has 3. No topic name contains a colon. */
const MAX_KEYS = 16;

interface UserData {
  readonly v: number;
  readonly generation: number;
  readonly owned: readonly (readonly [topic: string, partitions: readonly number[]])[];
}

export function encodeSubscription({ topics, owned, generation }: Omit<GroupCandidate, "memberId">): Buffer {
  const userData: UserData = {
    v: USER_DATA_VERSION,
    generation,
    owned: groupByTopic(owned, ({ partition }) => partition).map((
      { topic, partitions },
    ) => [topic, partitions]),
  };
  return encodeSubscriptionFormat({ topics, userData: Buffer.from(JSON.stringify(userData)) });
}

/** The largest subscriptions beyond the limit of all read as empty, so that one member cannot keep the leader busy. */
export function decodeSubscriptions(
  members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[],
): readonly GroupCandidate[] {
  let leftBytes = MAX_SUBSCRIPTIONS_BYTES;
  let leftClaims = MAX_MEMBER_PARTITIONS;
  const smallestFirst = [...members].sort((a, b) => a.memberMetadata.length - b.memberMetadata.length);
  return smallestFirst.map(({ memberId, memberMetadata }) => {
    leftBytes -= memberMetadata.length;
    if (leftBytes < 0) return { memberId, topics: [], owned: [], generation: -1 };
    const candidate = decodeSubscription(memberId, memberMetadata);
    const owned = candidate.owned.slice(0, Math.max(0, leftClaims));
    leftClaims -= owned.length;
    return { ...candidate, owned };
  });
}

/** Undecodable parts read as empty: one faulty member must not keep the others from their partitions. */
export function decodeSubscription(memberId: string, bytes: Buffer): GroupCandidate {
  const subscription = readSubscription(bytes);
  const topics = (subscription?.topics ?? []).filter(isTopicName);
  const userData = parseUserData(subscription?.userData.toString() ?? "");
  if (userData === undefined) return { memberId, topics, owned: [], generation: -1 };
  const owned = userData.owned.flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition }))
  );
  return { memberId, topics, owned, generation: userData.generation };
}

export interface GroupAssignment {
  readonly partitions: readonly TopicPartition[];
  /** The topics with commits before this generation, in which another member may have committed already. */
  readonly begunTopics: readonly string[];
  /** The member gets no partitions until it proves, by a second join, that it is alive. */
  readonly mustJoinAgain: boolean;
}

export function encodeAssignment({ partitions, begunTopics, mustJoinAgain }: GroupAssignment): Buffer {
  const byTopic = groupByTopic(partitions, ({ partition }) => partition);
  const userData = Buffer.from(
    JSON.stringify({ v: USER_DATA_VERSION, begun: begunTopics, again: mustJoinAgain }),
  );
  return encodeAssignmentFormat({ topics: byTopic, userData });
}

/** Sorts the partitions, as windows name them in this order. @throws RangeError for bytes that are not an assignment */
export function decodeAssignment(bytes: Buffer): GroupAssignment {
  const { topics, userData } = decodeAssignmentFormat(bytes);
  const partitions = topics.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition }))
  );
  partitions.sort(comparePartitions);
  const told = parseJson(
    userData.toString(),
    (data: { v: number; begun: readonly string[]; again: boolean }) =>
      data.v === USER_DATA_VERSION && data.begun.every((topic) => typeof topic === "string") &&
      typeof data.again === "boolean",
  );
  return { partitions, begunTopics: told?.begun ?? [], mustJoinAgain: told?.again ?? false };
}

/** As `decodeAssignment`, for an assignment from the group's leader. @throws KafkaError */
export function readAssignment(bytes: Buffer): GroupAssignment {
  try {
    return decodeAssignment(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KafkaError(
      ErrorCode.inconsistentGroupProtocol,
      `read the leader's assignment (${error.message})`,
    );
  }
}

function readSubscription(bytes: Buffer): Subscription | undefined {
  try {
    return decodeSubscriptionFormat(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function parseUserData(text: string): UserData | undefined {
  return parseJson(
    text,
    (data: UserData) =>
      data.v === USER_DATA_VERSION && Number.isInteger(data.generation) &&
      data.owned.every(([topic, partitions]) =>
        typeof topic === "string" && partitions.every(Number.isInteger)
      ),
  );
}

/** Undefined where the text is not JSON, or `isValid` rejects it. Keys of JSON may be chosen so that they are slow to read. */
function parseJson<T>(text: string, isValid: (data: T) => boolean): T | undefined {
  if (text.split(":", MAX_KEYS + 2).length > MAX_KEYS + 1) return undefined;
  try {
    const data: T = JSON.parse(text);
    return isValid(data) ? data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
