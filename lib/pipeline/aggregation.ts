// Aggregation is the interface through which the pipeline hands over the words that its lanes count. OwnWindows
// (own_windows.ts) makes windows of them.

import type { Lane } from "./lane.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Assignment } from "../source/source.ts";
import type { PaneCounts } from "./pane_counts.ts";

/** `crossing`: within a turn, after the record with which a partition's watermark has crossed a slide. */
export type CloseMoment = "crossing" | "turn";

export interface Aggregation {
  readonly panes: PaneCounts;
  /** Start of the oldest pane that is still needed; -Infinity where all are. */
  readonly neededFromMs: number;
  /** End of the newest window that the progress may call closed; -Infinity for none. */
  readonly closedUntilMs: number;
  /** True while there is no room for what becomes of more words: the pipeline counts nothing then. */
  readonly isBlocked: boolean;
  /** Forgets all counts and continues with these partitions, whose watermarks have been reset. */
  begin(assignment: Assignment): void;
  /** Closes what the watermark has passed. `nowMs` is the turn's wall clock. Returns whether anything has closed. */
  close(assignment: Assignment, at: { readonly moment: CloseMoment; readonly nowMs: number }): boolean;
  /** Waits until everything closed is delivered or given up; false where the progress must not be saved. */
  settled(): Promise<boolean>;
  /** The state of all counting between two turns; undefined where it cannot be kept. */
  takeSnapshot(assignment: Assignment, lanes: readonly Lane[]): Snapshot | undefined;
}
