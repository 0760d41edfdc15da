// Metrics with their samples as values, for those who write a format of their own.

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
