// WindowOutputs is the interface through which the pipeline emits closed windows and skipped records. sink/outputs.ts
// implements it.

import type { TopicPartition } from "../kafka/topic_partition.ts";
import type { BatchProblem, PartitionQueue } from "../records/partition_queue.ts";
import type { RecordSkipReason } from "../records/skip_reason.ts";
import { formatWindowJson, type WindowResult } from "../window/window_result.ts";

/** A closed window and the partitions that it covers. */
export interface ClosedWindow {
  readonly result: WindowResult;
  readonly partitions: readonly TopicPartition[];
}

/** The window as JSON; on request with the partitions that it covers, by topic. */
export function formatClosedWindow(
  { result, partitions }: ClosedWindow,
  options: { readonly partitions: boolean },
): string {
  if (!options.partitions) return formatWindowJson(result);
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  const entries = [...byTopic].map(([topic, ofTopic]) => [topic, ofTopic.map(({ partition }) => partition)]);
  return formatWindowJson(result, Object.fromEntries(entries));
}

/** A record that is skipped. Its data in `queue` is valid only during the call that passes it on. */
export interface SkippedRecord {
  readonly queue: PartitionQueue;
  readonly index: number;
  readonly reason: RecordSkipReason;
}

/** A batch that cannot be decoded. It begins at the position of `queue`, or above. */
export interface SkippedBatch {
  readonly queue: PartitionQueue;
  readonly problem: BatchProblem;
}

/** The part of the outputs that takes skipped records. */
export interface SkippedOutputs {
  /** Takes each skipped record once, even if a later run reads it again. */
  emitSkipped(skipped: SkippedRecord): void;
  /** Takes each skipped batch once, even if a later run reads it again. */
  emitSkippedBatch(skipped: SkippedBatch): void;
}

export interface WindowOutputs extends SkippedOutputs {
  /** True while there is no room for more windows: the pipeline counts nothing then. */
  readonly isBlocked: boolean;
  /** Takes each closed window, in order; of successive windows without records only the last. */
  emit(closed: ClosedWindow): void;
  /**
   * Waits until everything emitted is delivered or given up. It resolves to false where the outputs stop before: then
   * the progress must not be saved.
   */
  settled(): Promise<boolean>;
}
