// The slope of a series of samples, robust against outliers: the median of the slopes of all pairs (Theil and Sen), with
// the bounds of its 95 % confidence interval.

/** One sample: the time, and the value then. */
export type Sample = readonly [x: number, y: number];

export interface Trend {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

/** The quantile of the normal distribution for 95 %. */
const QUANTILE = 1.96;

/** Takes quadratic time: 1,000 samples have half a million pairs. */
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
