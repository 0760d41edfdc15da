// Reads a record set to its end, for the tests of batches.

import assert from "node:assert/strict";
import { type SplitOptions, splitRecordBatches } from "../../../lib/kafka/wire/record_batch.ts";
import type { BatchProblem } from "../../../lib/records/partition_queue.ts";
import { Records } from "../../../lib/records/records.ts";

export const OPTIONS: SplitOptions = {
  fetchOffset: 0,
  arrivedMs: 5,
  checkCrcs: true,
  readCommitted: true,
  abortedTransactions: [],
  highWatermark: -1,
  maxRecordBytes: 1 << 26,
};

export interface ReadRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** The size of a record that was passed over. */
  readonly absentBytes?: number;
}

/** Splits and decodes as the queue does. */
export function readAll(
  recordSet: Uint8Array,
  { partRecords = Infinity, ...options }: SplitOptions & { readonly partRecords?: number },
): {
  records: ReadRecord[];
  problems: BatchProblem[];
  nextOffset: number;
  incomplete: boolean;
  batchCount: number;
} {
  const { batches, nextOffset, incomplete } = splitRecordBatches(recordSet, options);
  const run = new Records();
  const records: ReadRecord[] = [];
  const problems: BatchProblem[] = [];
  let position = options.fetchOffset;
  for (const batch of batches) {
    do {
      const problem = batch.decode(run, position, { partRecords });
      if (problem !== undefined) problems.push(problem);
      assert.ok(problem === undefined || (run.count === 0 && !batch.hasMore));
      for (let i = 0; i < run.count; i++) records.push(recordAt(run, i));
    } while (batch.hasMore);
    assert.ok(batch.nextOffset > position);
    assert.equal(batch.arrivedMs, options.arrivedMs);
    position = batch.nextOffset;
  }
  assert.equal(position, nextOffset);
  return { records, problems, nextOffset, incomplete, batchCount: batches.length };
}

function recordAt(run: Records, i: number): ReadRecord {
  return {
    offset: run.offsets[i],
    timestampMs: run.timestampsMs[i],
    key: run.keyStarts[i] < 0 ? null : run.bytes.slice(run.keyStarts[i], run.keyEnds[i]),
    value: run.valueStarts[i] < 0 || run.isAbsent(i)
      ? null
      : run.bytes.slice(run.valueStarts[i], run.valueEnds[i]),
    ...(run.isAbsent(i) ? { absentBytes: run.sizeBytes(i) } : {}),
  };
}
