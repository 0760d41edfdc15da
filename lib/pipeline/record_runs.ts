// These pure functions measure runs: consecutive records of one partition, from index `from` up to but without `to`.

import type { Records } from "../records/records.ts";

/** The longest run. The word ids of this many records fit into the processor's cache. */
export const MAX_RECORDS_PER_RUN = 256;
/** The most bytes of a run of more than one record. It bounds the memory for the ids and matches of a run. */
export const MAX_RUN_BYTES = 1 << 20;

export interface RunLimits {
  readonly end: number;
  /** The pane of the first record. */
  readonly paneStartMs: number;
  readonly paneEndMs: number;
  readonly clockMs: number;
  /** Later records are skipped; the limit holds below `untilOffset`. */
  readonly latestMs: number;
  readonly untilOffset: number;
  /** A record with this timestamp takes the watermark across a slide. */
  readonly crossesAtMs: number;
  readonly maxRecordBytes: number;
}

/**
 * Finds the end of the run that begins at `from`: its records are in one pane, none of them is skipped, and all or none
 * are ahead of the clock. The record with which the watermark crosses a slide is the last one, since windows close there.
 */
export function measureRun(
  records: Records,
  from: number,
  limits: RunLimits,
): { to: number; largestMs: number } {
  const { end, paneStartMs, paneEndMs, clockMs, latestMs, untilOffset, maxRecordBytes } = limits;
  const { timesMs, offsets } = records;
  let largestMs = timesMs[from];
  const isAhead = largestMs > clockMs;
  const afterMs = isAhead ? clockMs : -Infinity;
  const untilMs = isAhead ? latestMs : Math.min(clockMs, latestMs);
  const crossesAtMs = isAhead ? Infinity : limits.crossesAtMs;
  let bytes = records.sizeBytes(from);
  let to = from + 1;
  while (to < end && largestMs < crossesAtMs) {
    const nextMs = timesMs[to];
    if (!(nextMs >= paneStartMs && nextMs < paneEndMs && nextMs <= untilMs && nextMs > afterMs)) break;
    if (offsets[to] >= untilOffset) break;
    const sizeBytes = records.sizeBytes(to);
    if (sizeBytes > maxRecordBytes || bytes + sizeBytes > MAX_RUN_BYTES) break;
    bytes += sizeBytes;
    if (nextMs > largestMs) largestMs = nextMs;
    to++;
  }
  return { to, largestMs };
}

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
