// This file encodes and decodes the subscriptions and assignments that members exchange through the coordinator.
// member_codec.ts implements Kafka's format; this file adds the user data, which gives the assigner a member's last
// partitions. In a group whose members merge their counts, each assignment also has an epoch and the list of all partitions.

import { Buffer } from "node:buffer";
import { memberOf, parseSalted, unsalted } from "../../text/salted_json.ts";
import { comparePartitions, groupByTopic, type TopicPartition } from "../topic_partition.ts";
import type { GroupCandidate } from "./sticky_assigner.ts";
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
/** The version of user data with epochs. */
const EPOCH_VERSION = 2;
/** Epochs grow by one with each rebalance. A member that claims a larger one is not believed. */
export const MAX_EPOCH = 2 ** 48;
/** The limit of what all members say to the leader. By default Kafka itself keeps no more than 1 MiB of a group. */
const MAX_SUBSCRIPTIONS_BYTES = 2 * 1024 * 1024;
/** The keys of all user data. */
const USER_DATA_NAMES = ["v", "generation", "owned", "met", "begun", "again", "epoch", "list"];
/** A list of pairs of a topic and a list. */
const USER_DATA_DEPTH = 3;

interface UserData {
  readonly v: number;
  readonly generation: number;
  readonly owned: NamedPartitions;
  readonly met?: number;
}

type NamedPartitions = readonly (readonly [topic: string, partitions: readonly number[]])[];

/** The message of a member to the leader. */
export interface MemberClaim extends GroupCandidate {
  /** The highest epoch that the member knows; undefined in a group without epochs. */
  readonly metEpoch?: number | undefined;
}

export function encodeSubscription(claim: Omit<MemberClaim, "memberId">): Buffer {
  const { topics, owned, generation, metEpoch } = claim;
  const userData: UserData = {
    v: metEpoch === undefined ? USER_DATA_VERSION : EPOCH_VERSION,
    generation,
    owned: namedPartitions(owned),
    ...(metEpoch === undefined ? {} : { met: metEpoch }),
  };
  return encodeSubscriptionFormat({ topics, userData: Buffer.from(JSON.stringify(userData)) });
}

/** The largest subscriptions beyond the limit of all read as empty, so that one member cannot keep the leader busy. */
export function decodeSubscriptions(
  members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[],
): readonly MemberClaim[] {
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
export function decodeSubscription(memberId: string, bytes: Buffer): MemberClaim {
  const subscription = readSubscription(bytes);
  const topics = (subscription?.topics ?? []).filter(isTopicName);
  const userData = parseUserData(subscription?.userData.toString() ?? "");
  if (userData === undefined) return { memberId, topics, owned: [], generation: -1 };
  const owned = flattened(userData.owned);
  const { generation, met } = userData;
  return { memberId, topics, owned, generation, ...(met === undefined ? {} : { metEpoch: met }) };
}

export interface GroupAssignment {
  readonly partitions: readonly TopicPartition[];
  /** The topics with commits before this generation, in which another member may have committed already. */
  readonly begunTopics: readonly string[];
  /** The member gets no partitions until it proves, by a second join, that it is alive. */
  readonly mustJoinAgain: boolean;
  /** Undefined in a group without epochs. */
  readonly epoch?: AssignmentEpoch | undefined;
}

/** The number of an assignment, and all partitions of the group at that time. */
export interface AssignmentEpoch {
  readonly number: number;
  readonly list: readonly TopicPartition[];
}

export function encodeAssignment(assignment: GroupAssignment): Buffer {
  const { partitions, begunTopics, mustJoinAgain, epoch } = assignment;
  const byTopic = groupByTopic(partitions, ({ partition }) => partition);
  const told = { begun: begunTopics, again: mustJoinAgain };
  const userData = epoch === undefined
    ? { v: USER_DATA_VERSION, ...told }
    : { v: EPOCH_VERSION, ...told, epoch: epoch.number, list: namedPartitions(epoch.list) };
  return encodeAssignmentFormat({ topics: byTopic, userData: Buffer.from(JSON.stringify(userData)) });
}

/** Sorts the partitions, as windows name them in this order. @throws RangeError for bytes that are not an assignment */
export function decodeAssignment(bytes: Buffer): GroupAssignment {
  const { topics, userData } = decodeAssignmentFormat(bytes);
  const partitions = topics.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition }))
  );
  partitions.sort(comparePartitions);
  const told = parseJson(userData.toString(), isAssignmentData);
  const { begun = [], again = false } = told ?? {};
  const epoch = told?.epoch === undefined
    ? undefined
    : { number: told.epoch, list: flattened(told.list ?? []).sort(comparePartitions) };
  return {
    partitions,
    begunTopics: begun,
    mustJoinAgain: again,
    ...(epoch === undefined ? {} : { epoch }),
  };
}

interface AssignmentData {
  readonly v: number;
  readonly begun: readonly string[];
  readonly again: boolean;
  readonly epoch?: number;
  readonly list?: NamedPartitions;
}

function isAssignmentData({ v, begun, again, epoch, list }: AssignmentData): boolean {
  if (!begun.every((topic) => typeof topic === "string") || typeof again !== "boolean") return false;
  if (v === USER_DATA_VERSION) return epoch === undefined;
  return v === EPOCH_VERSION && isEpoch(epoch) && epoch > 0 && list !== undefined &&
    areNamedPartitions(list) && list.every(([topic]) => isTopicName(topic));
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
    ({ v, generation, owned, met }: UserData) =>
      (v === USER_DATA_VERSION ? met === undefined : v === EPOCH_VERSION && isEpoch(met)) &&
      Number.isInteger(generation) && areNamedPartitions(owned),
  );
}

function isEpoch(value: number | undefined): value is number {
  return Number.isInteger(value) && value as number >= 0 && value as number <= MAX_EPOCH;
}

function areNamedPartitions(named: NamedPartitions): boolean {
  return named.every(([topic, partitions]) =>
    typeof topic === "string" && partitions.every(Number.isInteger)
  );
}

function namedPartitions(partitions: readonly TopicPartition[]): NamedPartitions {
  return groupByTopic(partitions, ({ partition }) => partition)
    .map(({ topic, partitions }) => [topic, partitions]);
}

function flattened(named: NamedPartitions): TopicPartition[] {
  return named.flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));
}

/** Undefined where the text is not JSON, or `isValid` rejects it. */
function parseJson<T>(text: string, isValid: (data: T) => boolean): T | undefined {
  try {
    const salted = parseSalted(Buffer.from(text));
    const data = Object.fromEntries(
      USER_DATA_NAMES.map((name) => [name, withoutSalt(memberOf(salted, name))]),
    ) as T;
    return isValid(data) ? data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Undefined for an object, and for what is nested deeper than the partitions of a topic: user data has neither. */
function withoutSalt(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return unsalted(value);
  if (typeof value !== "object" || value === null) return value;
  const isList = Array.isArray(value) && depth < USER_DATA_DEPTH;
  return isList ? value.map((one) => withoutSalt(one, depth + 1)) : undefined;
}
