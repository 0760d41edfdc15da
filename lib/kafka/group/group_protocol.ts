// The messages that the members of a group exchange through the coordinator. They have Kafka's own format; their user
// data holds the member's last partitions, for the assigner.

import { Buffer } from "node:buffer";
import { groupByTopic, type TopicPartition } from "../topic_partition.ts";
import { memberAssignmentCodec, type Subscription, subscriptionCodec } from "../connection/kafkajs.ts";
import { comparePartitions, type GroupCandidate } from "./sticky_assigner.ts";
import { isTopicName } from "../topic_name.ts";

/** The name of the assigner, which all members must support. */
export const GROUP_PROTOCOL = "rtcount-sticky";
const FORMAT_VERSION = 0;
const USER_DATA_VERSION = 1;

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
  return subscriptionCodec.encode({
    version: FORMAT_VERSION,
    topics,
    userData: Buffer.from(JSON.stringify(userData)),
  });
}

/** Undecodable parts read as empty: one faulty member must not keep the others from their partitions. */
export function decodeSubscription(memberId: string, bytes: Buffer): GroupCandidate {
  const subscription = readSubscription(bytes);
  const topics = (subscription?.topics ?? []).filter(isTopicName);
  const userData = parseUserData(subscription?.userData?.toString() ?? "");
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
  const assignment = Object.fromEntries(byTopic.map(({ topic, partitions }) => [topic, partitions]));
  const userData = Buffer.from(
    JSON.stringify({ v: USER_DATA_VERSION, begun: begunTopics, again: mustJoinAgain }),
  );
  return memberAssignmentCodec.encode({ version: FORMAT_VERSION, assignment, userData });
}

/** Sorts the partitions, as windows name them in this order. @throws RangeError for bytes that are not an assignment */
export function decodeAssignment(bytes: Buffer): GroupAssignment {
  const decoded = memberAssignmentCodec.decode(bytes);
  const partitions = Object.entries(decoded?.assignment ?? {}).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition }))
  );
  partitions.sort(comparePartitions);
  const told = parseJson(
    decoded?.userData?.toString() ?? "",
    (data: { v: number; begun: readonly string[]; again: boolean }) =>
      data.v === USER_DATA_VERSION && data.begun.every((topic) => typeof topic === "string") &&
      typeof data.again === "boolean",
  );
  return { partitions, begunTopics: told?.begun ?? [], mustJoinAgain: told?.again ?? false };
}

function readSubscription(bytes: Buffer): Subscription | null {
  try {
    return subscriptionCodec.decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return null;
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

/** Undefined where the text is not JSON, or `isValid` rejects it. */
function parseJson<T>(text: string, isValid: (data: T) => boolean): T | undefined {
  try {
    const data: T = JSON.parse(text);
    return isValid(data) ? data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
