// The partitions that the group has assigned to this member: it looks up where they start, makes their queues, and saves
// their progress. During the lookup there is no assignment; the pipeline may go on draining the former queues.

import type { Clock } from "../../async/clock.ts";
import type { GroupAssignment } from "../../kafka/group/group_protocol.ts";
import type { Membership } from "../../kafka/group/membership.ts";
import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { lookUpLogs } from "../../kafka/log_bounds.ts";
import { isSameSet, partitionKey, type TopicPartition } from "../../kafka/topic_partition.ts";
import type { Log } from "../../log/log.ts";
import { PartitionQueue } from "../../records/partition_queue.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import type { Assignment, Progress, Replay } from "../source.ts";
import { type CommitMetadata, formatCommitMetadata, parseCommitMetadata } from "./commit_metadata.ts";
import { planResume, type ResumePlan } from "./resume_plan.ts";
import { type PartitionCommit, SentCommits } from "./sent_commits.ts";
import { type FoundStart, lookUpTimestamps } from "./start_lookup.ts";
import type { StartMode, WindowSettings } from "./start_plan.ts";
import { splitAssignment, whyImpossibleCommit } from "./state_checks.ts";
import type { TopicWatch } from "./topic_watch.ts";

/** Partitions that a log line names. */
const MAX_NAMED_PARTITIONS = 3;
/** How long a rebalance waits for the last save. */
const LAST_SAVE_MS = 1_500;

export interface SnapshotSource {
  /** The last snapshot; undefined where there is none, or an unusable one. */
  load(): Promise<Snapshot | undefined>;
}

export interface AssignedPartitionsOptions {
  readonly membership: Membership;
  readonly topics: TopicWatch;
  readonly start: StartMode;
  readonly window: WindowSettings;
  readonly snapshots: SnapshotSource | undefined;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
}

interface FoundStarts extends Omit<ResumePlan, "partitions"> {
  readonly partitions: readonly FoundStart[];
  readonly clusterId: string | undefined;
}

export class AssignedPartitions {
  readonly #options: AssignedPartitionsOptions;
  #assigned: GroupAssignment | undefined;
  #assignment: Assignment | undefined;
  /** Records to replay when the assignment was made. */
  #replayTotal = 0;
  #queues: readonly PartitionQueue[] = [];
  /** By partition key: this process has taken all records below; also for partitions that it has lost. */
  readonly #takenUntil = new Map<string, number>();
  #closedUntilMs = -Infinity;
  #firstEndMs: number | undefined;
  /** The commits of the last save, sent or not. */
  #lastCommits: readonly PartitionCommit[] = [];
  readonly #sent = new SentCommits();
  /** The next save goes to other members. */
  #isHandover = false;
  #saved = new AbortController();

  constructor(options: AssignedPartitionsOptions) {
    this.#options = options;
  }

  /** Undefined while nothing is assigned, or the start offsets are not known yet. */
  get assignment(): Assignment | undefined {
    return this.#assignment;
  }

  /** The group has assigned something, possibly no partition at all. */
  get hasAssignment(): boolean {
    return this.#assigned !== undefined;
  }

  /** Undefined once all records have been replayed. */
  get replay(): Replay | undefined {
    const left = this.#replayLeft();
    return left > 0 ? { left, total: Math.max(left, this.#replayTotal) } : undefined;
  }

  /** The same partitions without interruption leave the assignment as it is; otherwise there is none until `start`. */
  take(assigned: GroupAssignment, continuous: boolean): void {
    const partitions = this.#refuseImpossible(assigned.partitions);
    const isSame = continuous && isSameSet(this.#assigned?.partitions ?? [], partitions);
    this.#assigned = { ...assigned, partitions };
    if (!isSame) this.drop();
  }

  /** There is no assignment until the next `start`. */
  drop(): void {
    this.#sent.forget();
    this.#assignment = undefined;
  }

  /** Where the partitions start; undefined if the caller has to try again. @throws KafkaError, BrokerConnectionError */
  async start(client: KafkaClient, signal: AbortSignal): Promise<readonly FoundStart[] | undefined> {
    if (this.#assigned === undefined) return undefined;
    const starts = await this.#lookUp(client, this.#assigned, signal);
    if (signal.aborted) return undefined;
    // The commit comes before the first read. With `latest`, a process that looked up the start again after a crash or a
    // rebalance would start later, and the records in between would be in no window.
    const isSaved = await this.#commit(client, initialProgress(this.#makeAssignment(starts), starts));
    if (!isSaved || signal.aborted) return undefined;

    // Made again: the pipeline may have drained the former queues until now.
    this.#assignment = this.#makeAssignment(starts);
    this.#queues = this.#assignment.partitions;
    this.#replayTotal = this.#replayLeft();
    this.#closedUntilMs = starts.closedUntilMs;
    // Without partitions nothing has started. With `latest`, a partition that comes later starts at its end then.
    if (starts.partitions.length > 0) this.#firstEndMs = starts.firstEndMs;
    this.#logRestore(starts);
    return starts.partitions;
  }

  /** False for progress of a former assignment, and when the group rejects the commit. @throws as `start` */
  async save(client: KafkaClient, progress: Progress): Promise<boolean> {
    try {
      if (progress.assignment !== this.#assignment) return false;
      this.#closedUntilMs = Math.max(this.#closedUntilMs, progress.closedUntilMs);
      return await this.#commit(client, progress);
    } finally {
      this.#saved.abort();
    }
  }

  /** Waits for the next `save`, or for a while. */
  async waitForSave(signal: AbortSignal): Promise<void> {
    if (this.#assignment === undefined) return;
    this.#saved = new AbortController();
    this.#isHandover = true;
    await this.#options.clock.sleep(LAST_SAVE_MS, AbortSignal.any([this.#saved.signal, signal]));
  }

  async #commit(client: KafkaClient, progress: Progress): Promise<boolean> {
    const { membership, window: { lengthMs, slideMs }, clock } = this.#options;
    const { assignment, closedUntilMs, firstEndMs, partitions } = progress;
    const replayUntil = new Map(
      assignment.partitions.map((queue) => [partitionKey(queue), queue.replayUntil]),
    );
    const commits = partitions.map(({ topic, partition, position, replayFrom, notes }): PartitionCommit => ({
      topic,
      partition,
      replayFrom,
      // Records that an earlier process counted stay counted, however few of them have been replayed.
      offset: Math.max(position, replayUntil.get(partitionKey({ topic, partition })) ?? 0),
      metadata: formatCommitMetadata({ closedUntilMs, firstEndMs, lengthMs, slideMs, replayFrom, notes }),
    }));
    const nowMs = clock.monotonicMs();
    const due = this.#isHandover ? commits : this.#sent.due(commits, nowMs);
    if (!await membership.commit(client, due)) return false;
    this.#sent.note(due, nowMs);
    this.#lastCommits = commits;
    this.#isHandover = false;
    return true;
  }

  /** Sends the commits of the last save that were not due: other members continue from them. @throws as `start` */
  async handOver(client: KafkaClient): Promise<void> {
    if (this.#assignment === undefined) return;
    const unsent = this.#sent.unsent(this.#lastCommits);
    if (await this.#options.membership.commit(client, unsent)) {
      this.#sent.note(unsent, this.#options.clock.monotonicMs());
    }
  }

  /** The size of the last commit, and the keys of partitions with another offset now. @throws as `start` */
  async readBack(
    client: KafkaClient,
    signal: AbortSignal,
  ): Promise<{ readonly partitions: number; readonly differing: readonly string[] }> {
    const commits = this.#lastCommits;
    const found = await this.#options.membership.committed(client, commits, signal);
    const differing = commits.filter((commit) => found.get(partitionKey(commit))?.offset !== commit.offset);
    return { partitions: commits.length, differing: differing.map(partitionKey) };
  }

  #replayLeft(): number {
    return (this.#assignment?.partitions ?? []).reduce((sum, { replayUntil, highWatermark, position }) => {
      const until = highWatermark < 0 ? replayUntil : Math.min(replayUntil, highWatermark);
      return sum + Math.max(0, until - position);
    }, 0);
  }

  async #lookUp(
    client: KafkaClient,
    { partitions, begunTopics }: GroupAssignment,
    signal: AbortSignal,
  ): Promise<FoundStarts> {
    const { membership, topics, start, window, snapshots, clock } = this.#options;
    const commits = await membership.committed(client, partitions, signal);
    // The ends come before any lookup by time, so that a record appended in between is not skipped by either.
    const { starts, ends } = await lookUpLogs(client, partitions);
    const { clusterId } = client;
    const snapshot = await snapshots?.load();
    const plan = planResume({
      mode: start,
      lengthMs: window.lengthMs,
      slideMs: window.slideMs,
      time: window.time,
      closedUntilMs: this.#closedUntilMs,
      firstEndMs: this.#firstEndMs,
      clusterId,
      snapshot,
      nowMs: clock.nowMs(),
      partitions: partitions.map(({ topic, partition }) => {
        const key = partitionKey({ topic, partition });
        const commit = commits.get(key);
        return {
          topic,
          partition,
          logStart: starts.get(key) ?? 0,
          logEnd: ends.get(key) ?? 0,
          commit: commit && { offset: commit.offset, metadata: this.#readMetadata(key, commit) },
          isNewTopic: begunTopics.includes(topic) || topics.isNewTopic(topic),
        };
      }),
    });
    const { closedUntilMs, firstEndMs, restore, notRestored } = plan;
    const found = await lookUpTimestamps(client, plan.partitions);
    return { closedUntilMs, firstEndMs, restore, notRestored, partitions: found, clusterId };
  }

  /** The leader of the group is any program that has joined it. */
  #refuseImpossible(assigned: readonly TopicPartition[]): readonly TopicPartition[] {
    const { topics, log } = this.#options;
    const { possible, refused } = splitAssignment(assigned, topics.topics);
    if (refused.length > 0) {
      const examples = refused.slice(0, MAX_NAMED_PARTITIONS).map(partitionKey);
      log.warn(
        "the leader of the group has assigned partitions that cannot be: they are not read; check which programs " +
          "are members of the group",
        { partitions: examples, refused: refused.length },
      );
    }
    return possible;
  }

  /** Undefined for metadata of another program, and for some that cannot be right. */
  #readMetadata(
    key: string,
    { offset, metadata: text }: { readonly offset: number; readonly metadata: string },
  ): CommitMetadata | undefined {
    const { clock, log } = this.#options;
    const metadata = parseCommitMetadata(text);
    const reason = metadata && whyImpossibleCommit(metadata, { offset, nowMs: clock.nowMs() });
    if (reason === undefined) return metadata;
    log.warn(
      `a commit cannot be right: ${reason}; counting begins at its offset, as with a commit of another program: ` +
        "check which programs may commit for the group, and the clocks of its members",
      { partition: key, offset },
    );
    return undefined;
  }

  #makeAssignment(starts: FoundStarts): Assignment {
    const former = new Map(this.#queues.map((queue) => [partitionKey(queue), queue.future]));
    for (const queue of this.#queues) {
      const key = partitionKey(queue);
      const takenUntil = Math.max(queue.position, queue.replayUntil);
      this.#takenUntil.set(key, Math.max(takenUntil, this.#takenUntil.get(key) ?? 0));
    }
    const partitions = starts.partitions.map((start) => {
      const { topic, partition, startOffset } = start;
      const takenUntil = this.#takenUntil.get(partitionKey(start)) ?? 0;
      // Records beyond the end of the log belonged to another log.
      const taken = start.isRemade || takenUntil > start.logEnd ? 0 : takenUntil;
      const replayUntil = Math.max(startOffset, start.replayUntil, taken);
      const { earlier } = start;
      const future = former.get(partitionKey(start));
      // This process has taken more than it has committed: what it skipped then, it skips again.
      const noted = future === undefined || taken <= start.replayUntil ? earlier : {
        offset: taken,
        watermarkMs: earlier?.watermarkMs ?? -Infinity,
        future: future.after(start.replayUntil, earlier?.future ?? []),
      };
      return new PartitionQueue({ topic, partition, startOffset, replayUntil, earlier: noted });
    });
    const { closedUntilMs, firstEndMs, restore, clusterId } = starts;
    return { partitions, closedUntilMs, firstEndMs, restore, clusterId };
  }

  #logRestore({ restore, notRestored }: FoundStarts): void {
    const { log, clock } = this.#options;
    if (notRestored !== undefined) log.info(`the snapshot is not used: ${notRestored}`);
    if (restore === undefined) return;
    const ageMs = Math.max(0, clock.nowMs() - restore.takenAtMs);
    log.info("counting continues from the snapshot", { age_seconds: Math.round(ageMs / 1000) });
  }
}

/** Before the first read. `replayFrom` includes deleted records, so that a restart reports the loss again. */
function initialProgress(assignment: Assignment, starts: FoundStarts): Progress {
  const { closedUntilMs, firstEndMs } = assignment;
  const partitions = assignment.partitions.map(({ topic, partition, position, earlier }, index) => {
    const { skippedOffsets, replayFrom = position - skippedOffsets } = starts.partitions[index];
    return { topic, partition, position, replayFrom, notes: earlier };
  });
  return { assignment, closedUntilMs, firstEndMs, partitions };
}
