// The interface between the pipeline and a source of records. The pipeline calls it.

import type { AssignmentEpoch } from "../kafka/group/group_protocol.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { PartitionQueue, ReadingNotes } from "../records/partition_queue.ts";

/** The partitions to count, and the state to start from. Each change of the partitions makes a new one. */
export interface Assignment {
  readonly partitions: readonly PartitionQueue[];
  /** End of the newest window that this or an earlier process has closed; -Infinity for none. */
  readonly closedUntilMs: number;
  /** End of the first window that may be emitted; -Infinity where reading starts at the start of the log. */
  readonly firstEndMs: number;
  /** The counts of the records before the positions. The pipeline deletes it here once it has restored it. */
  restore?: Snapshot | undefined;
  readonly clusterId?: string | undefined;
  /** The epoch of the assignment; undefined in a group without epochs. */
  readonly epoch?: AssignmentEpoch | undefined;
}

/** The content of the pane log, in a group whose members report their counts (lib/merge). */
export interface ReportedProgress {
  /** The log has this member's counts of all panes that end here or earlier; -Infinity where it has not reported. */
  readonly cutMs: number;
  /** Offset in the pane log from which all windows that are not closed can be made again. */
  readonly logFrom: number;
}

export interface WindowProgress {
  /** End of the newest closed window; -Infinity for none. */
  readonly closedUntilMs: number;
  /** End of the first window that may be emitted; -Infinity where only the closed ones bound it. */
  readonly firstEndMs: number;
  readonly reported?: ReportedProgress | undefined;
}

export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  /** All records below have been taken. */
  readonly position: number;
  /** The lowest offset of a counted record that the next window needs; the position for none. */
  readonly replayFrom: number;
  /** The lowest offset of a counted record that is not reported; undefined where counts are not reported. */
  readonly openFrom?: number | undefined;
  /** Undefined where nothing is known that a replay needs. */
  readonly notes?: ReadingNotes | undefined;
}

export interface Progress extends WindowProgress {
  /** Progress of a former assignment is not saved. */
  readonly assignment: Assignment;
  /** The source was handing over when it was made: everything counted until then is closed or reported. */
  readonly isHandover?: boolean | undefined;
  readonly partitions: readonly PartitionProgress[];
}

/** `note` names a fault that does not keep windows from closing, though it may delay them. */
export type Readiness =
  | { readonly ready: true; readonly note?: string }
  | { readonly ready: false; readonly reason: string };

/** The replay of records that an earlier process or generation has counted, in records. */
export interface Replay {
  readonly left: number;
  readonly total: number;
}

export interface Source {
  /** Undefined before the first assignment, and while the assignment changes. */
  readonly assignment: Assignment | undefined;
  readonly readiness: Readiness;
  readonly replay?: Replay | undefined;
  /** A rebalance waits for the next save, since other members may take partitions over. */
  readonly isHandingOver?: boolean | undefined;
  /** False while another member may already have these partitions: then the pipeline emits no window. */
  mayClose(monotonicMs: number): boolean;
  /** Resolves after a change, or after `timeoutMs`. @throws an error that no retry can help */
  changed(timeoutMs: number): Promise<void>;
  /** Ends the wait for a change, or the next one. */
  wake(): void;
  /** False when the progress cannot be saved now. At most one call at a time. */
  save(progress: Progress): Promise<boolean>;
  /** Starts to push records, and retries until stopped. */
  start(): void;
  /** Nothing is pushed afterwards. */
  stop(): Promise<void>;
}
