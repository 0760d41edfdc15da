// These types hold the facts about Kafka, which kafka_probe.ts gathers without a change to the cluster.

import type { OffsetCommit } from "../kafka/group/group_offsets.ts";
import type { ConnectionFault } from "../kafka/connection/kafka_error.ts";
import type { FoundPaneLog } from "../merge/pane_log_topic.ts";
import type { AddressFacts, Speech } from "./port_probe.ts";

/** A fact, or the reason why it is not known. */
export type Probed<T> = { readonly value: T } | { readonly reason: string };

export type BrokerState =
  | { readonly kind: "works" }
  /** The listener of a KRaft controller, which serves no clients. */
  | { readonly kind: "controller" }
  | { readonly kind: "old" }
  | {
    readonly kind: "failed";
    /** In plain words. */
    readonly reason: string;
    /** A fault of TLS or SASL. */
    readonly fault?: ConnectionFault | undefined;
    /** The protocol of the server there; undefined if nothing listens, or the fault says enough. */
    readonly speech?: Speech | undefined;
  };

export interface BrokerFacts {
  /** `host:port`. */
  readonly address: string;
  readonly state: BrokerState;
  /** The addresses of its name, in the order in which a client tries them. */
  readonly addresses: readonly AddressFacts[];
  /** The loopback address at which a broker answers instead. */
  readonly elsewhere?: string | undefined;
}

export interface TopicFacts {
  readonly topic: string;
  readonly partitions: number;
  /** The partitions without a leader. */
  readonly leaderless: readonly number[];
}

export interface TopicsFacts {
  readonly found: readonly TopicFacts[];
  /** The reason why some are missing; undefined if none is. */
  readonly missing: string | undefined;
}

/** A topic that the daemon writes to. */
export interface OutputFacts extends TopicFacts {
  /** The reason why the daemon cannot write to it; undefined if none is known. */
  readonly problem: string | undefined;
}

/** In place of a protocol type, for a group of the protocol that Kafka 4 brings (KIP-848). */
export const NEW_GROUP_PROTOCOL = "consumer, of Kafka 4";

export interface GroupFacts {
  /** Kafka's name of the state; `Dead` for a group that does not exist. */
  readonly state: string;
  readonly protocolType: string;
  readonly protocol: string;
  readonly members: readonly { readonly clientId: string; readonly host: string }[];
}

/** The log of a partition, and the group's commit. */
export interface OffsetFacts {
  readonly topic: string;
  readonly partition: number;
  readonly logStart: number;
  readonly logEnd: number;
  readonly commit: OffsetCommit | undefined;
}

export interface RetentionFacts {
  readonly topic: string;
  /** Infinity: age is no reason to delete a record. */
  readonly retentionMs: number;
}

export interface ClusterFacts {
  readonly topics: Probed<TopicsFacts>;
  readonly group: Probed<GroupFacts>;
  /** For the partitions that have a leader. */
  readonly offsets: Probed<readonly OffsetFacts[]>;
  /** In the order of the request. */
  readonly outputs: Probed<readonly OutputFacts[]>;
  /** For the topics whose configuration the user may read. */
  readonly retention: readonly RetentionFacts[];
  /** Undefined if the members do not merge their counts, or the topics are not known. */
  readonly paneLog?: Probed<FoundPaneLog> | undefined;
}

export interface KafkaFacts {
  /** In the order of the configuration. */
  readonly configured: readonly BrokerFacts[];
  /** The other brokers, by the addresses that the cluster advertises. */
  readonly advertised: readonly (BrokerFacts & { readonly nodeId: number })[];
  /** Undefined if no broker answers. */
  readonly cluster: ClusterFacts | undefined;
}
