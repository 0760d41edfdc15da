// Decides where newly assigned partitions start, and which window is the first: from the commits, the logs, and the windows
// that this process has closed. Pure: start_lookup.ts looks the facts up.

import type { EarlierReading } from "../../records/partition_queue.ts";
import type { CommitMetadata } from "./commit_metadata.ts";

export type StartMode = "window" | "earliest" | "latest";

export interface WindowSettings {
  readonly lengthMs: number;
  readonly slideMs: number;
  /** Whether a record counts at its timestamp or at its arrival. */
  readonly time: "event" | "processing";
}

export interface PartitionFacts {
  readonly topic: string;
  readonly partition: number;
  readonly logStart: number;
  /** From before any lookup by time. */
  readonly logEnd: number;
  /** `metadata` is undefined for a commit made by a tool. */
  readonly commit: { readonly offset: number; readonly metadata: CommitMetadata | undefined } | undefined;
  /** The topic appeared after the group or the process started, so that none of its records has been counted. */
  readonly isNewTopic: boolean;
}

export interface StartFacts {
  readonly partitions: readonly PartitionFacts[];
  readonly nowMs: number;
  readonly lengthMs: number;
  readonly slideMs: number;
  readonly mode: StartMode;
  /** End of the newest window that this process has closed; -Infinity for none. */
  readonly closedUntilMs: number;
  /** End of this process's first window; undefined before the first assignment. */
  readonly firstEndMs: number | undefined;
}

/** An offset, or the first record at or after `timestampMs`, but at most `atMost`. */
export type StartPoint =
  | { readonly kind: "offset"; readonly offset: number }
  | { readonly kind: "timestamp"; readonly timestampMs: number; readonly atMost: number };

export interface PartitionStart {
  readonly topic: string;
  readonly partition: number;
  readonly start: StartPoint;
  /** An earlier process has counted the records below this offset. */
  readonly replayUntil: number;
  /** The lowest offset of a counted record that the next window needs; undefined: the start. */
  readonly replayFrom?: number;
  /** Offsets that have to be read but are no longer in the log. */
  readonly skippedOffsets: number;
  /** The log ends before the commit, so it is a new log. */
  readonly isRemade: boolean;
  readonly logEnd: number;
  /** The notes of the commit about the records below it. */
  readonly earlier?: EarlierReading | undefined;
}

export interface StartPlan {
  readonly closedUntilMs: number;
  readonly firstEndMs: number;
  readonly partitions: readonly PartitionStart[];
}

export function planStart(facts: StartFacts): StartPlan {
  const closedUntilMs = newestClosedEnd(facts);
  const firstEndMs = firstWindowEnd(facts, closedUntilMs);
  return {
    closedUntilMs,
    firstEndMs,
    partitions: facts.partitions.map((partition) => startOf(partition, { ...facts, firstEndMs })),
  };
}

/** With another slide, windows end at other times: those up to the last multiple of the slide are closed. */
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
  // Counting starts at the offsets that a tool has committed, whatever their time.
  const placedByTool = partitions.length > 0 &&
    partitions.every((one) => one.commit !== undefined || one.isNewTopic);
  if (placedByTool || mode === "earliest") return -Infinity;
  return mode === "latest" ? wholeWindowEnd(nowMs, facts) : Math.floor(nowMs / slideMs) * slideMs;
}

/** End of the first window that starts at or after `fromMs`. */
function wholeWindowEnd(fromMs: number, { lengthMs, slideMs }: StartFacts): number {
  return Math.ceil(fromMs / slideMs) * slideMs + lengthMs;
}

/** A commit above the end of the log belongs to another log, and so does its metadata. */
function liveMetadata({ commit, logEnd }: PartitionFacts): CommitMetadata | undefined {
  return commit !== undefined && commit.offset <= logEnd ? commit.metadata : undefined;
}

function startOf(
  partition: PartitionFacts,
  facts: StartFacts & { readonly firstEndMs: number },
): PartitionStart {
  const { topic, logStart, logEnd, commit } = partition;
  const named = { topic, partition: partition.partition, logEnd, skippedOffsets: 0, isRemade: false };
  const fromLogStart: StartPoint = { kind: "offset", offset: logStart };
  if (commit === undefined) {
    const start = partition.isNewTopic || facts.mode === "earliest"
      ? fromLogStart
      : facts.mode === "latest"
      ? { kind: "offset", offset: logEnd } as const
      : startOfWindow(facts, logEnd);
    return { ...named, start, replayUntil: 0 };
  }
  const noted = { ...named, earlier: earlierReading(commit) };
  if (commit.offset > logEnd) return { ...named, start: fromLogStart, replayUntil: 0, isRemade: true };
  const replayUntil = commit.offset;
  const { metadata } = commit;
  const otherWindow = metadata !== undefined &&
    (metadata.lengthMs !== facts.lengthMs || metadata.slideMs !== facts.slideMs);
  if (otherWindow && Number.isFinite(facts.firstEndMs)) {
    const start = startOfWindow(facts, Math.max(logStart, commit.offset));
    return { ...noted, start, replayUntil, skippedOffsets: Math.max(0, logStart - commit.offset) };
  }
  const wanted = Math.min(metadata?.replayFrom ?? commit.offset, commit.offset);
  const offset = Math.max(wanted, logStart);
  return { ...noted, start: { kind: "offset", offset }, replayUntil, skippedOffsets: offset - wanted };
}

export function earlierReading(commit: PartitionFacts["commit"]): EarlierReading | undefined {
  const notes = commit?.metadata?.notes;
  return notes === undefined || commit === undefined ? undefined : { ...notes, offset: commit.offset };
}

/** The oldest pane of the first window. It is never negative: negative timestamps have a special meaning in a lookup. */
function startOfWindow(
  { firstEndMs, lengthMs, slideMs, nowMs }: StartFacts & { readonly firstEndMs: number },
  atMost: number,
): StartPoint {
  const endMs = Number.isFinite(firstEndMs) ? firstEndMs : Math.floor(nowMs / slideMs) * slideMs;
  return { kind: "timestamp", timestampMs: Math.max(0, endMs - lengthMs), atMost };
}
