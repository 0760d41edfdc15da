// Where to begin with partitions that have just been assigned, and with which window: decided from what is committed,
// what the logs hold, and what this process has done already. Pure; the looking up is done by the caller.

import type { CommitMetadata } from "./commit_metadata.ts";

/** Where to begin without a commit. */
export type StartMode = "window" | "earliest" | "latest";

/** What is known of an assigned partition. */
export interface PartitionFacts {
  readonly topic: string;
  readonly partition: number;
  readonly logStart: number;
  /** Taken before any look-up by time. */
  readonly logEnd: number;
  /** `metadata` is undefined for a commit made by a tool. */
  readonly commit: { readonly offset: number; readonly metadata: CommitMetadata | undefined } | undefined;
  /** It appeared after its topic was begun with, so that all of it is new. */
  readonly isNewcomer: boolean;
}

export interface StartFacts {
  readonly partitions: readonly PartitionFacts[];
  readonly nowMs: number;
  readonly lengthMs: number;
  readonly slideMs: number;
  readonly mode: StartMode;
  /** Of this life: end of the newest closed window; -Infinity for none. */
  readonly closedUntilMs: number;
  /** Of this life: end of the first window; undefined before the first assignment. */
  readonly firstEndMs: number | undefined;
}

/** The offset of the first record at or after `timestampMs`; `atMost` where there is none, and never above it. */
export interface TimestampBegin {
  readonly kind: "timestamp";
  readonly timestampMs: number;
  readonly atMost: number;
}

export interface OffsetBegin {
  readonly kind: "offset";
  readonly offset: number;
}

export interface PartitionStart {
  readonly topic: string;
  readonly partition: number;
  readonly begin: OffsetBegin | TimestampBegin;
  /** Another life has counted the records below it; not above `begin` where it has not counted any of those to come. */
  readonly replayUntil: number;
  /** Offsets that should have been read and are no longer in the log. */
  readonly skippedOffsets: number;
  /** The log ends before the commit: it is another log than it was. */
  readonly isRemade: boolean;
  /** As it was given. */
  readonly logEnd: number;
}

export interface StartPlan {
  readonly closedUntilMs: number;
  readonly firstEndMs: number;
  readonly partitions: readonly PartitionStart[];
}

/** Decides where to begin. */
export function planStart(facts: StartFacts): StartPlan {
  const closedUntilMs = newestClosedEnd(facts);
  const firstEndMs = firstWindowEnd(facts, closedUntilMs);
  return {
    closedUntilMs,
    firstEndMs,
    partitions: facts.partitions.map((partition) => startOf(partition, { ...facts, firstEndMs })),
  };
}

/** With another slide, windows end elsewhere: those up to the newest multiple of it have been closed. */
function newestClosedEnd({ partitions, closedUntilMs, slideMs }: StartFacts): number {
  const ends = partitions.map((partition) => liveMetadata(partition)?.closedUntilMs ?? -Infinity);
  return Math.floor(Math.max(closedUntilMs, ...ends) / slideMs) * slideMs;
}

function firstWindowEnd(facts: StartFacts, closedUntilMs: number): number {
  const { partitions, slideMs, nowMs, mode } = facts;
  const bounds = partitions.flatMap((partition) => {
    const metadata = liveMetadata(partition);
    return metadata === undefined ? [] : [wholeWindowEnd(metadata.firstEndMs - metadata.lengthMs, facts)];
  });
  if (facts.firstEndMs !== undefined) bounds.push(facts.firstEndMs);
  if (Number.isFinite(closedUntilMs)) bounds.push(closedUntilMs + slideMs);
  if (bounds.length > 0) return Math.max(...bounds);
  // Counting begins where a tool has put the offsets, whenever that was.
  const placedByTool = partitions.length > 0 &&
    partitions.every((one) => one.commit !== undefined || one.isNewcomer);
  if (placedByTool || mode === "earliest") return -Infinity;
  return mode === "latest" ? wholeWindowEnd(nowMs, facts) : Math.floor(nowMs / slideMs) * slideMs;
}

/** End of the first window that lies wholly at or after `fromMs`. */
function wholeWindowEnd(fromMs: number, { lengthMs, slideMs }: StartFacts): number {
  return Math.ceil(fromMs / slideMs) * slideMs + lengthMs;
}

/** A commit above the end of the log belongs to another log, and so does what it says of windows. */
function liveMetadata({ commit, logEnd }: PartitionFacts): CommitMetadata | undefined {
  return commit !== undefined && commit.offset <= logEnd ? commit.metadata : undefined;
}

function startOf(
  partition: PartitionFacts,
  facts: StartFacts & { readonly firstEndMs: number },
): PartitionStart {
  const { topic, logStart, logEnd, commit } = partition;
  const named = { topic, partition: partition.partition, logEnd, skippedOffsets: 0, isRemade: false };
  const fromLogStart: OffsetBegin = { kind: "offset", offset: logStart };
  if (commit === undefined) {
    const begin = partition.isNewcomer || facts.mode === "earliest"
      ? fromLogStart
      : facts.mode === "latest"
      ? { kind: "offset", offset: logEnd } as const
      : beginAtWindow(facts, logEnd);
    return { ...named, begin, replayUntil: 0 };
  }
  if (commit.offset > logEnd) return { ...named, begin: fromLogStart, replayUntil: 0, isRemade: true };
  const replayUntil = commit.offset;
  const { metadata } = commit;
  const otherWindow = metadata !== undefined &&
    (metadata.lengthMs !== facts.lengthMs || metadata.slideMs !== facts.slideMs);
  if (otherWindow && Number.isFinite(facts.firstEndMs)) {
    const begin = beginAtWindow(facts, Math.max(logStart, commit.offset));
    return { ...named, begin, replayUntil, skippedOffsets: Math.max(0, logStart - commit.offset) };
  }
  const wanted = Math.min(metadata?.replayFrom ?? commit.offset, commit.offset);
  const offset = Math.max(wanted, logStart);
  return { ...named, begin: { kind: "offset", offset }, replayUntil, skippedOffsets: offset - wanted };
}

/** The oldest pane that the first window needs. The special times of a look-up are the negative ones. */
function beginAtWindow(
  { firstEndMs, lengthMs, slideMs, nowMs }: StartFacts & { readonly firstEndMs: number },
  atMost: number,
): TimestampBegin {
  const endMs = Number.isFinite(firstEndMs) ? firstEndMs : Math.floor(nowMs / slideMs) * slideMs;
  return { kind: "timestamp", timestampMs: Math.max(0, endMs - lengthMs), atMost };
}
