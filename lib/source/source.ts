// The port between the pipeline and whatever brings records. It belongs to the pipeline, which calls it.

import type { Snapshot } from "../snapshot/snapshot.ts";
import type { PartitionQueue } from "../records/partition_queue.ts";

/** What to count, and from where on. A new one whenever the set of partitions changes. */
export interface Assignment {
  readonly partitions: readonly PartitionQueue[];
  /** End of the newest window that was closed before, in this life or another; -Infinity for none. */
  readonly closedUntilMs: number;
  /** End of the first window that may be put out; -Infinity where the stream begins where its log begins. */
  readonly firstEndMs: number;
  /** Whose counts to go on from: those of the records before the positions. Let go of by whoever has restored it. */
  restore?: Snapshot | undefined;
  /** Of the cluster that the partitions are of, where it has an id. */
  readonly clusterId?: string | undefined;
}

/** How far one partition has come, to be kept where a later life finds it. */
export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  /** All records below it have been taken. */
  readonly position: number;
  /** The lowest offset of a counted record that the next window needs; the position for none. */
  readonly replayFrom: number;
}

/** The progress of all assigned partitions. */
export interface Progress {
  /** Of the assignment it belongs to: progress of a former one is worth nothing. */
  readonly assignment: Assignment;
  /** End of the newest closed window; -Infinity for none. */
  readonly closedUntilMs: number;
  readonly firstEndMs: number;
  readonly partitions: readonly PartitionProgress[];
}

/** `ready`, or why not. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** How far records that were counted in an earlier life or generation have been read again. */
export interface Replay {
  /** Above 0. */
  readonly left: number;
  /** Those at the beginning, as far as they were known then. */
  readonly total: number;
}

export interface Source {
  /** What is assigned now; undefined before the first assignment and while it is being changed. */
  readonly assignment: Assignment | undefined;
  readonly readiness: Readiness;
  /** Undefined while nothing is left to be read again; sources that cannot read again have none. */
  readonly replay?: Replay | undefined;
  /** False while another member may already have been given our partitions: then no window may be put out. */
  mayClose(monotonicMs: number): boolean;
  /**
   * Resolves when something has changed (records, an end, the assignment), or after `timeoutMs`.
   *
   * @throws what no trying again can cure
   */
  changed(timeoutMs: number): Promise<void>;
  /** Ends the wait for a change, or the next one. */
  wake(): void;
  /** Keeps the progress; false when it could not be kept now. At most one call at a time. */
  save(progress: Progress): Promise<boolean>;
  /** Begins to bring records; it goes on trying until stopped. */
  start(): void;
  /** Ends it; nothing is pushed afterwards. */
  stop(): Promise<void>;
}
