// The partitions that the group has assigned to this member: it looks up where they start, makes their queues, and saves
// their progress. During the lookup there is no assignment; the pipeline may go on draining the former queues.

import type { GroupAssignment } from "../../kafka/group/group_protocol.ts";
import type { Membership } from "../../kafka/group/membership.ts";
import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { isSameSet, partitionKey, type TopicPartition } from "../../kafka/topic_partition.ts";
import type { Log } from "../../log/log.ts";
import { type EarlierReading, PartitionQueue } from "../../records/partition_queue.ts";
import type { Assignment, Progress, Replay } from "../source.ts";
import { formatCommitMetadata } from "./commit_metadata.ts";
import type { GroupLog } from "./group_log.ts";
import { type PartitionCommit, SentCommits } from "./sent_commits.ts";
import { type FoundStart, type FoundStarts, StartLookup, type StartLookupOptions } from "./start_lookup.ts";
import { splitAssignment } from "./state_checks.ts";

/** Partitions that a log line names. */
const MAX_NAMED_PARTITIONS = 3;
/** The pause between two checks for partitions. */
const TOPICS_MS = 500;
/** How long a rebalance waits for the last save. */
const LAST_SAVE_MS = 1_500;

export interface AssignedPartitionsOptions extends StartLookupOptions {
  readonly membership: Pick<Membership, "committed" | "commit" | "hasAll">;
  readonly log: Pick<Log, "info" | "warn">;
}

export class AssignedPartitions {
  readonly #options: AssignedPartitionsOptions;
  readonly #lookup: StartLookup;
  #assigned: GroupAssignment | undefined;
  #assignment: Assignment | undefined;
  /** Records to replay when the assignment was made. */
  #replayTotal = 0;
  /** The partitions of the assignment that may still have some. */
  #replaying: readonly PartitionQueue[] = [];
  #queues: readonly PartitionQueue[] = [];
  /** By partition key: this process has taken all records below; also for partitions that it has lost. */
  readonly #takenUntil = new Map<string, number>();
  #closedUntilMs = -Infinity;
  #firstEndMs: number | undefined;
  /**
   * End of the newest window that a member with all partitions has closed and committed. Each commit passes it on, so
   * the group must have taken the commit that says it first.
   */
  #wholeUntilMs = -Infinity;
  /** The commits of the last save, sent or not. */
  #lastCommits: readonly PartitionCommit[] = [];
  readonly #sent = new SentCommits();
  /** The next save goes to other members. */
  #isHandover = false;
  /** Aborted by the save for which a rebalance waits; undefined while none does. */
  #handover: AbortController | undefined;

  constructor(options: AssignedPartitionsOptions) {
    this.#options = options;
    this.#lookup = new StartLookup(options);
  }

  /** Undefined while nothing is assigned, or the start offsets are not known yet. */
  get assignment(): Assignment | undefined {
    return this.#assignment;
  }

  /** The group has assigned something, possibly no partition at all. */
  get hasAssignment(): boolean {
    return this.#assigned !== undefined;
  }

  /** Whether the metadata lacks an assigned partition of a topic that it has. */
  get isBeyondMetadata(): boolean {
    const { topics } = this.#options;
    const known = new Set(topics.partitions.map(partitionKey));
    const found = new Set(topics.partitions.map(({ topic }) => topic));
    const assigned = this.#assigned?.partitions ?? [];
    return assigned.some((one) => found.has(one.topic) && !known.has(partitionKey(one)));
  }

  /** Undefined once all records have been replayed. */
  get replay(): Replay | undefined {
    const left = this.#replayLeft();
    return left > 0 ? { left, total: Math.max(left, this.#replayTotal) } : undefined;
  }

  /**
   * The same partitions without interruption leave the assignment as it is; otherwise there is none until `start`. Where
   * counts are reported there is never one: a new epoch begins with what the log has.
   */
  take(assigned: GroupAssignment, continuous: boolean): void {
    const partitions = this.#refuseImpossible(assigned.partitions);
    const isSame = continuous && this.#options.groupLog === undefined &&
      isSameSet(this.#assigned?.partitions ?? [], partitions);
    this.#assigned = { ...assigned, partitions };
    if (!isSame) this.drop();
  }

  /** There is no assignment until the next `start`. */
  drop(): void {
    this.#sent.forget();
    this.#assignment = undefined;
    this.#replaying = [];
  }

  /** Where the partitions start; undefined if the caller has to try again. @throws KafkaError, BrokerConnectionError */
  async start(client: KafkaClient, signal: AbortSignal): Promise<readonly FoundStart[] | undefined> {
    if (this.#assigned === undefined || !await this.#markEpoch(this.#assigned, signal)) return undefined;
    const begun = { closedUntilMs: this.#closedUntilMs, firstEndMs: this.#firstEndMs };
    const starts = await this.#lookup.find(client, { assigned: this.#assigned, begun, signal });
    if (signal.aborted) return undefined;
    this.#wholeUntilMs = Math.max(this.#wholeUntilMs, starts.wholeUntilMs);
    // The commit comes before the first read. With `latest`, a process that looked up the start again after a crash or a
    // rebalance would start later, and the records in between would be in no window.
    const isSaved = await this.#commit(client, this.#initialProgress(starts));
    if (!isSaved || signal.aborted) return undefined;

    // Made again: the pipeline may have drained the former queues until now.
    this.#assignment = this.#makeAssignment(starts);
    this.#queues = this.#assignment.partitions;
    this.#replaying = this.#queues;
    this.#replayTotal = this.#replayLeft();
    this.#closedUntilMs = starts.closedUntilMs;
    // Without partitions nothing has started. With `latest`, a partition that comes later starts at its end then.
    if (starts.partitions.length > 0) this.#firstEndMs = starts.firstEndMs;
    this.#logRestore(starts);
    return starts.partitions;
  }

  /** Reads the pane log to its end, from where the commits of all partitions say. @throws as `start` */
  async catchUp(client: KafkaClient, groupLog: GroupLog, signal: AbortSignal): Promise<void> {
    const { topics, clock } = this.#options;
    await groupLog.catchUp(async () => {
      while (topics.partitions.length === 0 && !signal.aborted) await clock.sleep(TOPICS_MS, signal);
      const commits = await this.#lookup.commits(client, topics.partitions, signal);
      return [...commits.values()].map(({ metadata }) => metadata).filter((one) => one !== undefined);
    }, signal);
  }

  /** False for progress of a former assignment, and when the group rejects the commit. @throws as `start` */
  async save(client: KafkaClient, progress: Progress): Promise<boolean> {
    try {
      if (progress.assignment !== this.#assignment) return false;
      this.#closedUntilMs = Math.max(this.#closedUntilMs, progress.closedUntilMs);
      return await this.#commit(client, progress);
    } finally {
      // A save that was under way before does not name what has been reported for the handover.
      if (progress.isHandover) this.#handover?.abort();
    }
  }

  /** Whether a rebalance waits for a save. */
  get isHandingOver(): boolean {
    return this.#handover !== undefined;
  }

  /** Waits for the next `save` of a handover, or for a while. */
  async waitForSave(signal: AbortSignal): Promise<void> {
    if (this.#assignment === undefined) return;
    const saved = this.#handover = new AbortController();
    this.#isHandover = true;
    await this.#options.clock.sleep(LAST_SAVE_MS, AbortSignal.any([saved.signal, signal]));
    this.#handover = undefined;
  }

  async #commit(client: KafkaClient, progress: Progress): Promise<boolean> {
    const { membership, groupLog, window: { lengthMs, slideMs }, clock } = this.#options;
    const { assignment, closedUntilMs, firstEndMs, reported, partitions } = progress;
    const queues = new Map(assignment.partitions.map((queue) => [partitionKey(queue), queue]));
    // With a pane log, each commit also says from where on that log is needed.
    const isWhole = groupLog === undefined && membership.hasAll;
    const wholeUntilMs = isWhole ? Math.max(this.#wholeUntilMs, closedUntilMs) : this.#wholeUntilMs;
    const window = { closedUntilMs, firstEndMs, lengthMs, slideMs, wholeUntilMs };
    const commits = partitions.map((one): PartitionCommit => {
      const { topic, partition, position, replayFrom, openFrom = position, notes } = one;
      const queue = queues.get(partitionKey(one));
      const cutMs = Math.max(reported?.cutMs ?? -Infinity, queue?.reported?.cutMs ?? -Infinity);
      const metadata = {
        ...window,
        replayFrom,
        reported: reported && { ...reported, openFrom, cutMs },
        notes,
      };
      return {
        topic,
        partition,
        replayFrom,
        // Records that an earlier process counted stay counted, however few of them have been replayed.
        offset: Math.max(position, queue?.replayUntil ?? 0),
        metadata: formatCommitMetadata(metadata),
      };
    });
    const nowMs = clock.monotonicMs();
    const due = this.#isHandover ? commits : this.#sent.due(commits, { nowMs, isWhole });
    if (!await membership.commit(client, due)) return false;
    this.#sent.note(due, nowMs);
    this.#wholeUntilMs = Math.max(this.#wholeUntilMs, wholeUntilMs);
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

  /** Looks only at the partitions that had records to replay when it was last called. */
  #replayLeft(): number {
    let left = 0;
    this.#replaying = this.#replaying.filter(({ replayUntil, highWatermark, position }) => {
      const until = highWatermark < 0 ? replayUntil : Math.min(replayUntil, highWatermark);
      left += Math.max(0, until - position);
      return position < replayUntil;
    });
    return left;
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

  #makeAssignment(starts: FoundStarts): Assignment {
    const former = new Map(this.#queues.map((queue) => [partitionKey(queue), queue]));
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
      const earlier = start.isRemade ? undefined : ownNotes(former.get(partitionKey(start)), start);
      const reported = starts.reported.get(partitionKey(start));
      return new PartitionQueue({ topic, partition, startOffset, replayUntil, earlier, reported });
    });
    const { closedUntilMs, firstEndMs, restore, clusterId } = starts;
    const epoch = this.#assigned?.epoch;
    return { partitions, closedUntilMs, firstEndMs, restore, clusterId, epoch };
  }

  /** False where the pane log does not take the marker of this epoch: another rebalance is coming. */
  async #markEpoch({ epoch, partitions }: GroupAssignment, signal: AbortSignal): Promise<boolean> {
    const { groupLog } = this.#options;
    if (groupLog === undefined) return true;
    return epoch !== undefined && await groupLog.mark({ epoch, partitions }, signal);
  }

  /** Before the first read. `replayFrom` includes deleted records, so that a restart reports the loss again. */
  #initialProgress(starts: FoundStarts): Progress {
    const assignment = this.#makeAssignment(starts);
    const { closedUntilMs, firstEndMs } = assignment;
    const partitions = assignment.partitions.map(
      ({ topic, partition, position, earlier, reported }, index) => {
        const { skippedOffsets, replayFrom = position - skippedOffsets } = starts.partitions[index];
        const neededFrom = Math.min(replayFrom, reported?.replayFrom ?? replayFrom);
        return { topic, partition, position, replayFrom: neededFrom, notes: earlier };
      },
    );
    const { groupLog } = this.#options;
    return { closedUntilMs, firstEndMs, ...groupLog?.progress(), assignment, partitions };
  }

  #logRestore({ restore, notRestored }: FoundStarts): void {
    const { log, clock } = this.#options;
    if (notRestored !== undefined) log.info(`the snapshot is not used: ${notRestored}`);
    if (restore === undefined) return;
    const ageMs = Math.max(0, clock.nowMs() - restore.takenAtMs);
    log.info("counting continues from the snapshot", { age_seconds: Math.round(ageMs / 1000) });
  }
}

/** The notes of the commit; where this process has taken more than it has committed, its own: it decides as it did then. */
function ownNotes(
  former: PartitionQueue | undefined,
  { earlier, replayUntil, logEnd }: FoundStart,
): EarlierReading | undefined {
  if (former === undefined || former.notedUntil <= replayUntil || former.notedUntil > logEnd) return earlier;
  const { notedUntil: offset, watermarkMs, future } = former;
  return { offset, watermarkMs, future: future.after(replayUntil, earlier?.future ?? []) };
}
