// This file takes a snapshot of all counts between two turns of the pipeline, and restores one. Taking it copies only
// the state that the next turn alters: the sparse counts of a pane are replaced but never altered.

import type { Clock } from "../async/clock.ts";
import type { Lane } from "./lane.ts";
import type { Assignment } from "../source/source.ts";
import { partitionOf, type Snapshot, type SnapshotPartition } from "../snapshot/snapshot.ts";
import type { LeftPanes } from "../trends/baseline.ts";
import type { NewWords } from "../trends/new_words.ts";
import type { Trends } from "../trends/trends.ts";
import type { PaneContents } from "../window/pane_store.ts";
import type { SparseCounts } from "../window/sparse_counts.ts";
import type { SlidingWindow } from "../window/sliding_window.ts";
import type { Watermark } from "../window/watermark.ts";
import type { WordsCopy } from "../words/word_store.ts";
import type { WordTable } from "../words/word_table.ts";

/** The parts that hold the counts. */
export interface CountingParts {
  readonly words: WordTable;
  readonly window: SlidingWindow;
  readonly watermark: Watermark;
  readonly clock: Clock;
  /** Undefined where counts are not compared with earlier ones. */
  readonly trends?: Trends | undefined;
  /** Undefined where new words are not looked for. */
  readonly newWords?: NewWords | undefined;
}

/** `lanes` are those of the assignment's partitions. O(words + words in hot panes). */
export function takeSnapshot(
  { words, window, watermark, clock, trends, newWords }: CountingParts,
  { assignment, lanes }: { readonly assignment: Assignment; readonly lanes: readonly Lane[] },
): Snapshot {
  const { firstEndMs, clusterId } = assignment;
  const nowMs = clock.monotonicMs();
  const partitions = lanes.map(({ queue, firstOffsets, notes }, index): SnapshotPartition => ({
    topic: queue.topic,
    partition: queue.partition,
    position: queue.position,
    firstOffsets: firstOffsets.toSorted(([a], [b]) => a - b),
    mark: watermark.save(index, nowMs),
    future: notes.future,
  }));
  // The window comes first, since it releases words that no pane holds.
  const panes = window.save({ withLeaving: trends !== undefined || newWords !== undefined });
  return {
    takenAtMs: clock.nowMs(),
    clusterId,
    closedUntilMs: window.closedUntilMs,
    firstEndMs,
    partitions,
    words: words.copy(),
    panes,
    baseline: trends?.save(),
    newWords: newWords?.save(),
  };
}

/**
 * Restores the counts that a freshly reset window still needs, and the watermarks of the partitions. Words that no pane
 * needs stay out of the table.
 */
export function restoreSnapshot(
  { words, window, watermark, clock, trends, newWords }: CountingParts,
  snapshot: Snapshot,
  assignment: Assignment,
): void {
  const { panes, words: names } = snapshot;
  const ids = new Int32Array(names.lengths.length).fill(-1);
  const isNeeded = ({ startMs }: PaneContents) => startMs >= window.neededFromMs;
  const needed = panes.filter(isNeeded);
  for (const { runs } of needed) {
    for (const run of runs) for (const id of run.ids) ids[id] = 0;
  }
  internAll(words, names, ids);
  for (const pane of needed) window.restore({ ...pane, runs: pane.runs.map((run) => renamed(run, ids)) });
  const { bytes, offsets, lengths } = names;
  const left: LeftPanes = {
    left: panes.filter((pane) => !isNeeded(pane)),
    ids,
    hashSaved: (hash, id) => hash.hash(bytes, offsets[id], offsets[id] + lengths[id]),
  };
  trends?.restore(snapshot.baseline, left);
  newWords?.restore(snapshot.newWords, left, { hasGap: hasGap(snapshot, assignment, window) });
  assignment.partitions.forEach((queue, index) => {
    const saved = partitionOf(snapshot, queue);
    if (saved !== undefined) watermark.restore(index, saved.mark, clock.monotonicMs());
  });
}

/** Whether panes have left that the snapshot does not have whole, and records of them are not read again. */
function hasGap(snapshot: Snapshot, { partitions }: Assignment, { neededFromMs }: SlidingWindow): boolean {
  return neededFromMs > snapshot.closedUntilMs &&
    partitions.some((queue) => queue.position > (partitionOf(snapshot, queue)?.position ?? queue.position));
}

/** Replaces each id that is not -1 by the id of its word in the table. */
function internAll(words: WordTable, { bytes, offsets, lengths }: WordsCopy, ids: Int32Array): void {
  for (let id = 0; id < ids.length; id++) {
    if (ids[id] >= 0) ids[id] = words.intern(bytes, offsets[id], offsets[id] + lengths[id]);
  }
}

function renamed(run: SparseCounts, names: Int32Array): SparseCounts {
  return { ...run, ids: run.ids.map((id) => names[id]) };
}
