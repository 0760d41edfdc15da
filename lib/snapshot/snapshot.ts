// A snapshot holds the counts and positions of the partitions assigned to a process. The topic is the log, and the counts
// of a window depend on its records alone. So no snapshot is needed; it only saves reading records again.

import type { FutureStep } from "../records/future_skips.ts";
import type { PaneContents } from "../window/pane_store.ts";
import type { BaselineContents } from "../trends/baseline.ts";
import type { NewWordsContents } from "../trends/new_words.ts";
import type { MarkContents } from "../window/watermark.ts";
import type { WordsCopy } from "../words/word_store.ts";

export interface SnapshotPartition {
  readonly topic: string;
  readonly partition: number;
  /** The counts hold all records below this offset that an open window needs, and none from it on. */
  readonly position: number;
  /** The lowest offset of a counted record per pane, by the pane's start in ascending order. */
  readonly firstOffsets: readonly (readonly [paneStartMs: number, offset: number])[];
  readonly mark: MarkContents;
  /** Which of the records from the first one of an open window on, and below the position, were skipped as `future`. */
  readonly future: readonly FutureStep[];
}

export interface Snapshot {
  /** Wall-clock time. */
  readonly takenAtMs: number;
  /** The cluster to which the offsets belong; undefined if it has no id. */
  readonly clusterId: string | undefined;
  /** End of the newest closed window; -Infinity if there is none. */
  readonly closedUntilMs: number;
  /** End of the first window that may be emitted; -Infinity if the stream begins where its log begins. */
  readonly firstEndMs: number;
  readonly partitions: readonly SnapshotPartition[];
  /** The words by the ids that the panes use. */
  readonly words: WordsCopy;
  readonly panes: readonly PaneContents[];
  /** The usual counts of words, by the same ids; undefined where they are not known. */
  readonly baseline?: BaselineContents | undefined;
  /** The words that the stream has had, in part by the same ids; undefined where they are not known. */
  readonly newWords?: NewWordsContents | undefined;
}

/** The configuration keys and values on which the meaning of the counts depends. */
export type SnapshotIdentity = Readonly<Record<string, string>>;

/** The snapshot's data of a partition; undefined if it has none. */
export function partitionOf(
  { partitions }: Snapshot,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): SnapshotPartition | undefined {
  return partitions.find((one) => one.topic === topic && one.partition === partition);
}
