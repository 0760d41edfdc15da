// Events that need attention: restarts, rebalances, late and skipped records, lost offsets.

import type { Row } from "../grid.ts";
import { states, timeSeries, valueNames } from "../panels.ts";
import { EVENT_INTERVAL, eventsBy, of, rate } from "../queries.ts";

export const TROUBLE: Row = {
  title: "Restarts and losses",
  panelWidth: 12,
  panelHeight: 8,
  panels: [
    states({
      title: "Up, ready, configuration applied",
      about:
        "Whether Prometheus can scrape the instance, whether /readyz answers 200, and whether the configuration read " +
        "last is applied.",
      unit: "none",
      queries: [
        { expr: of("up"), legend: "up {{instance}}" },
        { expr: of("rtcount_ready"), legend: "ready {{instance}}" },
        { expr: of("rtcount_config_last_reload_successful"), legend: "configuration {{instance}}" },
      ],
      mapping: valueNames({ 0: { text: "no", color: "red" }, 1: { text: "yes", color: "green" } }),
    }),
    timeSeries({
      title: "Restarts of the process",
      about:
        "In the four minutes before each point, so each restart appears in four points: a shorter time would miss " +
        "the restart of a process that was down for minutes. The blue lines mark the exact times.",
      draw: "bars",
      decimals: 0,
      queries: [{
        expr: `sum by (instance) (changes(${of("process_start_time_seconds")}[$__rate_interval]))`,
        legend: "{{instance}}",
        interval: EVENT_INTERVAL,
      }],
    }),
    timeSeries({
      title: "Consumer restarts and rebalances",
      about:
        "How often the connection to Kafka was built again, and how often the assignment changed; per bar.",
      draw: "bars",
      stacked: true,
      decimals: 0,
      queries: [
        eventsBy("", "rtcount_consumer_restarts_total", "consumer restarts"),
        eventsBy("", "rtcount_rebalances_total", "rebalances"),
      ],
    }),
    timeSeries({
      title: "Late and skipped records",
      about:
        "Late records came after a window of theirs had closed; they are counted in windows that are still open, or " +
        "dropped. Skipped records are in no count, for the named reason. Records per bar.",
      draw: "bars",
      stacked: true,
      queries: [
        eventsBy("outcome", "rtcount_late_records_total", "late, {{outcome}}"),
        eventsBy("reason", "rtcount_records_skipped_total", "skipped, {{reason}}"),
      ],
    }),
    timeSeries({
      title: "Filtered records",
      about: "Records that failed a condition of records.where, and are therefore in no window; per bar.",
      draw: "bars",
      stacked: true,
      queries: [eventsBy("topic", "rtcount_records_filtered_total", "{{topic}}")],
    }),
    timeSeries({
      title: "Skipped words",
      about: "Words left out by words.min_length, max_length or stop_words; per bar.",
      draw: "bars",
      stacked: true,
      queries: [eventsBy("reason", "rtcount_words_skipped_total", "{{reason}}")],
    }),
    timeSeries({
      title: "Offsets lost to retention",
      about:
        "Offsets that the topic removed before they were read, since the process started. The windows to which they " +
        "belong are incomplete. This is no rate, because the first scraped value may already be above 0.",
      queries: [{
        expr: `sum by (topic, partition) (${of("rtcount_skipped_offsets_total")})`,
        legend: "{{topic}}/{{partition}}",
      }],
    }),
    timeSeries({
      title: "Throttled by a quota",
      about:
        "The share of time for which the brokers ask not to be read, because of a quota of Kafka. At 1 nothing is read.",
      queries: [{
        expr: `sum by (instance) (${rate("rtcount_kafka_throttle_seconds_total")})`,
        legend: "{{instance}}",
      }],
    }),
    timeSeries({
      title: "Partitions assigned",
      about:
        "Per instance. An instance without partitions is idle: the group has more members than partitions.",
      decimals: 0,
      queries: [{ expr: of("rtcount_assigned_partitions"), legend: "{{instance}}" }],
    }),
  ],
};
