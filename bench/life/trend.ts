// The slope of a series of samples: of all of them, robust against outliers, or of the highest ones alone.

/** One sample: the time, and the value then. */
export type Sample = readonly [x: number, y: number];

export interface Trend {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

/** The quantile of the normal distribution for 95 %. */
const QUANTILE = 1.96;

/**
 * The median of the slopes of all pairs (Theil and Sen), with the bounds of its 95 % confidence interval. Takes quadratic
 * time: 1,000 samples have half a million pairs.
 */
export function findTrend(samples: readonly Sample[]): Trend {
  const slopes: number[] = [];
  samples.forEach(([x, y], i) => {
    for (const [laterX, laterY] of samples.slice(i + 1)) {
      if (laterX > x) slopes.push((laterY - y) / (laterX - x));
    }
  });
  if (slopes.length === 0) throw new RangeError(`${samples.length} samples have no slope`);
  slopes.sort((a, b) => a - b);
  const count = samples.length;
  // Kendall's statistic of samples without a trend has this deviation.
  const deviation = Math.sqrt(count * (count - 1) * (2 * count + 5) / 18);
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))];
  const half = QUANTILE * deviation / 2;
  const middle = (slopes.length - 1) / 2;
  return {
    slope: (slopes[Math.floor(middle)] + slopes[Math.ceil(middle)]) / 2,
    low: at(middle - half),
    high: at(middle + half),
  };
}

/** This share of the samples is below the line of the highest ones. */
const TOP_QUANTILE = 0.9;
/** Each step leaves two thirds of the slopes: then nothing is left but what rounding makes. */
const STEPS = 100;

/**
 * The slope of the line with nine tenths of the samples below it (regression of a quantile: Koenker and Bassett). In a
 * saw-tooth it follows the tops, whatever the depth of the valleys and wherever the series begins.
 */
export function findTopSlope(samples: readonly Sample[]): number {
  let low = Infinity;
  let high = -Infinity;
  samples.slice(1).forEach(([x, y], i) => {
    const [formerX, formerY] = samples[i];
    if (x <= formerX) return;
    low = Math.min(low, (y - formerY) / (x - formerX));
    high = Math.max(high, (y - formerY) / (x - formerX));
  });
  if (low > high) throw new RangeError(`${samples.length} samples have no slope`);
  // The loss is a convex function of the slope.
  for (let step = 0; step < STEPS; step++) {
    const third = (high - low) / 3;
    if (topLoss(samples, low + third) <= topLoss(samples, high - third)) high -= third;
    else low += third;
  }
  return (low + high) / 2;
}

/** The loss of the best line of this slope: nine parts of the distance above it, one part of the distance below it. */
function topLoss(samples: readonly Sample[], slope: number): number {
  const rest = samples.map(([x, y]) => y - slope * x).sort((a, b) => a - b);
  const line = rest[Math.min(rest.length - 1, Math.floor(TOP_QUANTILE * rest.length))];
  return rest.reduce(
    (loss, value) => loss + (value > line ? TOP_QUANTILE : TOP_QUANTILE - 1) * (value - line),
    0,
  );
}
