// PromQL queries for the chosen job and instances.

const SHOWN = 'job="$job",instance=~"$instance"';

/** Series of single events are drawn as bars of at least a minute, which holds several scrapes. */
export const EVENT_INTERVAL = "1m";
/** Prometheus scrapes node_exporter this often; rates need the interval at the query. */
export const MACHINE_INTERVAL = "15s";

export interface Query {
  readonly expr: string;
  /** The name of a series: text, and labels as `{{label}}`. */
  readonly legend?: string;
  /**
   * Grafana's "Min step" of this query, which `$__interval` and `$__rate_interval` follow; by default the data source's
   * scrape interval. The panel's "Min interval" has no effect on `$__rate_interval`.
   */
  readonly interval?: string;
}

/** Selects a metric of the shown instances. */
export function of(metric: string, labels = ""): string {
  return `${metric}{${SHOWN}${labels === "" ? "" : `,${labels}`}}`;
}

const THEIR_MACHINES = 'job=~"$node_job",instance=~"$host(:[0-9]+)?"';

/** Selects a metric of node_exporter on the machines of the shown instances. */
export function ofMachine(metric: string, labels = ""): string {
  return `${metric}{${THEIR_MACHINES}${labels === "" ? "" : `,${labels}`}}`;
}

export function rate(metric: string): string {
  return `rate(${of(metric)}[$__rate_interval])`;
}

/**
 * The number of events by some labels, in bars that neither overlap nor leave gaps: each event counts once. round()
 * undoes the extrapolation of increase().
 */
export function eventsBy(labels: string, metric: string, legend: string): Query {
  const by = labels === "" ? "" : ` by (${labels})`;
  return {
    expr: `round(sum${by} (increase(${of(metric)}[$__interval])))`,
    legend,
    interval: EVENT_INTERVAL,
  };
}

export function age(metric: string): string {
  return `time() - ${of(metric)}`;
}

/** Quantiles of a histogram of durations. */
export function quantiles(histogram: string): Query[] {
  return [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le) (${rate(`${histogram}_bucket`)}))`,
    legend: `${quantile * 100} %`,
  }));
}
