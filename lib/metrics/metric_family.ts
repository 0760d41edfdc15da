// The types of metrics and their samples as plain values. A format that prom-client cannot write, such as OTLP, is written
// from them.

/** One number of a metric. The parts of a histogram have its name with `_bucket`, `_sum` or `_count`. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}
