// What was seen of Kafka, as far as it can be seen without changing anything there.

import type { OffsetCommit } from "../kafka/group/group_offsets.ts";
import type { ConnectionFault } from "../kafka/connection/kafka_error.ts";
import type { AddressSight, Speech } from "./port_probe.ts";

/** What was found, or why not. */
export type Look<T> = { readonly value: T } | { readonly reason: string };

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

export interface BrokerSight {
  /** `host:port`. */
  readonly address: string;
  readonly state: BrokerState;
  /** What its name stands for, in the order in which it is tried. */
  readonly addresses: readonly AddressSight[];
  /** Where on the loopback a broker answers instead. */
  readonly elsewhere?: string | undefined;
}

export interface TopicSight {
  readonly topic: string;
  readonly partitions: number;
  /** Those without a leader. */
  readonly leaderless: readonly number[];
}

export interface TopicsSight {
  readonly found: readonly TopicSight[];
  /** Why some are missing; undefined where none is. */
  readonly missing: string | undefined;
}

/** A topic that is put out to. */
export interface OutputSight extends TopicSight {
  /** Why it cannot be written to; undefined where nothing is seen to be in the way. */
  readonly problem: string | undefined;
}

export interface GroupSight {
  /** As Kafka names it; `Dead` for a group that there is not. */
  readonly state: string;
  readonly protocolType: string;
  readonly protocol: string;
  readonly members: readonly { readonly clientId: string; readonly host: string }[];
}

/** One partition's log and what the group has committed of it. */
export interface OffsetSight {
  readonly topic: string;
  readonly partition: number;
  readonly logStart: number;
  readonly logEnd: number;
  readonly commit: OffsetCommit | undefined;
}

export interface RetentionSight {
  readonly topic: string;
  /** Infinity: records are not deleted for their age. */
  readonly retentionMs: number;
}

export interface ClusterSight {
  readonly topics: Look<TopicsSight>;
  readonly group: Look<GroupSight>;
  /** Of the partitions that have a leader. */
  readonly offsets: Look<readonly OffsetSight[]>;
  /** In the order in which they were asked for. */
  readonly outputs: Look<readonly OutputSight[]>;
  /** Of the topics whose configuration may be read. */
  readonly retention: readonly RetentionSight[];
}

export interface KafkaSight {
  /** In the order of the configuration. */
  readonly configured: readonly BrokerSight[];
  /** The cluster's other brokers, as it names them. */
  readonly advertised: readonly (BrokerSight & { readonly nodeId: number })[];
  /** Undefined where no broker can be asked. */
  readonly cluster: ClusterSight | undefined;
}
