// Where to begin when there is a snapshot: reading goes on where it was taken, if that is sound and shorter than reading
// again. Its counts are not held apart by partition, so it fits as a whole or not at all. Pure.

import { partitionOf, type Snapshot } from "../../snapshot/snapshot.ts";
import {
  type PartitionFacts,
  type PartitionStart,
  planStart,
  type StartFacts,
  type StartPlan,
} from "./start_plan.ts";

export interface ResumeFacts extends StartFacts {
  /** Whether a record counts at its timestamp, or at its arrival. */
  readonly time: "event" | "processing";
  /** Undefined where it has no id. */
  readonly clusterId: string | undefined;
  /** The last one taken, if it is any good by itself. */
  readonly snapshot: Snapshot | undefined;
}

export interface ResumedPartition extends PartitionStart {
  /** The lowest offset of a counted record that the next window needs; undefined: what reading begins with. */
  readonly replayFrom?: number;
}

export interface ResumePlan extends StartPlan {
  readonly partitions: readonly ResumedPartition[];
  /** Its counts are those of all records before where the partitions begin; undefined: there are none yet. */
  readonly restore: Snapshot | undefined;
  /** Why the snapshot that there is is not made use of. */
  readonly notRestored: string | undefined;
}

/** Decides where to begin. */
export function planResume(facts: ResumeFacts): ResumePlan {
  const replay = planStart(facts);
  const { snapshot } = facts;
  if (snapshot === undefined) return { ...replay, restore: undefined, notRestored: undefined };
  const notRestored = whyNotRestored(snapshot, facts, replay);
  if (notRestored !== undefined) return { ...replay, restore: undefined, notRestored };
  // What the snapshot says of windows counts as if this process had done it.
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
  if (snapshot.clusterId !== facts.clusterId) return "it is of another cluster";
  if (!isSameSet(facts, snapshot)) return "it is of other partitions";
  for (const one of facts.partitions) {
    const reason = whyNotAt(positionIn(snapshot, one), one);
    if (reason !== undefined) return `${reason} (${one.topic}/${one.partition})`;
  }
  // Where a record counts at its arrival nothing can be read again.
  if (facts.time === "processing") return undefined;
  let sparedOffsets = 0;
  for (const one of replay.partitions) {
    // How far back a moment lies is not known here; it is no further than the window reaches.
    if (one.begin.kind === "timestamp") return "it is older than a change of the window";
    sparedOffsets += positionIn(snapshot, one) - one.begin.offset;
  }
  return sparedOffsets < 0 ? "reading again is shorter" : undefined;
}

function whyNotAt(position: number, { logStart, logEnd, commit }: PartitionFacts): string | undefined {
  // Kafka drops the commits of a topic that is deleted; and who drops or sets them wants counting to begin there.
  if (commit === undefined) return "the group has no commit";
  if (commit.metadata === undefined) return "the commit was made by another program";
  if (commit.offset > logEnd) return "the log ends before its commit";
  if (position > logEnd) return "the log ends before it";
  if (position < logStart) return "the log begins after it";
  return undefined;
}

function resumed(
  { topic, partition, logEnd, commit }: PartitionFacts,
  options: {
    readonly snapshot: Snapshot;
    readonly neededFromMs: number;
    readonly time: "event" | "processing";
  },
): ResumedPartition {
  const { position = 0, firstOffsets = [] } = partitionOf(options.snapshot, { topic, partition }) ?? {};
  const needed = firstOffsets.filter(([paneStartMs]) => paneStartMs >= options.neededFromMs);
  return {
    topic,
    partition,
    begin: { kind: "offset", offset: position },
    replayUntil: commit?.offset ?? 0,
    // A life that finds no snapshot has to begin there.
    replayFrom: options.time === "event"
      ? Math.min(position, ...needed.map(([, offset]) => offset))
      : position,
    skippedOffsets: 0,
    isRemade: false,
    logEnd,
  };
}

function isSameSet({ partitions }: ResumeFacts, snapshot: Snapshot): boolean {
  return partitions.length === snapshot.partitions.length &&
    partitions.every((one) => partitionOf(snapshot, one) !== undefined);
}

/** -1 for a partition that is not in it. */
function positionIn(snapshot: Snapshot, one: { readonly topic: string; readonly partition: number }): number {
  return partitionOf(snapshot, one)?.position ?? -1;
}
