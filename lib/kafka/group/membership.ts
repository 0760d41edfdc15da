// Membership in a consumer group: join, sync, heartbeat, and what a member may ask of its coordinator. It outlives
// sessions: a member whose connection broke is still a member while the coordinator hears from it in time, and keeps
// its partitions.

import type { Buffer } from "node:buffer";
import type { Clock } from "../../async/clock.ts";
import { Wakeup } from "../../async/wakeup.ts";
import type { KafkaClient } from "../kafka_client.ts";
import { partitionKey, type TopicPartition } from "../topic_partition.ts";
import { Coordinator } from "./coordinator.ts";
import { commitOffsets, fetchCommits, type OffsetCommit } from "./group_offsets.ts";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  GROUP_PROTOCOL,
  type GroupAssignment,
} from "./group_protocol.ts";
import { ErrorCode, isMembershipLost, KafkaError } from "../connection/kafka_error.ts";
import { assignSticky } from "./sticky_assigner.ts";

/** How long the coordinator waits for all members to join again. */
const REBALANCE_TIMEOUT_MS = 30_000;
/** JoinGroup and SyncGroup are answered late; the network's delay comes on top. */
const JOIN_TIMEOUT_MS = REBALANCE_TIMEOUT_MS + 5_000;
const HEARTBEAT_MS = 3_000;

/** What the owner of a membership is told. */
export interface MembershipListener {
  /** The topics to be assigned partitions of. */
  topics(): readonly string[];
  /** What there is of them, as far as known. */
  partitions(): readonly TopicPartition[];
  /** The coordinator has answered as it should. */
  onHeard(): void;
  /** The group is about to be joined again: what is assigned may change hands after this resolves. */
  onRejoin(): Promise<void>;
  /**
   * What is held from now on. `continuous`: nobody else can have held any of the former partitions in between.
   */
  onAssigned(assignment: GroupAssignment, continuous: boolean): void;
}

interface JoinAnswer {
  readonly errorCode: number;
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { memberId: string; memberMetadata: Buffer }[];
}

export class Membership {
  readonly #group: string;
  readonly #sessionTimeoutMs: number;
  readonly #clock: Clock;
  readonly #listener: MembershipListener;
  readonly #coordinator: Coordinator;
  readonly #bell: Wakeup;
  #memberId = "";
  /** Of what is held; -1 while nothing is. */
  #generation = -1;
  #held: readonly TopicPartition[] = [];
  #isLeader = false;
  #topicsNamed = "";
  /** By this member, as the leader; those of topics that it wants itself. */
  #partitionsGiven = "";
  #joinWanted = true;
  #joining = false;
  #stopped = false;
  #heardMs = -Infinity;

  constructor(options: {
    readonly group: string;
    readonly sessionTimeoutMs: number;
    readonly clock: Clock;
    readonly listener: MembershipListener;
  }) {
    this.#group = options.group;
    this.#sessionTimeoutMs = options.sessionTimeoutMs;
    this.#clock = options.clock;
    this.#bell = new Wakeup(options.clock);
    this.#listener = options.listener;
    this.#coordinator = new Coordinator(options.group, options.clock);
  }

  get memberId(): string {
    return this.#memberId;
  }

  /** -1 while nothing is held. */
  get generation(): number {
    return this.#generation;
  }

  /** A join is under way, or about to be: what is held may change. */
  get isJoining(): boolean {
    return this.#mustJoin;
  }

  /** No other member can have been given our partitions by now. */
  holds(monotonicMs: number): boolean {
    return this.#generation >= 0 && !this.#joining && monotonicMs - this.#heardMs < this.#sessionTimeoutMs;
  }

  /**
   * Joins the group anew soon where the topics are not those that were named when it was joined, or the partitions, which
   * are the leader's business, not those that were given out. It matters not when, or by whom, the change was seen first:
   * a change that is forgotten leaves partitions that nobody reads.
   */
  followTopics(): void {
    // When it has been joined this is looked at again.
    if (this.#mustJoin) return;
    const isStale = this.#topicsNamed !== this.#listener.topics().join() ||
      (this.#isLeader && this.#partitionsGiven !== listKeys(this.#listener.partitions()));
    if (!isStale) return;
    this.#joinWanted = true;
    this.#bell.ring();
  }

  /** Joins, and beats its heart until `signal` is aborted. @throws KafkaError, BrokerConnectionError */
  async run(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const wake = () => this.#bell.ring();
    signal.addEventListener("abort", wake);
    this.#coordinator.forget();
    try {
      while (!signal.aborted && !this.#stopped) {
        if (this.#mustJoin) await this.#join(client, signal);
        else await this.#beat(client, signal);
        if (!this.#mustJoin) await this.#bell.wait(Math.min(HEARTBEAT_MS, this.#sessionTimeoutMs / 3));
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  /** Commits under the generation held; false when the coordinator refuses. @throws as `commitOffsets` */
  async commit(client: KafkaClient, commits: readonly OffsetCommit[]): Promise<boolean> {
    const { address } = this.#coordinator;
    if (address === undefined || this.#generation < 0) return false;
    const group = this.#group;
    const memberId = this.#memberId;
    const isKept = await commitOffsets(client, {
      address,
      group,
      memberId,
      generation: this.#generation,
      commits,
    });
    // The next heartbeat learns why, and does what is to be done.
    if (!isKept) this.#bell.ring();
    return isKept;
  }

  /** What the group has committed, by partition key. @throws as `fetchCommits` */
  committed(
    client: KafkaClient,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, OffsetCommit>> {
    return fetchCommits(client, { coordinator: this.#coordinator, group: this.#group, partitions, signal });
  }

  /** Leaves the group for good, so that the others need not wait for the session timeout. */
  async leave(client: KafkaClient): Promise<void> {
    this.#stopped = true;
    this.#bell.ring();
    const memberId = this.#memberId;
    const { address } = this.#coordinator;
    if (address === undefined || memberId === "") return;
    // Not over the connection of JoinGroup, which may be waiting for the others.
    await client.request(address, "LeaveGroup", { groupId: this.#group, memberId });
    this.#generation = -1;
  }

  get #mustJoin(): boolean {
    return this.#joinWanted || this.#joining || this.#generation < 0;
  }

  async #beat(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const sentMs = this.#clock.monotonicMs();
    const { errorCode } = await this.#coordinator.ask<{ errorCode: number }>(
      client,
      signal,
      (address) =>
        client.request(address, "Heartbeat", {
          groupId: this.#group,
          groupGenerationId: this.#generation,
          memberId: this.#memberId,
        }, { use: "group" }),
    );
    if (errorCode !== ErrorCode.none && errorCode !== ErrorCode.rebalanceInProgress) {
      return this.#lose(errorCode, "send a heartbeat");
    }
    this.#heardMs = sentMs;
    if (errorCode === ErrorCode.rebalanceInProgress) this.#joinWanted = true;
    this.#listener.onHeard();
  }

  async #join(client: KafkaClient, signal: AbortSignal): Promise<void> {
    if (!this.#joining) {
      // Stays so until a SyncGroup is answered, over sessions too: the others may have been given theirs already.
      this.#joining = true;
      if (this.#generation >= 0) await this.#listener.onRejoin();
    }
    if (signal.aborted || this.#stopped) return;
    this.#joinWanted = false;
    const topics = [...this.#listener.topics()];
    this.#topicsNamed = topics.join();
    const joined = await this.#requestJoin(client, { topics, signal });
    if (joined === undefined) return;
    const sentMs = this.#clock.monotonicMs();
    const synced = await this.#coordinator.ask<{ errorCode: number; memberAssignment: Buffer }>(
      client,
      signal,
      async (address) =>
        await client.request(address, "SyncGroup", {
          groupId: this.#group,
          generationId: joined.generationId,
          memberId: joined.memberId,
          groupAssignment: joined.leaderId === joined.memberId
            ? await this.#assign(client, joined, signal)
            : [],
        }, { use: "group", timeoutMs: JOIN_TIMEOUT_MS }),
    );
    if (synced.errorCode === ErrorCode.rebalanceInProgress) return;
    if (synced.errorCode !== ErrorCode.none) {
      return this.#lose(synced.errorCode, "take part in the rebalance");
    }
    // A generation that passed without us may have given our partitions to another, and back.
    const continuous = this.#generation >= 0 && joined.generationId <= this.#generation + 1;
    this.#generation = joined.generationId;
    this.#isLeader = joined.leaderId === joined.memberId;
    const assignment = decodeAssignment(synced.memberAssignment);
    this.#held = assignment.partitions;
    this.#heardMs = sentMs;
    this.#joining = assignment.mustJoinAgain;
    this.#listener.onHeard();
    this.#listener.onAssigned(assignment, continuous);
    this.followTopics();
  }

  /** Undefined when it has to be tried again. */
  async #requestJoin(
    client: KafkaClient,
    { topics, signal }: { topics: readonly string[]; signal: AbortSignal },
  ): Promise<JoinAnswer | undefined> {
    const metadata = encodeSubscription({ topics, owned: this.#held, generation: this.#generation });
    const joined = await this.#coordinator.ask<JoinAnswer>(
      client,
      signal,
      (address) =>
        client.request(address, "JoinGroup", {
          groupId: this.#group,
          sessionTimeout: this.#sessionTimeoutMs,
          rebalanceTimeout: REBALANCE_TIMEOUT_MS,
          memberId: this.#memberId,
          protocolType: "consumer",
          groupProtocols: [{ name: GROUP_PROTOCOL, metadata }],
        }, { use: "group", timeoutMs: JOIN_TIMEOUT_MS }),
    );
    if (joined.errorCode === ErrorCode.memberIdRequired) {
      this.#memberId = joined.memberId;
      return undefined;
    }
    if (joined.errorCode !== ErrorCode.none) {
      this.#lose(joined.errorCode, `join the group "${this.#group}"`);
      return undefined;
    }
    this.#memberId = joined.memberId;
    return joined;
  }

  async #assign(
    client: KafkaClient,
    joined: JoinAnswer,
    signal: AbortSignal,
  ): Promise<readonly { memberId: string; memberAssignment: Buffer }[]> {
    const members = joined.members.map(({ memberId, memberMetadata }) =>
      decodeSubscription(memberId, memberMetadata)
    );
    const ours = new Set(this.#listener.topics());
    const foreign = new Set(members.flatMap(({ topics }) => topics).filter((topic) => !ours.has(topic)));
    const ofOthers = [...await client.metadata([...foreign])].flatMap(([topic, { leaders }]) =>
      [...leaders.keys()].map((partition) => ({ topic, partition }))
    );
    const ofOurs = this.#listener.partitions();
    this.#partitionsGiven = listKeys(ofOurs);
    const partitions = [...ofOurs, ...ofOthers];
    const commits = await this.committed(client, partitions, signal);
    const begunTopics = [...new Set([...commits.values()].map(({ topic }) => topic))];
    // Who was killed while it joined for the first time is still in the group, until its session ends. What it were given
    // nobody would read, and a process that restarts alone would put out windows without it.
    const present = members.filter(({ memberId, generation }) =>
      memberId === joined.memberId || generation >= 0
    );
    const assigned = assignSticky(present, partitions);
    return members.map(({ memberId }) => {
      const held = assigned.get(memberId);
      const mustJoinAgain = held === undefined;
      return {
        memberId,
        memberAssignment: encodeAssignment({ partitions: held ?? [], begunTopics, mustJoinAgain }),
      };
    });
  }

  /** The coordinator knows us no longer; what was held may be another's by now. Any other error ends the session. */
  #lose(errorCode: number, action: string): void {
    if (!isMembershipLost(errorCode)) throw new KafkaError(errorCode, action);
    this.#generation = -1;
    if (errorCode !== ErrorCode.illegalGeneration) this.#memberId = "";
  }
}

function listKeys(partitions: readonly TopicPartition[]): string {
  return partitions.map(partitionKey).sort().join();
}
