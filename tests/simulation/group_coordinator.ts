// Kafka's side of a consumer group: members, generations, rebalances, and commits that only the present generation may
// make. It follows the broker (GroupCoordinator.scala) as far as clients can see.

import { Buffer } from "node:buffer";
import { ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import type { Timeline } from "./timeline.ts";

/** The answer, now or later. */
export type Answer = (response: unknown) => void;

export interface StoredCommit {
  readonly offset: number;
  readonly metadata: string;
}

interface GroupMember {
  readonly memberId: string;
  readonly sessionTimeoutMs: number;
  heardMs: number;
  metadata: Buffer;
  join: Answer | undefined;
  sync: Answer | undefined;
}

interface JoinRequest {
  readonly memberId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly groupProtocols: readonly { readonly metadata: Buffer }[];
}

interface SyncRequest {
  readonly memberId: string;
  readonly generationId: number;
  readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
}

interface CommitRequest {
  readonly memberId: string;
  readonly groupGenerationId: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; offset: number; metadata: string }[];
  }[];
}

interface OffsetFetchRequest {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number }[];
  }[];
}

const NOTHING = Buffer.alloc(0);
const NO_COMMIT: StoredCommit = { offset: -1, metadata: "" };
const REBALANCE_TIMEOUT_MS = 30_000;

export class GroupCoordinator {
  /** By `topic/partition`. */
  readonly commits = new Map<string, StoredCommit>();
  /** The highest offset that was ever committed, by `topic/partition`. */
  readonly highestCommits = new Map<string, number>();
  /** End of the newest window that a member has committed, by member id. */
  readonly newestWindows = new Map<string, number>();
  readonly #timeline: Timeline;
  readonly #members = new Map<string, GroupMember>();
  #phase: "stable" | "joining" | "syncing" = "stable";
  #generation = 0;
  #leaderId = "";
  #assignments: ReadonlyMap<string, Buffer> = new Map();
  /** Ids given to future members. */
  readonly #named = new Set<string>();
  #namesGiven = 0;
  #refusal = { errorCode: 0, untilMs: -Infinity };

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get isStable(): boolean {
    return this.#phase === "stable";
  }

  /** Whether the present generation has the member. */
  holds({ memberId, generation }: { readonly memberId: string; readonly generation: number }): boolean {
    return this.#members.has(memberId) && generation === this.#generation;
  }

  serve(api: string, args: object, answer: Answer): void {
    switch (api) {
      case "JoinGroup":
        return this.#join(args as JoinRequest, answer);
      case "SyncGroup":
        return this.#sync(args as SyncRequest, answer);
      case "Heartbeat":
        return answer({ errorCode: this.#beat(args as { memberId: string; groupGenerationId: number }) });
      case "LeaveGroup":
        this.#remove((args as { memberId: string }).memberId);
        return answer({ errorCode: ErrorCode.none });
      case "OffsetCommit":
        return answer(this.#commit(args as CommitRequest));
      case "OffsetFetch":
        return answer(this.#fetchOffsets(args as OffsetFetchRequest));
      default:
        throw new RangeError(`a coordinator does not serve ${api}`);
    }
  }

  /** Refuses commits for this long. */
  refuseCommits(errorCode: number, forMs: number): void {
    this.#refusal = { errorCode, untilMs: this.#timeline.nowMs + forMs };
  }

  /** Makes all members join again, although nothing has changed. */
  shake(): void {
    if (this.#members.size > 0) this.#beginJoining(REBALANCE_TIMEOUT_MS);
  }

  #join({ memberId, sessionTimeout, rebalanceTimeout, groupProtocols }: JoinRequest, answer: Answer): void {
    if (memberId === "") {
      return answer({ errorCode: ErrorCode.memberIdRequired, memberId: this.#giveName(sessionTimeout) });
    }
    const member = this.#members.get(memberId) ?? this.#admit(memberId, sessionTimeout);
    if (member === undefined) return answer({ errorCode: ErrorCode.unknownMemberId });
    this.#hear(member);
    member.metadata = groupProtocols[0].metadata;
    member.join = answer;
    member.sync = undefined;
    if (this.#phase !== "joining") this.#beginJoining(rebalanceTimeout);
    this.#joinIfComplete();
  }

  /** An id for a future member, which must join with it within the session timeout. */
  #giveName(sessionTimeoutMs: number): string {
    const memberId = `member-${++this.#namesGiven}`;
    this.#named.add(memberId);
    this.#timeline.at(this.#timeline.nowMs + sessionTimeoutMs, undefined, () => this.#named.delete(memberId));
    return memberId;
  }

  #admit(memberId: string, sessionTimeoutMs: number): GroupMember | undefined {
    if (!this.#named.delete(memberId)) return undefined;
    const heardMs = this.#timeline.nowMs;
    const metadata = NOTHING;
    const member = { memberId, sessionTimeoutMs, heardMs, metadata, join: undefined, sync: undefined };
    this.#members.set(memberId, member);
    this.#watch(member);
    return member;
  }

  #beginJoining(rebalanceTimeoutMs: number): void {
    this.#phase = "joining";
    for (const member of this.#members.values()) {
      member.sync?.({ errorCode: ErrorCode.rebalanceInProgress });
      member.sync = undefined;
    }
    const generation = this.#generation;
    this.#timeline.at(this.#timeline.nowMs + rebalanceTimeoutMs, undefined, () => {
      if (this.#phase !== "joining" || this.#generation !== generation) return;
      for (const { memberId, join } of [...this.#members.values()]) {
        if (join === undefined) this.#members.delete(memberId);
      }
      this.#joinIfComplete();
    });
  }

  #joinIfComplete(): void {
    const members = [...this.#members.values()];
    if (this.#phase !== "joining" || members.some(({ join }) => join === undefined)) return;
    this.#generation++;
    this.#phase = members.length === 0 ? "stable" : "syncing";
    // Kafka takes any member as leader: a dead one leads until its session ends.
    if (!this.#members.has(this.#leaderId)) {
      this.#leaderId = members[(this.#generation + 1) % Math.max(1, members.length)]?.memberId ?? "";
    }
    for (const member of members) {
      const { memberId, join } = member;
      member.join = undefined;
      this.#hear(member);
      join?.({
        errorCode: ErrorCode.none,
        generationId: this.#generation,
        leaderId: this.#leaderId,
        memberId,
        members: memberId === this.#leaderId
          ? members.map((one) => ({ memberId: one.memberId, memberMetadata: one.metadata }))
          : [],
      });
    }
  }

  #sync({ memberId, generationId, groupAssignment }: SyncRequest, answer: Answer): void {
    const member = this.#members.get(memberId);
    if (member === undefined) return answer({ errorCode: ErrorCode.unknownMemberId });
    if (generationId !== this.#generation) return answer({ errorCode: ErrorCode.illegalGeneration });
    if (this.#phase === "joining") return answer({ errorCode: ErrorCode.rebalanceInProgress });
    this.#hear(member);
    member.sync = answer;
    if (this.#phase === "syncing" && memberId === this.#leaderId) {
      this.#phase = "stable";
      this.#assignments = new Map(
        groupAssignment.map(({ memberId, memberAssignment }) => [memberId, memberAssignment]),
      );
    }
    if (this.#phase !== "stable") return;
    for (const one of this.#members.values()) {
      const memberAssignment = this.#assignments.get(one.memberId) ?? NOTHING;
      one.sync?.({ errorCode: ErrorCode.none, memberAssignment });
      one.sync = undefined;
    }
  }

  #beat({ memberId, groupGenerationId }: { memberId: string; groupGenerationId: number }): number {
    const member = this.#members.get(memberId);
    if (member === undefined) return ErrorCode.unknownMemberId;
    if (groupGenerationId !== this.#generation) return ErrorCode.illegalGeneration;
    this.#hear(member);
    return this.#phase === "joining" ? ErrorCode.rebalanceInProgress : ErrorCode.none;
  }

  #commit({ memberId, groupGenerationId, topics }: CommitRequest): object {
    const errorCode = this.#commitError(memberId, groupGenerationId);
    for (const { topic, partitions } of errorCode === ErrorCode.none ? topics : []) {
      for (const { partition, offset, metadata } of partitions) {
        const key = `${topic}/${partition}`;
        this.commits.set(key, { offset, metadata });
        this.highestCommits.set(key, Math.max(offset, this.highestCommits.get(key) ?? 0));
        const { window_end: windowEnd } = JSON.parse(metadata);
        const newestMs = this.newestWindows.get(memberId) ?? -Infinity;
        this.newestWindows.set(memberId, Math.max(newestMs, windowEnd ?? -Infinity));
      }
    }
    return {
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ partition, errorCode })),
      })),
    };
  }

  #commitError(memberId: string, generation: number): number {
    if (this.#timeline.nowMs < this.#refusal.untilMs) return this.#refusal.errorCode;
    const member = this.#members.get(memberId);
    if (member === undefined) return ErrorCode.unknownMemberId;
    if (generation !== this.#generation) return ErrorCode.illegalGeneration;
    if (this.#phase === "syncing") return ErrorCode.rebalanceInProgress;
    this.#hear(member);
    return ErrorCode.none;
  }

  #fetchOffsets({ topics }: OffsetFetchRequest): object {
    return {
      errorCode: ErrorCode.none,
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => {
          const { offset, metadata } = this.commits.get(`${topic}/${partition}`) ?? NO_COMMIT;
          return { partition, offset: String(offset), metadata, errorCode: ErrorCode.none };
        }),
      })),
    };
  }

  #hear(member: GroupMember): void {
    member.heardMs = this.#timeline.nowMs;
  }

  /** Removes a member after the session timeout without a request; waiting for a join counts as a request. */
  #watch(member: GroupMember): void {
    this.#timeline.at(member.heardMs + member.sessionTimeoutMs, undefined, () => {
      if (this.#members.get(member.memberId) !== member) return;
      if (member.join !== undefined) this.#hear(member);
      if (this.#timeline.nowMs >= member.heardMs + member.sessionTimeoutMs) this.#remove(member.memberId);
      else this.#watch(member);
    });
  }

  #remove(memberId: string): void {
    if (!this.#members.delete(memberId)) return;
    if (this.#phase !== "joining") this.#beginJoining(REBALANCE_TIMEOUT_MS);
    this.#joinIfComplete();
  }
}
