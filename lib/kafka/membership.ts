// Membership in a consumer group: join, sync, heartbeat, and what a member may ask of its coordinator. It outlives
// sessions: a member whose connection broke is still a member while the coordinator hears from it in time, and keeps
// its partitions.

import type { Buffer } from "node:buffer";
import type { Clock } from "../clock.ts";
import { Wakeup } from "../wakeup.ts";
import { groupByTopic, type KafkaClient, partitionKey, type TopicPartition } from "./client.ts";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  GROUP_PROTOCOL,
} from "./group_protocol.ts";
import { ErrorCode, KafkaError } from "./kafka_error.ts";
import { assignSticky } from "./sticky_assigner.ts";

/** How long the coordinator waits for all members to join again. */
const REBALANCE_TIMEOUT_MS = 30_000;
/** JoinGroup and SyncGroup are answered late; the network's delay comes on top. */
const JOIN_TIMEOUT_MS = REBALANCE_TIMEOUT_MS + 5_000;
const HEARTBEAT_MS = 3_000;
/** A coordinator that moves, or loads its groups, is asked again for so long before the session ends. */
const COORDINATOR_PATIENCE_MS = 15_000;
const COORDINATOR_RETRY_MS = 250;

const COORDINATOR_ELSEWHERE: readonly number[] = [
  ErrorCode.coordinatorLoadInProgress,
  ErrorCode.coordinatorNotAvailable,
  ErrorCode.notCoordinator,
];
const MEMBERSHIP_LOST: readonly number[] = [
  ErrorCode.illegalGeneration,
  ErrorCode.unknownMemberId,
  ErrorCode.fencedInstanceId,
];

export interface OffsetCommit extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

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
  onAssigned(partitions: readonly TopicPartition[], continuous: boolean): void;
}

interface JoinAnswer {
  readonly errorCode: number;
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { memberId: string; memberMetadata: Buffer }[];
}

interface CommitAnswer {
  readonly responses: readonly { partitions: readonly { errorCode: number }[] }[];
}

interface OffsetFetchAnswer {
  readonly errorCode: number;
  readonly responses: readonly {
    topic: string;
    partitions: readonly { partition: number; offset: string; metadata: string | null; errorCode: number }[];
  }[];
}

export class Membership {
  readonly #group: string;
  readonly #sessionTimeoutMs: number;
  readonly #clock: Clock;
  readonly #listener: MembershipListener;
  readonly #bell = new Wakeup();
  #memberId = "";
  /** Of what is held; -1 while nothing is. */
  #generation = -1;
  #held: readonly TopicPartition[] = [];
  #isLeader = false;
  #joinWanted = true;
  #joining = false;
  #stopped = false;
  #coordinator: string | undefined;
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
    this.#listener = options.listener;
  }

  get memberId(): string {
    return this.#memberId;
  }

  /** -1 while nothing is held. */
  get generation(): number {
    return this.#generation;
  }

  /** Gives out the partitions, and so has to see when there are more. */
  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** No other member can have been given our partitions by now. */
  holds(monotonicMs: number): boolean {
    return this.#generation >= 0 && !this.#joining && monotonicMs - this.#heardMs < this.#sessionTimeoutMs;
  }

  /** Joins the group anew soon, because what there is to assign has changed. */
  rejoin(): void {
    this.#joinWanted = true;
    this.#bell.ring();
  }

  /** Joins, and beats its heart until `signal` is aborted. @throws KafkaError, BrokerConnectionError */
  async run(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const wake = () => this.#bell.ring();
    signal.addEventListener("abort", wake);
    this.#coordinator = undefined;
    try {
      while (!signal.aborted && !this.#stopped) {
        if (this.#joinWanted || this.#generation < 0) await this.#join(client, signal);
        else await this.#beat(client, signal);
        if (!this.#joinWanted) await this.#bell.wait(Math.min(HEARTBEAT_MS, this.#sessionTimeoutMs / 3));
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  /** Commits under the generation held; false when the coordinator refuses, because it is no longer ours to commit. */
  async commit(client: KafkaClient, commits: readonly OffsetCommit[]): Promise<boolean> {
    const coordinator = this.#coordinator;
    if (commits.length === 0) return true;
    if (coordinator === undefined || this.#generation < 0) return false;
    const answer = await client.request<CommitAnswer>(coordinator, "OffsetCommit", {
      groupId: this.#group,
      groupGenerationId: this.#generation,
      memberId: this.#memberId,
      topics: groupByTopic(commits, ({ partition, offset, metadata }) => ({ partition, offset, metadata })),
    });
    const code = answer.responses.flatMap(({ partitions }) => partitions)
      .find(({ errorCode }) => errorCode !== ErrorCode.none)?.errorCode;
    if (code === undefined) return true;
    const refused = code === ErrorCode.rebalanceInProgress || MEMBERSHIP_LOST.includes(code) ||
      COORDINATOR_ELSEWHERE.includes(code);
    if (!refused) throw new KafkaError(code, `commit offsets of the group "${this.#group}"`);
    // The next heartbeat learns the same, and does what is to be done.
    this.#bell.ring();
    return false;
  }

  /** The committed offsets, by partition key; those never committed are left out. */
  async committed(
    client: KafkaClient,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, OffsetCommit>> {
    if (partitions.length === 0) return new Map();
    const topics = groupByTopic(partitions, ({ partition }) => ({ partition }));
    const answer = await this.#ask<OffsetFetchAnswer>(
      client,
      signal,
      (coordinator) => client.request(coordinator, "OffsetFetch", { groupId: this.#group, topics }),
    );
    const commits = answer.responses.flatMap(({ topic, partitions }) =>
      partitions.map((one) => {
        if (one.errorCode !== ErrorCode.none) {
          throw new KafkaError(one.errorCode, `read committed offsets of the group "${this.#group}"`);
        }
        return { topic, partition: one.partition, offset: Number(one.offset), metadata: one.metadata ?? "" };
      })
    );
    return new Map(
      commits.filter(({ offset }) => offset >= 0).map((commit) => [partitionKey(commit), commit]),
    );
  }

  /** Leaves the group for good, so that the others need not wait for the session timeout. */
  async leave(client: KafkaClient): Promise<void> {
    this.#stopped = true;
    this.#bell.ring();
    const memberId = this.#memberId;
    if (this.#coordinator === undefined || memberId === "") return;
    // Not over the connection of JoinGroup, which may be waiting for the others.
    await client.request(this.#coordinator, "LeaveGroup", { groupId: this.#group, memberId });
    this.#generation = -1;
  }

  async #beat(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const sentMs = this.#clock.monotonicMs();
    const { errorCode } = await this.#ask<{ errorCode: number }>(
      client,
      signal,
      (coordinator) =>
        client.request(coordinator, "Heartbeat", {
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
      await this.#listener.onRejoin();
    }
    if (signal.aborted || this.#stopped) return;
    const topics = [...this.#listener.topics()];
    const joined = await this.#requestJoin(client, { topics, signal });
    if (joined === undefined) return;
    const sentMs = this.#clock.monotonicMs();
    const synced = await this.#ask<{ errorCode: number; memberAssignment: Buffer }>(
      client,
      signal,
      async (coordinator) =>
        await client.request(coordinator, "SyncGroup", {
          groupId: this.#group,
          generationId: joined.generationId,
          memberId: joined.memberId,
          groupAssignment: joined.leaderId === joined.memberId ? await this.#assign(client, joined) : [],
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
    this.#held = decodeAssignment(synced.memberAssignment);
    this.#heardMs = sentMs;
    this.#joinWanted = false;
    this.#joining = false;
    this.#listener.onHeard();
    this.#listener.onAssigned(this.#held, continuous);
  }

  /** Undefined when it has to be tried again. */
  async #requestJoin(
    client: KafkaClient,
    { topics, signal }: { topics: readonly string[]; signal: AbortSignal },
  ): Promise<JoinAnswer | undefined> {
    const metadata = encodeSubscription({ topics, owned: this.#held, generation: this.#generation });
    const joined = await this.#ask<JoinAnswer>(
      client,
      signal,
      (coordinator) =>
        client.request(coordinator, "JoinGroup", {
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
  ): Promise<readonly { memberId: string; memberAssignment: Buffer }[]> {
    const members = joined.members.map(({ memberId, memberMetadata }) =>
      decodeSubscription(memberId, memberMetadata)
    );
    const ours = new Set(this.#listener.topics());
    const foreign = new Set(members.flatMap(({ topics }) => topics).filter((topic) => !ours.has(topic)));
    const ofOthers = [...await client.metadata([...foreign])].flatMap(([topic, { leaders }]) =>
      [...leaders.keys()].map((partition) => ({ topic, partition }))
    );
    const partitions = [...this.#listener.partitions(), ...ofOthers];
    const assigned = assignSticky(members, partitions);
    return [...assigned].map(([memberId, held]) => ({ memberId, memberAssignment: encodeAssignment(held) }));
  }

  /** The coordinator knows us no longer; what was held may be another's by now. Any other error ends the session. */
  #lose(errorCode: number, action: string): void {
    if (!MEMBERSHIP_LOST.includes(errorCode)) throw new KafkaError(errorCode, action);
    this.#generation = -1;
    if (errorCode !== ErrorCode.illegalGeneration) this.#memberId = "";
    this.#joinWanted = true;
  }

  /** Asks the coordinator, finding it first, and anew while it is elsewhere or not ready. */
  async #ask<T extends { readonly errorCode: number }>(
    client: KafkaClient,
    signal: AbortSignal,
    send: (coordinator: string) => Promise<T>,
  ): Promise<T> {
    const untilMs = this.#clock.monotonicMs() + COORDINATOR_PATIENCE_MS;
    while (true) {
      const code = await this.#findCoordinator(client);
      const answer = code === undefined ? await send(this.#coordinator!) : { errorCode: code } as T;
      if (!COORDINATOR_ELSEWHERE.includes(answer.errorCode)) return answer;
      if (answer.errorCode !== ErrorCode.coordinatorLoadInProgress) this.#coordinator = undefined;
      if (signal.aborted || this.#clock.monotonicMs() >= untilMs) {
        throw new KafkaError(answer.errorCode, `reach the coordinator of the group "${this.#group}"`);
      }
      await this.#clock.sleep(COORDINATOR_RETRY_MS, signal);
    }
  }

  /** Undefined once it is known, else Kafka's error code. */
  async #findCoordinator(client: KafkaClient): Promise<number | undefined> {
    if (this.#coordinator !== undefined) return undefined;
    try {
      this.#coordinator = await client.findCoordinator(this.#group);
      return undefined;
    } catch (error) {
      if (error instanceof KafkaError && COORDINATOR_ELSEWHERE.includes(error.code)) return error.code;
      throw error;
    }
  }
}
