// What the group has given us, and what becomes of it: where to begin is looked up, queues are made, and their progress
// is kept. While that is being looked up there is no assignment; the former queues may go on being read meanwhile.

import type { Clock } from "../../async/clock.ts";
import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { partitionKey, type TopicPartition } from "../../kafka/topic_partition.ts";
import type { GroupAssignment } from "../../kafka/group/group_protocol.ts";
import type { Membership } from "../../kafka/group/membership.ts";
import type { Log } from "../../log/log.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { PartitionQueue } from "../../records/partition_queue.ts";
import { ProgressCommits } from "./progress_commits.ts";
import type { Assignment, Progress, Replay } from "../source.ts";
import { type FoundStart, type FoundStarts, lookUpStart } from "./start_lookup.ts";
import type { StartMode } from "./start_plan.ts";

export interface HeldPartitionsOptions {
  readonly membership: Membership;
  /** The topic appeared after this process began. */
  readonly isNewTopic: (topic: string) => boolean;
  readonly start: StartMode;
  readonly windowLengthMs: number;
  readonly windowSlideMs: number;
  readonly windowTime: "event" | "processing";
  /** Where the last snapshot comes from, if any are taken. */
  readonly snapshots?: SnapshotSource | undefined;
  readonly clock: Clock;
  readonly log: Pick<Log, "info">;
}

export interface SnapshotSource {
  /** Undefined where there is none that is any good by itself. */
  load(): Promise<Snapshot | undefined>;
}

export class HeldPartitions {
  readonly commits: ProgressCommits;
  readonly #options: HeldPartitionsOptions;
  #held: GroupAssignment | undefined;
  #assignment: Assignment | undefined;
  /** Records to be read again when the assignment was made. */
  #replayTotal = 0;
  /** Those given out last. */
  #queues: readonly PartitionQueue[] = [];
  /** All records below it were taken in this life, by partition key; also of partitions that are no longer held. */
  readonly #takenUntil = new Map<string, number>();
  #closedUntilMs = -Infinity;
  #firstEndMs: number | undefined;

  constructor(options: HeldPartitionsOptions) {
    const { membership, windowLengthMs: lengthMs, windowSlideMs: slideMs } = options;
    this.#options = options;
    this.commits = new ProgressCommits(membership, { lengthMs, slideMs });
  }

  /** Undefined while nothing is held, or where to begin is not known yet. */
  get assignment(): Assignment | undefined {
    return this.#assignment;
  }

  /** The group has given us something, be it no partition at all. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Records to be read again; undefined once they all have been. */
  get replay(): Replay | undefined {
    const left = this.#replayLeft();
    return left > 0 ? { left, total: Math.max(left, this.#replayTotal) } : undefined;
  }

  /**
   * Takes what the group gives. The same partitions as before, held `continuous`ly, leave the assignment as it is;
   * otherwise there is none until `begin`.
   */
  take(held: GroupAssignment, continuous: boolean): void {
    const isSame = continuous && isSameSet(this.#held?.partitions ?? [], held.partitions);
    this.#held = held;
    if (!isSame) this.drop();
  }

  /** There is no assignment until the next `begin`. */
  drop(): void {
    this.#assignment = undefined;
  }

  /**
   * Makes an assignment of what is held; answers where its partitions begin. Undefined when `signal` was aborted
   * meanwhile, or when the group refused to keep where they begin: then it has to be tried again.
   *
   * @throws KafkaError, also where a partition has no leader now; BrokerConnectionError
   */
  async begin(client: KafkaClient, signal: AbortSignal): Promise<readonly FoundStart[] | undefined> {
    const held = this.#held;
    if (held === undefined) return undefined;
    const starts = await this.#lookUp(client, { held, signal });
    if (signal.aborted) return undefined;
    // Before anything is read: where `latest` began is known to nobody as long as it is not committed. Whoever looked it up
    // again, after a crash or a rebalance, would begin later, and the records in between would be in no window.
    const isKept = await this.commits.commit(client, untouched(this.#makeAssignment(starts), starts));
    if (!isKept || signal.aborted) return undefined;

    // Made anew: the former queues may have been read from until now, and what was taken will be read again.
    this.#assignment = this.#makeAssignment(starts);
    this.#queues = this.#assignment.partitions;
    this.#replayTotal = this.#replayLeft();
    this.#closedUntilMs = starts.closedUntilMs;
    // Without a partition nothing has begun: one that comes later, with `latest`, begins at its end of that time.
    if (starts.partitions.length > 0) this.#firstEndMs = starts.firstEndMs;
    this.#logRestore(starts);
    return starts.partitions;
  }

  /** Keeps progress; false for progress of a former assignment, and when the group refuses it. @throws as `begin` */
  async save(client: KafkaClient, progress: Progress): Promise<boolean> {
    if (progress.assignment !== this.#assignment) return false;
    this.#closedUntilMs = Math.max(this.#closedUntilMs, progress.closedUntilMs);
    return await this.commits.commit(client, progress);
  }

  #replayLeft(): number {
    return (this.#assignment?.partitions ?? []).reduce((sum, { replayUntil, highWatermark, position }) => {
      const until = highWatermark < 0 ? replayUntil : Math.min(replayUntil, highWatermark);
      return sum + Math.max(0, until - position);
    }, 0);
  }

  async #lookUp(
    client: KafkaClient,
    { held: { partitions, begunTopics }, signal }: { held: GroupAssignment; signal: AbortSignal },
  ): Promise<FoundStarts> {
    const { membership, isNewTopic, start, windowLengthMs, windowSlideMs, windowTime } = this.#options;
    return await lookUpStart({
      client,
      partitions,
      commits: await membership.committed(client, partitions, signal),
      isNewcomer: (topic) => begunTopics.includes(topic) || isNewTopic(topic),
      mode: start,
      lengthMs: windowLengthMs,
      slideMs: windowSlideMs,
      time: windowTime,
      loadSnapshot: async () => await this.#options.snapshots?.load(),
      clock: this.#options.clock,
      closedUntilMs: this.#closedUntilMs,
      firstEndMs: this.#firstEndMs,
    });
  }

  #makeAssignment({ partitions, ...starts }: FoundStarts): Assignment {
    for (const queue of this.#queues) {
      const key = partitionKey(queue);
      const takenUntil = Math.max(queue.position, queue.replayUntil);
      this.#takenUntil.set(key, Math.max(takenUntil, this.#takenUntil.get(key) ?? 0));
    }
    const queues = partitions.map(({ topic, partition, startOffset, isRemade, ...start }) => {
      const takenUntil = this.#takenUntil.get(partitionKey({ topic, partition })) ?? 0;
      // What was taken beyond the end of the log was of another log than this one.
      const taken = isRemade || takenUntil > start.logEnd ? 0 : takenUntil;
      const replayUntil = Math.max(startOffset, start.replayUntil, taken);
      return new PartitionQueue({ topic, partition, startOffset, replayUntil });
    });
    const { closedUntilMs, firstEndMs, restore, clusterId } = starts;
    return { partitions: queues, closedUntilMs, firstEndMs, restore, clusterId };
  }

  #logRestore({ restore, notRestored }: FoundStarts): void {
    const { log, clock } = this.#options;
    if (notRestored !== undefined) log.info(`the snapshot is not used: ${notRestored}`);
    if (restore === undefined) return;
    const ageMs = Math.max(0, clock.nowMs() - restore.takenAtMs);
    log.info("counting goes on from the snapshot", { age_seconds: Math.round(ageMs / 1000) });
  }
}

/**
 * The progress of an assignment of which nothing has been read yet. What should have been read and is gone stays wanted:
 * a life that ends before it has told of the loss leaves that to the next one.
 */
function untouched(assignment: Assignment, starts: FoundStarts): Progress {
  const partitions = assignment.partitions.map(({ topic, partition, position }, index) => {
    const { skippedOffsets, replayFrom = position - skippedOffsets } = starts.partitions[index];
    return { topic, partition, position, replayFrom };
  });
  return { ...assignment, assignment, partitions };
}

function isSameSet(a: readonly TopicPartition[], b: readonly TopicPartition[]): boolean {
  const keys = new Set(a.map(partitionKey));
  return a.length === b.length && b.every((one) => keys.has(partitionKey(one)));
}
