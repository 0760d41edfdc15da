// Aggregation is the interface through which the pipeline hands over the words that its lanes count. OwnWindows
// (own_windows.ts) makes windows of them; MemberReports (lib/merge) reports them to the group.

import type { Lane } from "./lane.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Assignment, WindowProgress } from "../source/source.ts";
import type { NeededPanes, PaneCounts } from "./pane_counts.ts";

/**
 * `crossing`: within a turn, after the record with which a partition's watermark has crossed a slide. `handover`: after a
 * turn, before other members may take partitions over.
 */
export type CloseMoment = "crossing" | "turn" | "handover";

export interface Aggregation extends NeededPanes {
  readonly panes: PaneCounts;
  /** Whether counts are reported before their windows close. */
  readonly isReported: boolean;
  /** True while there is no room for what becomes of more words: the pipeline counts nothing then. */
  readonly isBlocked: boolean;
  /** Forgets all counts and continues with these partitions, whose watermarks have been reset. */
  begin(assignment: Assignment): void;
  /** Closes what the watermark has passed. `nowMs` is the turn's wall clock. Returns whether anything has closed. */
  close(assignment: Assignment, at: { readonly moment: CloseMoment; readonly nowMs: number }): boolean;
  /** The state of the windows that a commit may claim once everything that is closed now has settled. */
  progress(assignment: Assignment): WindowProgress;
  /** Waits until everything closed is delivered or given up; false where the progress must not be saved. */
  settled(): Promise<boolean>;
  /** The state of all counting between two turns; undefined where it cannot be kept. */
  takeSnapshot(assignment: Assignment, lanes: readonly Lane[]): Snapshot | undefined;
}
