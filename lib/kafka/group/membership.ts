// Membership in a consumer group: it joins, syncs, sends heartbeats and commits. It outlives sessions: a member whose
// connection broke keeps its partitions while its heartbeats arrive in time.

import type { Buffer } from "node:buffer";
import type { Clock } from "../../async/clock.ts";
import { Pace } from "../../async/pace.ts";
import { Wakeup } from "../../async/wakeup.ts";
import type { KafkaClient } from "../kafka_client.ts";
import { partitionKey, type TopicPartition } from "../topic_partition.ts";
import { Coordinator } from "./coordinator.ts";
import type { GroupEpochs } from "./group_epochs.ts";
import { commitOffsets, fetchCommits, type OffsetCommit } from "./group_offsets.ts";
import { encodeSubscription, GROUP_PROTOCOL, readAssignment } from "./group_protocol.ts";
import { distribute, type Distribution, type JoinedGroup } from "./leader.ts";
import type { MembershipRun, SubscribedTopics } from "./membership_run.ts";
import { ErrorCode, isMembershipLost, KafkaError } from "../connection/kafka_error.ts";

/** How long the coordinator waits for all members to rejoin. */
const REBALANCE_TIMEOUT_MS = 30_000;
/** JoinGroup and SyncGroup are answered after the rebalance; the network's delay comes on top. */
const JOIN_TIMEOUT_MS = REBALANCE_TIMEOUT_MS + 5_000;
const HEARTBEAT_MS = 1_000;

interface SyncAnswer {
  readonly errorCode: number;
  readonly memberAssignment: Buffer;
}

interface JoinAnswer extends JoinedGroup {
  readonly errorCode: number;
  readonly leaderId: string;
}

export class Membership {
  /** Whether this member has given itself all partitions of the group. Only the leader knows that. */
  hasAll = false;
  readonly group: string;
  readonly #sessionTimeoutMs: number;
  readonly #clock: Clock;
  readonly #topics: SubscribedTopics;
  readonly #epochs: GroupEpochs | undefined;
  readonly #coordinator: Coordinator;
  readonly #bell: Wakeup;
  /** A coordinator may answer each join at once, and none of them with a lasting assignment. */
  readonly #pace: Pace;
  #joinError: KafkaError | undefined;
  #memberId = "";
  #generation = -1;
  #assigned: readonly TopicPartition[] = [];
  #isLeader = false;
  #joinedTopics = "";
  /** The partitions of its own topics that this member, as the leader, has assigned. */
  #distributedPartitions = "";
  #joinWanted = true;
  #joining = false;
  #stopped = false;
  /** When the last heartbeat that was answered was sent. */
  #confirmedMs = -Infinity;
  #isConfirmed = false;

  constructor(options: {
    readonly group: string;
    readonly sessionTimeoutMs: number;
    readonly topics: SubscribedTopics;
    /** Undefined where assignments have no epoch. */
    readonly epochs?: GroupEpochs | undefined;
    readonly clock: Clock;
  }) {
    this.group = options.group;
    this.#sessionTimeoutMs = options.sessionTimeoutMs;
    this.#clock = options.clock;
    this.#bell = new Wakeup(options.clock);
    this.#pace = new Pace(options.clock);
    this.#topics = options.topics;
    this.#epochs = options.epochs;
    this.#coordinator = new Coordinator(options.group, options.clock);
  }

  get memberId(): string {
    return this.#memberId;
  }

  /** -1 outside of the group. */
  get generation(): number {
    return this.#generation;
  }

  /** A join is running or due: the assignment may change. */
  get isJoining(): boolean {
    return this.#joinWanted || this.#joining || this.#generation < 0;
  }

  /** The coordinator has answered during the present `run`. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** Whether no other member can have got this member's partitions yet. */
  isSure(monotonicMs: number): boolean {
    return this.#generation >= 0 && !this.#joining &&
      monotonicMs - this.#confirmedMs < this.#sessionTimeoutMs;
  }

  /**
   * Rejoins where the topics, or on the leader the partitions, differ from those of the last join. It compares states
   * rather than events: a change that is missed leaves partitions that no member reads.
   */
  followTopics(): void {
    const isStale = this.#joinedTopics !== this.#topics.topics.join() ||
      (this.#isLeader && this.#distributedPartitions !== listKeys(this.#topics.partitions));
    // The end of a join calls this again.
    if (isStale) this.rejoin();
  }

  /** Joins again, also where nothing has changed; not while it joins. */
  rejoin(): void {
    if (this.isJoining) return;
    this.#joinWanted = true;
    this.#bell.ring();
  }

  /** Joins and sends heartbeats until `signal` is aborted. @throws KafkaError, BrokerConnectionError */
  async run(run: MembershipRun): Promise<void> {
    const { signal } = run;
    const wake = () => this.#bell.ring();
    signal.addEventListener("abort", wake);
    this.#coordinator.forget();
    try {
      while (!signal.aborted && !this.#stopped) {
        if (this.isJoining) await this.#join(run);
        else await this.#sendHeartbeat(run);
        if (!this.isJoining) await this.#bell.wait(Math.min(HEARTBEAT_MS, this.#sessionTimeoutMs / 3));
      }
    } finally {
      this.#isConfirmed = false;
      signal.removeEventListener("abort", wake);
    }
  }

  /** Commits in the present generation; false when the coordinator rejects it. @throws as `commitOffsets` */
  async commit(client: KafkaClient, commits: readonly OffsetCommit[]): Promise<boolean> {
    const { address } = this.#coordinator;
    if (address === undefined || this.#generation < 0) return false;
    const isSaved = await commitOffsets(client, {
      address,
      group: this.group,
      memberId: this.#memberId,
      generation: this.#generation,
      commits,
    });
    // The next heartbeat learns the reason and handles it.
    if (!isSaved) this.#bell.ring();
    return isSaved;
  }

  /** The group's commits, by partition key. @throws as `fetchCommits` */
  committed(
    client: KafkaClient,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, OffsetCommit>> {
    return fetchCommits(client, { coordinator: this.#coordinator, group: this.group, partitions, signal });
  }

  /** Leaves the group permanently, so that the other members need not wait for the session timeout. */
  async leave(client: KafkaClient): Promise<void> {
    this.#stopped = true;
    this.#bell.ring();
    const memberId = this.#memberId;
    const { address } = this.#coordinator;
    if (address === undefined || memberId === "") return;
    // Not over the group's connection, where a JoinGroup may be waiting for other members.
    await client.request(address, "LeaveGroup", { groupId: this.group, memberId });
    this.#generation = -1;
  }

  async #sendHeartbeat(run: MembershipRun): Promise<void> {
    const { listener } = run;
    const sentMs = this.#clock.monotonicMs();
    const outdated = this.#epochs?.outdated(sentMs);
    const { errorCode } = await this.#ask<{ errorCode: number }>(run, "Heartbeat", () => ({
      groupId: this.group,
      groupGenerationId: this.#generation,
      memberId: this.#memberId,
    }));
    if (errorCode !== ErrorCode.none && errorCode !== ErrorCode.rebalanceInProgress) {
      return this.#lose(errorCode, "send a heartbeat");
    }
    this.#confirm(sentMs);
    if (errorCode === ErrorCode.rebalanceInProgress || outdated !== undefined) {
      this.#joinError = outdated ?? new KafkaError(errorCode, `stay in the group "${this.group}"`);
      this.#joinWanted = true;
      if (errorCode === ErrorCode.none) listener.onJoinsInVain(outdated);
    } else {
      this.#pace.progress();
      listener.onMember();
    }
  }

  async #join(run: MembershipRun): Promise<void> {
    if (!this.#joining) {
      // True until a SyncGroup is answered, across sessions too: the other members may have their partitions already.
      this.#joining = true;
      if (this.#generation >= 0) await run.listener.onRejoin();
    }
    if (run.signal.aborted || this.#stopped) return;
    await this.#pace.wait(run.signal);
    if (run.signal.aborted || this.#stopped) return;
    if (this.#pace.isSlow) run.listener.onJoinsInVain(this.#joinError);
    this.#joinWanted = false;
    const joined = await this.#requestJoin(run);
    if (joined === undefined) return;
    const { generationId, memberId, leaderId } = joined;
    if (leaderId === "") await this.#refuseForeignGroup(run, memberId);
    const isLeader = leaderId === memberId;
    const sentMs = this.#clock.monotonicMs();
    let hasAll = false;
    const { errorCode, memberAssignment } = await this.#ask<SyncAnswer>(run, "SyncGroup", async () => {
      const distribution = isLeader ? await this.#distribute(run, joined) : undefined;
      hasAll = distribution?.hasAll === true;
      return { groupId: this.group, generationId, memberId, groupAssignment: distribution?.messages ?? [] };
    });
    if (errorCode === ErrorCode.rebalanceInProgress) {
      this.#joinError = new KafkaError(errorCode, `join the group "${this.group}"`);
      return;
    }
    if (errorCode !== ErrorCode.none) return this.#lose(errorCode, "take part in the rebalance");
    // In a generation that this member missed, its partitions may have gone to another member and back.
    const continuous = this.#generation >= 0 && generationId <= this.#generation + 1;
    this.#generation = generationId;
    this.#isLeader = isLeader;
    this.hasAll = hasAll;
    const assignment = readAssignment(memberAssignment);
    this.#assigned = assignment.partitions;
    this.#epochs?.assign(assignment.epoch?.number ?? 0, sentMs);
    this.#confirm(sentMs);
    this.#joining = assignment.mustJoinAgain;
    run.listener.onAssigned(assignment, continuous);
    this.followTopics();
  }

  /** Undefined when the caller has to try again. */
  async #requestJoin(run: MembershipRun): Promise<JoinAnswer | undefined> {
    const { topics } = this.#topics;
    this.#joinedTopics = topics.join();
    const [owned, generation, metEpoch] = [this.#assigned, this.#generation, this.#epochs?.met];
    const metadata = encodeSubscription({ topics, owned, generation, metEpoch });
    const joined = await this.#ask<JoinAnswer>(run, "JoinGroup", () => ({
      groupId: this.group,
      sessionTimeout: this.#sessionTimeoutMs,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      memberId: this.#memberId,
      protocolType: "consumer",
      groupProtocols: [{ name: this.#epochs?.protocol ?? GROUP_PROTOCOL, metadata }],
    }));
    const { errorCode, memberId } = joined;
    const action = `join the group "${this.group}"`;
    if (errorCode === ErrorCode.none || errorCode === ErrorCode.memberIdRequired) this.#memberId = memberId;
    else this.#lose(errorCode, action);
    if (errorCode === ErrorCode.memberIdRequired) this.#joinError = new KafkaError(errorCode, action);
    return errorCode === ErrorCode.none ? joined : undefined;
  }

  /** Asks the coordinator over the group's own connection. */
  async #ask<T extends { readonly errorCode: number }>(
    { client, signal }: MembershipRun,
    api: "Heartbeat" | "JoinGroup" | "SyncGroup",
    makeArgs: () => object | Promise<object>,
  ): Promise<T> {
    const use = "group";
    const options = api === "Heartbeat" ? { use } as const : { use, timeoutMs: JOIN_TIMEOUT_MS } as const;
    return await this.#coordinator.ask<T>(
      client,
      signal,
      async (address) => await client.request<T>(address, api, await makeArgs(), options),
    );
  }

  async #distribute({ client, signal }: MembershipRun, joined: JoinAnswer): Promise<Distribution> {
    const { topics, partitions } = this.#topics;
    this.#distributedPartitions = listKeys(partitions);
    return await distribute(client, {
      joined,
      topics,
      partitions,
      committed: (partitions) => this.committed(client, partitions, signal),
      metEpoch: this.#epochs?.met,
    });
  }

  /** In a group of Kafka 4's protocol the coordinator assigns partitions, and shares them with another program. */
  async #refuseForeignGroup({ client }: MembershipRun, memberId: string): Promise<never> {
    const { address } = this.#coordinator;
    this.#memberId = "";
    this.#generation = -1;
    if (address !== undefined) {
      await client.request(address, "LeaveGroup", { groupId: this.group, memberId });
    }
    throw new KafkaError(ErrorCode.inconsistentGroupProtocol, `join the group "${this.group}"`);
  }

  #confirm(sentMs: number): void {
    this.#confirmedMs = sentMs;
    this.#isConfirmed = true;
  }

  /** Its partitions may belong to another member by now. @throws any other error, which ends the session */
  #lose(errorCode: number, action: string): void {
    const error = new KafkaError(errorCode, action);
    if (!isMembershipLost(errorCode)) throw error;
    this.#joinError = error;
    this.#generation = -1;
    if (errorCode !== ErrorCode.illegalGeneration) this.#memberId = "";
  }
}

function listKeys(partitions: readonly TopicPartition[]): string {
  return partitions.map(partitionKey).sort().join();
}
