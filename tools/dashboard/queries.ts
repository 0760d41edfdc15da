// PromQL queries for the chosen job and instances.

const SHOWN = 'job="$job",instance=~"$instance"';

/** Selects a metric of the shown instances. */
export function of(metric: string, labels = ""): string {
  return `${metric}{${SHOWN}${labels === "" ? "" : `,${labels}`}}`;
}

export function rate(metric: string): string {
  return `rate(${of(metric)}[$__rate_interval])`;
}

export function eventsOf(metric: string, labels = ""): string {
  return `increase(${of(metric, labels)}[$__rate_interval])`;
}

export function age(metric: string): string {
  return `time() - ${of(metric)}`;
}

/** The quantile of a histogram of durations. */
export function quantiles(histogram: string): { expr: string; legend: string }[] {
  return [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le) (${rate(`${histogram}_bucket`)}))`,
    legend: `${quantile * 100} %`,
  }));
}
