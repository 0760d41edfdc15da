// Takes records out of a queue as a pipeline does, and returns them as text.

import type { BatchProblem, PartitionQueue } from "../../lib/records/partition_queue.ts";
import type { Source } from "../../lib/source/source.ts";

const decoder = new TextDecoder();

/** Takes all that is queued; the values, and what could not be read. */
export function takeAll(queue: PartitionQueue): { values: string[]; problems: BatchProblem[] } {
  const values: string[] = [];
  const problems: BatchProblem[] = [];
  while (queue.head((problem) => problems.push(problem))) {
    const { bytes, valueStarts, valueEnds, count } = queue.records;
    for (let i = queue.cursor; i < count; i++) {
      values.push(decoder.decode(bytes.subarray(valueStarts[i], valueEnds[i])));
    }
    queue.advance(count);
  }
  return { values, problems };
}

/** The queue of a source's only partition, or of the one asked for. */
export function queueOf(source: Source, index = 0): PartitionQueue {
  const queue = source.assignment?.partitions[index];
  if (queue === undefined) throw new Error(`the source has no partition ${index} now`);
  return queue;
}
