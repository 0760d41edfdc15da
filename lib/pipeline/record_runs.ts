// These pure functions measure runs: consecutive records of one partition, from index `from` up to but without `to`.

import type { Records } from "../records/records.ts";

/** The longest run. The word ids of this many records fit into the processor's cache. */
export const MAX_RECORDS_PER_RUN = 256;
/** The most bytes of a run of more than one record. It bounds the memory for the ids and matches of a run. */
export const MAX_RUN_BYTES = 1 << 20;

/** The end of the run that begins at `from`, by sizes alone. */
export function endBySize(
  records: Records,
  from: number,
  { end, maxRecordBytes }: { readonly end: number; readonly maxRecordBytes: number },
): number {
  let bytes = records.sizeBytes(from);
  let to = from + 1;
  for (; to < end; to++) {
    const sizeBytes = records.sizeBytes(to);
    bytes += sizeBytes;
    if (sizeBytes > maxRecordBytes || bytes > MAX_RUN_BYTES) break;
  }
  return to;
}

/** None of the records is without a timestamp. */
export function largestTimestampMs({ timesMs }: Records, from: number, to: number): number {
  return timesMs.subarray(from, to).reduce((a, b) => Math.max(a, b));
}

export function bytesOf(records: Records, from: number, to: number): number {
  let bytes = 0;
  for (let i = from; i < to; i++) bytes += records.sizeBytes(i);
  return bytes;
}
