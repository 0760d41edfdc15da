// Records: how many come in, how many are allowed, and how many wait.

import type { Row } from "../grid.ts";
import { timeSeries } from "../panels.ts";
import { of, rate } from "../queries.ts";

export const INTAKE: Row = {
  title: "Intake",
  panelWidth: 12,
  panelHeight: 8,
  panels: [
    timeSeries({
      title: "Intake and its limit",
      about:
        "Records per second. The intake never exceeds the limit. The scale is logarithmic, because the limit can be " +
        "far above the intake. Without a limit there is no such line.",
      unit: "cps",
      logarithmic: true,
      queries: [
        { expr: `sum(${rate("rtcount_records_total")})`, legend: "intake" },
        { expr: `sum(${of("rtcount_rate_limit")} < Inf)`, legend: "limit" },
        { expr: `sum(${of("rtcount_rate_min")})`, legend: "rate.min" },
      ],
    }),
    timeSeries({
      title: "Lag by partition",
      about:
        "High watermark minus position, in records. One partition that lags alone delays all windows. An instance " +
        "without a connection to Kafka reports its last lag.",
      queries: [{
        expr: `sum by (topic, partition) (${of("rtcount_consumer_lag_records")})`,
        legend: "{{topic}}/{{partition}}",
      }],
    }),
    timeSeries({
      title: "Records/s by topic",
      about: "New records, and records read again after a start or a rebalance.",
      unit: "cps",
      queries: [
        { expr: `sum by (topic) (${rate("rtcount_records_total")})`, legend: "{{topic}}" },
        { expr: `sum by (topic) (${rate("rtcount_replayed_records_total")})`, legend: "{{topic}} again" },
      ],
    }),
    timeSeries({
      title: "Rates of tasks, limits of topics",
      about:
        "The gauge compute_gauge_rate: the rate of each synthetic task, or the limit of each topic, in records per " +
        "second.",
      unit: "cps",
      queries: [{
        expr: `sum by (task_name) (${of("compute_gauge_rate")} < Inf)`,
        legend: "{{task_name}}",
      }],
    }),
    timeSeries({
      title: "Bytes/s by topic",
      about: "Keys and values of new records.",
      unit: "Bps",
      stacked: true,
      queries: [{
        expr: `sum by (topic) (${rate("rtcount_record_bytes_total")})`,
        legend: "{{topic}}",
      }],
    }),
    timeSeries({
      title: "Words/s",
      about: "Counted words per second.",
      unit: "cps",
      queries: [{ expr: `sum by (instance) (${rate("rtcount_words_total")})`, legend: "{{instance}}" }],
    }),
  ],
};
