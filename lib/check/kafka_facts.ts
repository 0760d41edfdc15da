// What was seen of Kafka, as far as it can be seen without changing anything there.

import type { OffsetCommit } from "../kafka/group/group_offsets.ts";
import type { ConnectionFault } from "../kafka/connection/kafka_error.ts";
import type { AddressFacts, Speech } from "./port_probe.ts";

/** What was found, or why not. */
export type Probed<T> = { readonly value: T } | { readonly reason: string };

export type BrokerState =
  | { readonly kind: "works" }
  /** A KRaft controller's listener: it is of the cluster, but serves no clients. */
  | { readonly kind: "controller" }
  | { readonly kind: "old" }
  | {
    readonly kind: "failed";
    /** In plain words. */
    readonly reason: string;
    /** What of TLS and SASL has to be mended. */
    readonly fault?: ConnectionFault | undefined;
    /** What listens there speaks; undefined where nothing does, or the fault says enough. */
    readonly speech?: Speech | undefined;
  };

export interface BrokerFacts {
  /** `host:port`. */
  readonly address: string;
  readonly state: BrokerState;
  /** What its name stands for, in the order in which it is tried. */
  readonly addresses: readonly AddressFacts[];
  /** Where on the loopback a broker answers instead. */
  readonly elsewhere?: string | undefined;
}

export interface TopicFacts {
  readonly topic: string;
  readonly partitions: number;
  /** Those without a leader. */
  readonly leaderless: readonly number[];
}

export interface TopicsFacts {
  readonly found: readonly TopicFacts[];
  /** Why some are missing; undefined where none is. */
  readonly missing: string | undefined;
}

/** A topic that is put out to. */
export interface OutputFacts extends TopicFacts {
  /** Why it cannot be written to; undefined where nothing is seen to be in the way. */
  readonly problem: string | undefined;
}

export interface GroupFacts {
  /** As Kafka names it; `Dead` for a group that there is not. */
  readonly state: string;
  readonly protocolType: string;
  readonly protocol: string;
  readonly members: readonly { readonly clientId: string; readonly host: string }[];
}

/** One partition's log and what the group has committed of it. */
export interface OffsetFacts {
  readonly topic: string;
  readonly partition: number;
  readonly logStart: number;
  readonly logEnd: number;
  readonly commit: OffsetCommit | undefined;
}

export interface RetentionFacts {
  readonly topic: string;
  /** Infinity: records are not deleted for their age. */
  readonly retentionMs: number;
}

export interface ClusterFacts {
  readonly topics: Probed<TopicsFacts>;
  readonly group: Probed<GroupFacts>;
  /** Of the partitions that have a leader. */
  readonly offsets: Probed<readonly OffsetFacts[]>;
  /** In the order in which they were asked for. */
  readonly outputs: Probed<readonly OutputFacts[]>;
  /** Of the topics whose configuration may be read. */
  readonly retention: readonly RetentionFacts[];
}

export interface KafkaFacts {
  /** In the order of the configuration. */
  readonly configured: readonly BrokerFacts[];
  /** The cluster's other brokers, as it names them. */
  readonly advertised: readonly (BrokerFacts & { readonly nodeId: number })[];
  /** Undefined where no broker can be asked. */
  readonly cluster: ClusterFacts | undefined;
}
