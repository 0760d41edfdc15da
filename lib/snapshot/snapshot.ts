// What a snapshot holds: all that a process has come to with the partitions assigned to it. The topic is the log, and a
// window's counts depend on its records alone; so a snapshot is never needed, it only spares reading the records again.

import type { PaneContents } from "../window/pane_store.ts";
import type { MarkContents } from "../window/watermark.ts";
import type { WordsCopy } from "../words/word_store.ts";

export interface SnapshotPartition {
  readonly topic: string;
  readonly partition: number;
  /** All records below it, and none above, are in the counts as far as any window yet to close needs them. */
  readonly position: number;
  /** The lowest offset of a counted record, by the start of its pane; panes ascending. */
  readonly firstOffsets: readonly (readonly [paneStartMs: number, offset: number])[];
  readonly mark: MarkContents;
}

export interface Snapshot {
  /** Wall clock. */
  readonly takenAtMs: number;
  /** Of the cluster whose offsets these are; undefined where it has no id. */
  readonly clusterId: string | undefined;
  /** End of the newest closed window; -Infinity for none. */
  readonly closedUntilMs: number;
  /** End of the first window that may be put out; -Infinity where the stream begins where its log begins. */
  readonly firstEndMs: number;
  readonly partitions: readonly SnapshotPartition[];
  /** By the ids that stand in the panes. */
  readonly words: WordsCopy;
  readonly panes: readonly PaneContents[];
}

/** What must be the same for the counts to mean the same, by configuration key. */
export type SnapshotIdentity = Readonly<Record<string, string>>;

/** What the snapshot says of a partition; undefined for one that is not in it. */
export function partitionOf(
  { partitions }: Snapshot,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): SnapshotPartition | undefined {
  return partitions.find((one) => one.topic === topic && one.partition === partition);
}
