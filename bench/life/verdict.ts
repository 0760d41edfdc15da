// Whether a member grows: its samples against the limits of heap after garbage collection, resident memory, descriptors and
// timers. Resident memory is a saw-tooth, since V8 gives free pages back many at once: the slope of its tops is judged.

import { findTopSlope, findTrend, type Sample } from "./trend.ts";
import type { LifeSample } from "./watched_member.ts";

const HOUR_MS = 3_600_000;
/** The first part of the run is left out: code is compiled, and tables reach their size. */
const WARM_UP_SHARE = 0.25;
/** A member keeps 300 windows for streams; until then it grows. */
const WARM_UP_WINDOWS = 400;
/** Resident memory reaches its first top after the heap has reached its size; this share of the warmed samples is left out. */
const FIRST_TOP_SHARE = 1 / 3;
/** A shorter series may have no second top. */
const MIN_TOPS_HOURS = 0.45;
/** Fewer samples after the warm-up have no trend. */
const MIN_SAMPLES = 40;

/** A sample with its time since the start, and the number of windows closed by then. */
export interface TimedSample {
  readonly atMs: number;
  readonly closed: number;
  readonly sample: LifeSample;
}

interface Limit {
  readonly name: string;
  readonly scale: number;
  /** The growth that a member may have. */
  readonly perHour: number;
  /** Whether the tops of a saw-tooth are judged. */
  readonly ofTops?: boolean;
}

const LIMITS: Readonly<Record<keyof LifeSample, Limit>> = {
  heapBytes: { name: "MB of heap after garbage collection", scale: 1e6, perHour: 1 },
  // The functions of the program are its bound. Code that is made at run time has none.
  codeBytes: { name: "MB of it are compiled code", scale: 1e6, perHour: 2 },
  residentBytes: { name: "MB of resident memory", scale: 1e6, perHour: 8, ofTops: true },
  descriptors: { name: "descriptors", scale: 1, perHour: 2 },
  timers: { name: "timers", scale: 1, perHour: 2 },
};

export interface Verdict {
  readonly text: string;
  readonly isGood: boolean;
}

/** One verdict for each kind of sample; a single one when the series is too short. */
export function judge(series: readonly TimedSample[]): Verdict[] {
  const warmed = series.slice(Math.floor(series.length * WARM_UP_SHARE))
    .filter(({ closed }) => closed >= WARM_UP_WINDOWS);
  if (warmed.length < MIN_SAMPLES) {
    const text = `too short for a trend, ${warmed.length} samples after the warm-up of ${series.length}`;
    return [{ text, isGood: true }];
  }
  return (Object.entries(LIMITS) as [keyof LifeSample, Limit][]).flatMap(([key, limit]) => {
    const samples = warmed.flatMap(({ atMs, sample }): Sample[] => {
      const value = sample[key];
      return value === undefined ? [] : [[atMs / HOUR_MS, value / limit.scale]];
    });
    if (samples.length === 0) return [];
    const values = samples.map(([, value]) => value);
    const range = `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} ${limit.name}`;
    const { text, isGood } = limit.ofTops ? judgeTops(samples, limit) : judgeAll(samples, limit);
    return [{ text: `${range}, ${text}, limit ${limit.perHour}: ${isGood ? "ok" : "FAILED"}`, isGood }];
  });
}

function judgeAll(samples: readonly Sample[], limit: Limit): Verdict {
  const { slope, low, high } = findTrend(samples);
  return {
    text: `slope ${slope.toFixed(2)} an hour (${low.toFixed(2)} to ${high.toFixed(2)})`,
    // The lower bound, so that the noise of a short run is no failure.
    isGood: low <= limit.perHour,
  };
}

function judgeTops(samples: readonly Sample[], limit: Limit): Verdict {
  const later = samples.slice(Math.floor(samples.length * FIRST_TOP_SHARE));
  const hours = later[later.length - 1][0] - later[0][0];
  if (hours < MIN_TOPS_HOURS) return { text: "too short for a slope of the tops", isGood: true };
  const slope = findTopSlope(later);
  return { text: `slope of the tops ${slope.toFixed(2)} an hour`, isGood: slope <= limit.perHour };
}
