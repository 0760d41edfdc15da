// An IntervalHistory holds the governor's measurements and limits, one sample per poll of the status, oldest first.

import type { Status } from "./status.ts";

/** One poll. Rates are records per second. A measure that is unknown or not set is null, or absent in a gap. */
export interface IntervalSample {
  /** The daemon's wall clock. */
  readonly timeMs: number;
  readonly intake?: number | null;
  readonly limit?: number | null;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly processingMs?: number | null;
  readonly schedulingMs?: number | null;
  readonly intervalMs?: number | null;
}

export type IntervalHistory = readonly IntervalSample[];

export const MAX_SAMPLES = 300;
/** A pause longer than this many polls is a gap in the lines. */
const GAP_FACTOR = 3;

export function sampleOf({ now, governor, rates }: Status): IntervalSample {
  const { limit, backpressure, min, max, interval, interval_ms } = governor;
  return {
    timeMs: now,
    intake: rates?.records_per_second ?? null,
    limit,
    min: backpressure ? min : null,
    max,
    processingMs: interval?.processing_ms ?? null,
    schedulingMs: interval?.scheduling_ms ?? null,
    intervalMs: interval_ms,
  };
}

/** Appends the sample. If the clock was set back, samples after it are dropped. */
export function addSample(
  history: IntervalHistory,
  sample: IntervalSample,
  periodMs: number,
): IntervalHistory {
  const earlier = history.filter(({ timeMs }) => timeMs < sample.timeMs);
  const last = earlier.at(-1);
  const gap = last !== undefined && sample.timeMs - last.timeMs > GAP_FACTOR * periodMs
    ? [{ timeMs: last.timeMs + periodMs }]
    : [];
  return [...earlier, ...gap, sample].slice(-MAX_SAMPLES);
}
