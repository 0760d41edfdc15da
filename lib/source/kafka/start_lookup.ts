// StartLookup finds where newly assigned partitions start: it asks the cluster for commits, logs and timestamps, and the
// pane log for what has been reported. resume_plan.ts decides by them.

import type { Clock } from "../../async/clock.ts";
import type { GroupAssignment } from "../../kafka/group/group_protocol.ts";
import type { Membership } from "../../kafka/group/membership.ts";
import type { KafkaClient } from "../../kafka/kafka_client.ts";
import { lookUpLogs } from "../../kafka/log_bounds.ts";
import { distinctPartitions, partitionKey, type TopicPartition } from "../../kafka/topic_partition.ts";
import type { Log } from "../../log/log.ts";
import type { ReportedRecords } from "../../records/partition_queue.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { type CommitMetadata, parseCommitMetadata } from "./commit_metadata.ts";
import type { GroupLog, LogMark } from "./group_log.ts";
import { planResume, type ResumePlan } from "./resume_plan.ts";
import type { PartitionFacts, PartitionStart, StartMode, WindowSettings } from "./start_plan.ts";
import { whyImpossibleCommit } from "./state_checks.ts";
import type { TopicWatch } from "./topic_watch.ts";

/** Partitions that a log line names. */
const MAX_NAMED_PARTITIONS = 3;

export interface SnapshotSource {
  /** The last snapshot; undefined where there is none, or an unusable one. */
  load(): Promise<Snapshot | undefined>;
}

export interface StartLookupOptions {
  readonly membership: Pick<Membership, "committed">;
  readonly topics: TopicWatch;
  readonly start: StartMode;
  readonly window: WindowSettings;
  readonly snapshots: SnapshotSource | undefined;
  /** Undefined where counts are not reported. */
  readonly groupLog: GroupLog | undefined;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
}

export interface FoundStart extends Omit<PartitionStart, "start"> {
  readonly startOffset: number;
}

export interface FoundStarts extends Omit<ResumePlan, "partitions"> {
  readonly partitions: readonly FoundStart[];
  /** By partition key: the records that the pane log has. */
  readonly reported: ReadonlyMap<string, ReportedRecords>;
  /** End of the newest window that a member with all partitions has closed; -Infinity for none. */
  readonly wholeUntilMs: number;
  readonly clusterId: string | undefined;
}

/** The windows of this process. */
interface BegunWindows {
  readonly closedUntilMs: number;
  readonly firstEndMs: number | undefined;
}

type FoundCommit = NonNullable<PartitionFacts["commit"]>;

export class StartLookup {
  readonly #options: StartLookupOptions;

  constructor(options: StartLookupOptions) {
    this.#options = options;
  }

  /** @throws KafkaError, also where a partition has no leader now; BrokerConnectionError */
  async find(client: KafkaClient, { assigned: { partitions, begunTopics }, begun, signal }: {
    readonly assigned: GroupAssignment;
    readonly begun: BegunWindows;
    readonly signal: AbortSignal;
  }): Promise<FoundStarts> {
    const { topics, start, window, snapshots, groupLog, clock } = this.#options;
    const commits = await this.commits(
      client,
      distinctPartitions([...partitions, ...topics.partitions]),
      signal,
    );
    // The ends come before any lookup by time, so that a record appended in between is not skipped by either.
    const { starts, ends } = await lookUpLogs(client, partitions);
    const { clusterId } = client;
    const snapshot = await snapshots?.load();
    const marks = new Map<string, LogMark>();
    const facts = partitions.map(({ topic, partition }): PartitionFacts => {
      const key = partitionKey({ topic, partition });
      const logEnd = ends.get(key) ?? 0;
      const mark = groupLog?.markOf({ topic, partition });
      // A mark beyond the end of the log is of another log.
      if (mark !== undefined && mark.offset <= logEnd) marks.set(key, mark);
      const commit = commits.get(key);
      return {
        topic,
        partition,
        logStart: starts.get(key) ?? 0,
        logEnd,
        commit: commit && afterReports(commit, marks.get(key)),
        isNewTopic: begunTopics.includes(topic) || topics.isNewTopic(topic),
      };
    });
    this.#warnOfPlaced(facts);
    const wholeUntilMs = newestWholeEnd(commits, ends);
    const plan = planResume({
      mode: start,
      lengthMs: window.lengthMs,
      slideMs: window.slideMs,
      time: window.time,
      ...begun,
      closedUntilMs: Math.max(begun.closedUntilMs, wholeUntilMs),
      clusterId,
      snapshot,
      nowMs: clock.nowMs(),
      partitions: facts,
    });
    const { closedUntilMs, firstEndMs, restore, notRestored } = plan;
    const found = await lookUpTimestamps(client, plan.partitions);
    const reported = new Map<string, ReportedRecords>();
    for (const { startOffset, isRemade, ...partition } of found) {
      const key = partitionKey(partition);
      const mark = marks.get(key);
      if (mark === undefined || isRemade) continue;
      reported.set(key, { ...mark, replayFrom: commits.get(key)?.metadata?.replayFrom ?? startOffset });
    }
    return {
      closedUntilMs,
      firstEndMs,
      restore,
      notRestored,
      partitions: found,
      reported,
      wholeUntilMs,
      clusterId,
    };
  }

  /** The commits of the partitions, by key. @throws as `find` */
  async commits(
    client: KafkaClient,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, FoundCommit>> {
    const commits = await this.#options.membership.committed(client, partitions, signal);
    return new Map([...commits].map(([key, commit]) => {
      return [key, { offset: commit.offset, metadata: this.#readMetadata(key, commit) }];
    }));
  }

  /** Nothing says which records before such an offset the open windows need. */
  #warnOfPlaced(facts: readonly PartitionFacts[]): void {
    // Where a record counts at its arrival, no window reaches back before them.
    if (this.#options.window.time === "processing") return;
    const placed = facts.filter(({ commit, logStart, logEnd }) =>
      commit !== undefined && commit.metadata === undefined && commit.offset > logStart &&
      commit.offset <= logEnd
    );
    if (placed.length === 0) return;
    this.#options.log.warn(
      "counting begins at offsets that another program has committed: the first windows lack the records before " +
        "them; to count these too, delete the group's offsets while rtcount is stopped, then source.kafka.start decides",
      { partitions: placed.slice(0, MAX_NAMED_PARTITIONS).map(partitionKey), placed: placed.length },
    );
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
}

/** It holds also for partitions whose own commits are older. A commit beyond the end of its log is of another log. */
function newestWholeEnd(
  commits: ReadonlyMap<string, FoundCommit>,
  ends: ReadonlyMap<string, number>,
): number {
  let newestMs = -Infinity;
  for (const [key, { offset, metadata }] of commits) {
    const isLive = offset <= (ends.get(key) ?? Infinity);
    if (isLive) newestMs = Math.max(newestMs, metadata?.wholeUntilMs ?? -Infinity);
  }
  return newestMs;
}

/** The commit for a reader that knows the mark. If the log has all that the commit claims, only the rest is read. */
function afterReports(commit: FoundCommit, mark: LogMark | undefined): FoundCommit {
  const { offset, metadata } = commit;
  if (mark === undefined || metadata?.reported === undefined) return commit;
  const { openFrom, cutMs } = metadata.reported;
  return mark.cutMs < cutMs ? commit : { offset, metadata: { ...metadata, replayFrom: openFrom } };
}

async function lookUpTimestamps(
  client: KafkaClient,
  partitions: readonly PartitionStart[],
): Promise<readonly FoundStart[]> {
  const found = await client.listOffsets(
    partitions.flatMap(({ topic, partition, start }) =>
      start.kind === "timestamp" ? [{ topic, partition, timestampMs: start.timestampMs }] : []
    ),
  );
  return partitions.map(({ start, ...one }): FoundStart => {
    if (start.kind === "offset") return { ...one, startOffset: start.offset };
    const offset = found.get(partitionKey(one)) ?? -1;
    return { ...one, startOffset: offset < 0 ? start.atMost : Math.min(offset, start.atMost) };
  });
}
