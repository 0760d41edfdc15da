// This file finds commits, snapshots and assignments that cannot be right, such as a window that ends in the future or
// an offset out of order. Other programs may commit for the group or lead it, and impossible state would stop the
// counting.

import { partitionKey, type TopicPartition } from "../../kafka/topic_partition.ts";
import type { Snapshot, SnapshotPartition } from "../../snapshot/snapshot.ts";
import type { CommitMetadata } from "./commit_metadata.ts";

/** The clocks of two members may differ by this much, or a clock may have been set back since. */
export const MAX_CLOCK_DIFFERENCE_MS = 2 * 3_600_000;
/** Before a rebalance, panes are reported that end no later than this after now: the pane log keeps them until their windows close. */
export const MAX_AHEAD_MS = 3_600_000;

/** Why the metadata of a commit cannot be right; undefined if it can. */
export function whyImpossibleCommit(
  { closedUntilMs, firstEndMs, lengthMs, slideMs, replayFrom, reported, notes }: CommitMetadata,
  { offset, nowMs }: { readonly offset: number; readonly nowMs: number },
): string | undefined {
  const latestMs = nowMs + MAX_CLOCK_DIFFERENCE_MS;
  if (lengthMs % slideMs !== 0) {
    return `its window of ${lengthMs} ms is no whole multiple of the slide of ${slideMs} ms`;
  }
  if (closedUntilMs > latestMs) {
    return `its newest window ends at ${formatTime(closedUntilMs)}, in the future`;
  }
  if (Number.isFinite(closedUntilMs) && (closedUntilMs < -lengthMs || closedUntilMs % slideMs !== 0)) {
    return `no window of ${lengthMs} ms ends at ${closedUntilMs} ms, where its newest one ends`;
  }
  if (firstEndMs > latestMs + lengthMs) {
    return `its first window ends at ${formatTime(firstEndMs)}, in the future`;
  }
  if (replayFrom > offset) return `its replay begins at ${replayFrom}, beyond the committed offset ${offset}`;
  if (reported !== undefined && reported.openFrom > offset) {
    return `its open records begin at ${reported.openFrom}, beyond the committed offset ${offset}`;
  }
  if (reported !== undefined && reported.cutMs > latestMs + MAX_AHEAD_MS) {
    return `the counts up to ${formatTime(reported.cutMs)} are reported, in the future`;
  }
  if (notes === undefined) return undefined;
  if (notes.watermarkMs > latestMs) return `its watermark is ${formatTime(notes.watermarkMs)}, in the future`;
  const beyond = notes.future.find((step) => step.offset >= offset);
  return beyond && `it tells of the record at ${beyond.offset}, at or beyond the committed offset ${offset}`;
}

/** Why the snapshot cannot be right; undefined if it can. */
export function whyImpossibleSnapshot(
  { takenAtMs, closedUntilMs, firstEndMs, partitions, panes, baseline, newWords }: Snapshot,
  { nowMs, lengthMs, slideMs }: {
    readonly nowMs: number;
    readonly lengthMs: number;
    readonly slideMs: number;
  },
): string | undefined {
  const latestMs = nowMs + MAX_CLOCK_DIFFERENCE_MS;
  if (!(takenAtMs <= latestMs)) return `it was taken at ${formatTime(takenAtMs)}, in the future`;
  if (!(closedUntilMs <= latestMs)) {
    return `its newest window ends at ${formatTime(closedUntilMs)}, in the future`;
  }
  if (!(firstEndMs <= latestMs + lengthMs)) {
    return `its first window ends at ${formatTime(firstEndMs)}, in the future`;
  }
  const ends = [closedUntilMs, firstEndMs].filter(Number.isFinite);
  if (ends.some((endMs) => endMs % slideMs !== 0)) {
    return `it names a window that ends at no multiple of the slide`;
  }
  for (const partition of partitions) {
    const reason = whyImpossiblePartition(partition, latestMs);
    if (reason !== undefined) return `${reason} (${partition.topic}/${partition.partition})`;
  }
  const pane = panes.find(({ startMs }) => !Number.isFinite(startMs) || startMs % slideMs !== 0);
  if (pane !== undefined) {
    return `it has a pane that begins at ${pane.startMs} ms, which is no multiple of the slide`;
  }
  // A pane in the future would be the newest one for ever: no word would leave the memory, and none would be new or rise.
  const { current = -Infinity, panesPerGeneration = 1 } = newWords?.seen ?? {};
  const left = [
    baseline?.firstPane,
    baseline?.referencePane,
    newWords?.firstPane,
    current * panesPerGeneration,
  ].map((index = -Infinity) => index * slideMs);
  const aheadMs = left.find((startMs) => !(startMs <= latestMs));
  return aheadMs === undefined ? undefined : `it remembers words of ${formatTime(aheadMs)}, in the future`;
}

function whyImpossiblePartition(
  { position, firstOffsets, mark, future }: SnapshotPartition,
  latestMs: number,
): string | undefined {
  const { largestMs, watermarkMs, sinceArrivalMs } = mark;
  if (!(largestMs <= latestMs)) return `its largest timestamp is ${formatTime(largestMs)}, in the future`;
  if (!(watermarkMs <= latestMs)) return `its watermark is ${formatTime(watermarkMs)}, in the future`;
  if (!(sinceArrivalMs >= 0)) return `its last record arrived ${sinceArrivalMs} ms ago`;
  const beyond = firstOffsets.find(([startMs, offset]) => !Number.isFinite(startMs) || offset >= position);
  if (beyond !== undefined) {
    return `it counts a record at ${beyond[1]}, at or beyond its position ${position}`;
  }
  const outOfOrder = future.find(({ offset }, n) =>
    offset >= position || offset < (future[n - 1]?.offset ?? 0)
  );
  return outOfOrder && `it tells of the record at ${outOfOrder.offset}, out of order or beyond its position`;
}

/** A partition is assigned once, has a number, and belongs to a subscribed topic. */
export function splitAssignment(
  assigned: readonly TopicPartition[],
  subscribed: readonly string[],
): { readonly possible: readonly TopicPartition[]; readonly refused: readonly TopicPartition[] } {
  const topics = new Set(subscribed);
  const keys = new Set<string>();
  const possible: TopicPartition[] = [];
  const refused: TopicPartition[] = [];
  for (const one of assigned) {
    const key = partitionKey(one);
    const isPossible = topics.has(one.topic) && one.partition >= 0 && !keys.has(key);
    (isPossible ? possible : refused).push(one);
    keys.add(key);
  }
  return { possible, refused };
}

/** Dates end in the year 275760. */
function formatTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
