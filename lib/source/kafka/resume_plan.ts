// planResume decides whether to restore a snapshot and start where it was taken, or to replay. It restores a snapshot
// that is sound and saves reading. The counts are not separate by partition, so a snapshot is used as a whole or not at
// all. The function is pure.

import { isSameSet } from "../../kafka/topic_partition.ts";
import type { EarlierReading } from "../../records/partition_queue.ts";
import { FutureSkips } from "../../records/future_skips.ts";
import { partitionOf, type Snapshot, type SnapshotPartition } from "../../snapshot/snapshot.ts";
import {
  earlierReading,
  type PartitionFacts,
  type PartitionStart,
  planStart,
  type StartFacts,
  type StartPlan,
} from "./start_plan.ts";
import { whyImpossibleSnapshot } from "./state_checks.ts";

export interface ResumeFacts extends StartFacts {
  /** Whether a record counts at its timestamp, or at its arrival. */
  readonly time: "event" | "processing";
  readonly clusterId: string | undefined;
  /** Undefined where there is none, or an unusable one. */
  readonly snapshot: Snapshot | undefined;
}

export interface ResumePlan extends StartPlan {
  /** The counts of the records before the start of the partitions; undefined for none. */
  readonly restore: Snapshot | undefined;
  readonly notRestored: string | undefined;
}

export function planResume(facts: ResumeFacts): ResumePlan {
  const replay = planStart(facts);
  const { snapshot } = facts;
  if (snapshot === undefined) return { ...replay, restore: undefined, notRestored: undefined };
  const notRestored = whyNotRestored(snapshot, facts, replay);
  if (notRestored !== undefined) return { ...replay, restore: undefined, notRestored };
  // The windows of the snapshot count as closed by this process.
  const { closedUntilMs, firstEndMs } = planStart({
    ...facts,
    closedUntilMs: Math.max(facts.closedUntilMs, snapshot.closedUntilMs),
    firstEndMs: Math.max(facts.firstEndMs ?? -Infinity, snapshot.firstEndMs),
  });
  const neededFromMs = firstEndMs - facts.lengthMs;
  const partitions = facts.partitions.map((one) =>
    resumed(one, { snapshot, neededFromMs, time: facts.time })
  );
  return { closedUntilMs, firstEndMs, partitions, restore: snapshot, notRestored };
}

function whyNotRestored(snapshot: Snapshot, facts: ResumeFacts, replay: StartPlan): string | undefined {
  const impossible = whyImpossibleSnapshot(snapshot, facts);
  if (impossible !== undefined) return `it cannot be right: ${impossible}`;
  if (snapshot.clusterId !== facts.clusterId) return "it belongs to another cluster";
  if (!isSameSet(snapshot.partitions, facts.partitions)) return "it belongs to other partitions";
  for (const one of facts.partitions) {
    const reason = whyNotAt(positionIn(snapshot, one), one);
    if (reason !== undefined) return `${reason} (${one.topic}/${one.partition})`;
  }
  // Where a record counts at its arrival, a replay is impossible.
  if (facts.time === "processing") return undefined;
  let sparedOffsets = 0;
  for (const one of replay.partitions) {
    // The offset of a timestamp is not known here; it lies at most a window back.
    if (one.start.kind === "timestamp") return "it is older than a change of the window";
    sparedOffsets += positionIn(snapshot, one) - one.start.offset;
  }
  return sparedOffsets < 0 ? "the replay is shorter" : undefined;
}

function whyNotAt(position: number, { logStart, logEnd, commit }: PartitionFacts): string | undefined {
  // Kafka deletes the commits of a deleted topic, and a user who deletes or sets them wants counting to start there.
  if (commit === undefined) return "the group has no commit";
  if (commit.metadata === undefined) return "the commit was made by another program";
  if (commit.offset > logEnd) return "the log ends before its commit";
  if (position > logEnd) return "the log ends before it";
  if (position < logStart) return "the log starts after it";
  return undefined;
}

function resumed(
  { topic, partition, logEnd, commit }: PartitionFacts,
  options: {
    readonly snapshot: Snapshot;
    readonly neededFromMs: number;
    readonly time: "event" | "processing";
  },
): PartitionStart {
  const saved = partitionOf(options.snapshot, { topic, partition });
  const { position = 0, firstOffsets = [] } = saved ?? {};
  // Neither the counts nor the notes of a commit say anything of the records below its replay, and no window needs them.
  const unneeded = options.time === "event"
    ? Math.min(commit?.offset ?? 0, commit?.metadata?.replayFrom ?? 0)
    : 0;
  const needed = firstOffsets.filter(([paneStartMs]) => paneStartMs >= options.neededFromMs);
  return {
    topic,
    partition,
    start: { kind: "offset", offset: Math.max(position, unneeded) },
    replayUntil: commit?.offset ?? 0,
    // A process that finds no snapshot has to start there.
    replayFrom: options.time === "event"
      ? Math.min(position, ...needed.map(([, offset]) => offset))
      : position,
    skippedOffsets: 0,
    isRemade: false,
    logEnd,
    earlier: saved && knownReading(commit, saved),
  };
}

/**
 * The notes of the commit and of the snapshot together. The commit has none on the records below its replay, and the older
 * one of the two has none on later records.
 */
function knownReading(
  commit: PartitionFacts["commit"],
  { position, future }: SnapshotPartition,
): EarlierReading | undefined {
  const noted = earlierReading(commit);
  if (commit === undefined || future.length === 0) return noted;
  const watermarkMs = noted?.watermarkMs ?? -Infinity;
  if (position >= commit.offset) return { offset: position, watermarkMs, future };
  const { offset } = commit;
  const replayFrom = commit.metadata?.replayFrom ?? offset;
  const skips = new FutureSkips({ offset, future: noted?.future ?? [] });
  return { offset, watermarkMs, future: skips.after(replayFrom, future) };
}

/** -1 for a partition that is not in the snapshot. */
function positionIn(snapshot: Snapshot, one: { readonly topic: string; readonly partition: number }): number {
  return partitionOf(snapshot, one)?.position ?? -1;
}
