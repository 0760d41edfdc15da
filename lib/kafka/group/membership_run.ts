// These interfaces connect a Membership to the session in which it runs: the subscribed topics, the callbacks, and the
// client.

import type { KafkaError } from "../connection/kafka_error.ts";
import type { KafkaClient } from "../kafka_client.ts";
import type { TopicPartition } from "../topic_partition.ts";
import type { GroupAssignment } from "./group_protocol.ts";

export interface SubscribedTopics {
  readonly topics: readonly string[];
  /** The known partitions of the topics. */
  readonly partitions: readonly TopicPartition[];
}

export interface MembershipListener {
  /** The member is about to rejoin: its partitions may go to another member after this resolves. */
  onRejoin(): Promise<void>;
  /** `continuous`: no other member can have had any of the former partitions in between. */
  onAssigned(assignment: GroupAssignment, continuous: boolean): void;
  /** One join follows another; `error` is the reason of the last, if there is one. */
  onJoinsInVain(error: KafkaError | undefined): void;
  /** The member keeps its assignment. */
  onMember(): void;
}

/** The resources of a session that the membership uses while it runs. */
export interface MembershipRun {
  readonly client: KafkaClient;
  readonly listener: MembershipListener;
  readonly signal: AbortSignal;
}
