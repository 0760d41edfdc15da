// The description of the Grafana dashboard; `deno task dashboard` makes monitoring/grafana/dashboards/rtcount.json from it.
//
// The panels use metrics, not recording rules, so that they work with a Prometheus without the shipped rules. A word's
// series ends when the word leaves the top. So bars show one moment, and lines follow the words that are on top at the
// end of the range: topk() at each step would draw thousands of lines for a day of a lively stream.

import type { Dashboard as GrafanaDashboard } from "@grafana/schema";
import { ANNOTATIONS } from "./annotations.ts";
import { placeRows, type Row } from "./grid.ts";
import type { JsonOf } from "./json_of.ts";
import { bars, heatmap, stat, states, timeSeries, valueNames } from "./panels.ts";
import { age, eventsOf, of, quantiles, rate } from "./queries.ts";
import { VARIABLES } from "./variables.ts";

type Dashboard = JsonOf<GrafanaDashboard>;

const WORDS = `sum by (word) (${of("rtcount_window_word_occurrences")})`;
const WORDS_AT_THE_END = `sum by (word) (${of("rtcount_window_word_occurrences")} @ end())`;
/** The scrape interval of node_exporter. */
const MACHINE_INTERVAL = "15s";

const NOW: Row = {
  title: "Now",
  panelWidth: 3,
  panelHeight: 4,
  panels: [
    stat({
      title: "State",
      about: "What /readyz says; of several instances the worst.",
      unit: "none",
      query: { expr: `min(${of("rtcount_ready")})` },
      mapping: valueNames({ 0: { text: "not ready", color: "red" }, 1: { text: "ready", color: "green" } }),
    }),
    stat({
      title: "Records/s",
      about: "Taken in, without those that are read again.",
      query: { expr: `sum(${rate("rtcount_records_total")})` },
    }),
    stat({
      title: "Records behind",
      about: "How many records the topics have that have not been read.",
      query: { expr: `sum(${of("rtcount_consumer_lag_records")})` },
    }),
    stat({
      title: "Last window ended",
      about:
        "So long ago; of several instances the longest. A few seconds more than window.lateness is usual.",
      unit: "s",
      decimals: 1,
      query: { expr: `max(${age("rtcount_window_end_timestamp_seconds")})` },
    }),
    stat({
      title: "Words in the window",
      about: "All of them, of all instances shown.",
      query: { expr: `sum(${of("rtcount_window_words")})` },
    }),
    stat({
      title: "Distinct words",
      about: "Of several instances the one with the most; words that they share cannot be told.",
      query: { expr: `max(${of("rtcount_window_distinct_words")})` },
    }),
    stat({
      title: "Counts too high by",
      about:
        "At most. 0 while no slide has more distinct words than window.max_words: then counts are exact.",
      query: { expr: `max(${of("rtcount_window_word_occurrences_error")})` },
      redFrom: 1,
    }),
    stat({
      title: "Running for",
      about: "Of several instances the youngest.",
      unit: "s",
      query: { expr: `min(${age("process_start_time_seconds")})` },
    }),
  ],
};

const TOP_WORDS: Row = {
  title: "Top words",
  panelWidth: 12,
  panelHeight: 16,
  panels: [
    bars({
      title: "Top words of the last window",
      about:
        "Counts of the newest closed window. Each member of a group counts its own partitions: over several instances a " +
        "sum is a lower bound, since a word may be outside another member's top.",
      width: 10,
      query: { expr: `sort_desc(topk(20, ${WORDS}))`, legend: "{{word}}" },
    }),
    timeSeries({
      title: "The same words over time",
      about:
        "The ten words that are on top at the end of the time range, and how often each was in the window before. A line " +
        "has gaps where its word was not among the `top`.",
      width: 14,
      queries: [{
        expr: `${WORDS} and on (word) topk(10, ${WORDS_AT_THE_END})`,
        legend: "{{word}}",
      }],
    }),
  ],
};

const INTAKE: Row = {
  title: "Intake",
  panelWidth: 12,
  panelHeight: 8,
  panels: [
    timeSeries({
      title: "Records/s taken in and allowed",
      about:
        "The governor never takes in more than is allowed. Logarithmic: what is allowed can be far above what there is. " +
        "Without a limit there is no such line.",
      logarithmic: true,
      queries: [
        { expr: `sum(${rate("rtcount_records_total")})`, legend: "taken in" },
        { expr: `sum(${of("rtcount_rate_limit")} < Inf)`, legend: "allowed" },
        { expr: `sum(${of("rtcount_rate_min")})`, legend: "rate.min" },
      ],
    }),
    timeSeries({
      title: "Records behind, by partition",
      about: "High watermark minus position. A partition that alone stays behind holds the windows back.",
      queries: [{
        expr: `sum by (topic, partition) (${of("rtcount_consumer_lag_records")})`,
        legend: "{{topic}}/{{partition}}",
      }],
    }),
    timeSeries({
      title: "Records/s by topic",
      about: "Taken in, and read again after a start or a rebalance.",
      queries: [
        { expr: `sum by (topic) (${rate("rtcount_records_total")})`, legend: "{{topic}}" },
        { expr: `sum by (topic) (${rate("rtcount_replayed_records_total")})`, legend: "{{topic}} again" },
      ],
    }),
    timeSeries({
      title: "compute_gauge_rate",
      about: "The rate of each synthetic task or, with Kafka, the records/s allowed for each topic.",
      queries: [{
        expr: `sum by (task_name) (${of("compute_gauge_rate")} < Inf)`,
        legend: "{{task_name}}",
      }],
    }),
    timeSeries({
      title: "Bytes/s by topic",
      about: "Keys and values of the records taken in.",
      unit: "Bps",
      stacked: true,
      queries: [{
        expr: `sum by (topic) (${rate("rtcount_record_bytes_total")})`,
        legend: "{{topic}}",
      }],
    }),
    timeSeries({
      title: "Words/s",
      about: "Counted.",
      queries: [{ expr: `sum by (instance) (${rate("rtcount_words_total")})`, legend: "{{instance}}" }],
    }),
  ],
};

const WINDOWS: Row = {
  title: "Windows",
  panelWidth: 12,
  panelHeight: 8,
  panels: [
    timeSeries({
      title: "In the last window",
      about: "How many records, words and distinct words the newest closed window has.",
      logarithmic: true,
      queries: [
        { expr: of("rtcount_window_records"), legend: "records {{instance}}" },
        { expr: of("rtcount_window_words"), legend: "words {{instance}}" },
        { expr: of("rtcount_window_distinct_words"), legend: "distinct words {{instance}}" },
      ],
    }),
    timeSeries({
      title: "Age of the watermark and of the last window",
      about:
        "How long ago, in event time, the stream is complete, and the last window ended. Both grow by a second a second " +
        "while nothing closes; in a catch-up they fall.",
      unit: "s",
      queries: [
        { expr: age("rtcount_watermark_timestamp_seconds"), legend: "watermark {{instance}}" },
        { expr: age("rtcount_window_end_timestamp_seconds"), legend: "last window {{instance}}" },
      ],
    }),
    timeSeries({
      title: "Windows closed a second",
      about: "One in window.slide while all goes as it should; more in a catch-up.",
      queries: [
        { expr: rate("rtcount_windows_closed_total"), legend: "closed {{instance}}" },
        { expr: `1 / ${of("rtcount_window_slide_seconds")}`, legend: "usual {{instance}}" },
      ],
    }),
    timeSeries({
      title: "Counts too high by, over time",
      about: "At most. Above 0 where a slide has more distinct words than window.max_words.",
      queries: [{ expr: of("rtcount_window_word_occurrences_error"), legend: "{{instance}}" }],
    }),
  ],
};

const DELAYS: Row = {
  title: "Delays",
  panelWidth: 12,
  panelHeight: 8,
  panels: [
    heatmap({
      title: "Processing time of a rate interval",
      about: "The time to decode, split, count and emit the records of an interval (rate.interval).",
      unit: "s",
      query: {
        expr: `sum by (le) (${eventsOf("rtcount_batch_processing_seconds_bucket")})`,
        legend: "{{le}}",
      },
    }),
    heatmap({
      title: "Scheduling delay",
      about: "How long the records of a rate interval, once admitted, waited for their processing to begin.",
      unit: "s",
      query: {
        expr: `sum by (le) (${eventsOf("rtcount_batch_scheduling_delay_seconds_bucket")})`,
        legend: "{{le}}",
      },
    }),
    timeSeries({
      title: "Processing time: so many intervals took at most",
      about: "Above rate.interval a core is not enough. Estimated from the histogram's buckets.",
      unit: "s",
      queries: quantiles("rtcount_batch_processing_seconds"),
    }),
    timeSeries({
      title: "Scheduling delay: so many intervals had at most",
      about: "What the integral part of the estimator works against. Estimated from the histogram's buckets.",
      unit: "s",
      queries: quantiles("rtcount_batch_scheduling_delay_seconds"),
    }),
  ],
};

const TROUBLE: Row = {
  title: "Out of the ordinary",
  panelWidth: 12,
  panelHeight: 8,
  panels: [
    states({
      title: "Ready, configuration in force",
      about: "What /readyz says, and whether the file that was read last is in force.",
      unit: "none",
      queries: [
        { expr: of("rtcount_ready"), legend: "ready {{instance}}" },
        { expr: of("rtcount_config_last_reload_successful"), legend: "configuration {{instance}}" },
      ],
      mapping: valueNames({ 0: { text: "no", color: "red" }, 1: { text: "yes", color: "green" } }),
    }),
    timeSeries({
      title: "Restarts and rebalances",
      about:
        "Starts of the process, consumers built anew, changes of the assignment, over the four minutes before each point. " +
        "A shorter time would not span a start: it shows by what was before and after.",
      draw: "bars",
      interval: "1m",
      queries: [
        {
          expr: `sum(changes(${of("process_start_time_seconds")}[$__rate_interval]))`,
          legend: "process restarts",
        },
        { expr: `sum(${eventsOf("rtcount_consumer_restarts_total")})`, legend: "consumer restarts" },
        { expr: `sum(${eventsOf("rtcount_rebalances_total")})`, legend: "rebalances" },
      ],
    }),
    timeSeries({
      title: "Late and skipped records",
      about:
        "Late: a window that it belongs to had closed; dropped, where no open window has it either. Skipped: in no count " +
        "at all, for the reason named.",
      draw: "bars",
      stacked: true,
      queries: [
        { expr: `sum by (outcome) (${eventsOf("rtcount_late_records_total")})`, legend: "late, {{outcome}}" },
        {
          expr: `sum by (reason) (${eventsOf("rtcount_records_skipped_total")})`,
          legend: "skipped, {{reason}}",
        },
      ],
    }),
    timeSeries({
      title: "Skipped words",
      about: "Not counted, as words.min_length, max_length and stop_words say.",
      draw: "bars",
      stacked: true,
      queries: [{
        expr: `sum by (reason) (${eventsOf("rtcount_words_skipped_total")})`,
        legend: "{{reason}}",
      }],
    }),
    timeSeries({
      title: "Offsets lost to retention",
      about:
        "Removed from the topic before they were read, since the process started: the windows that they belong to are not " +
        "whole. Not a rate, since the first value that is scraped may already tell of some.",
      queries: [{
        expr: `sum by (topic, partition) (${of("rtcount_skipped_offsets_total")})`,
        legend: "{{topic}}/{{partition}}",
      }],
    }),
    timeSeries({
      title: "Partitions assigned",
      about: "To each instance. One with none has nothing to do: the group has more members than partitions.",
      queries: [{ expr: of("rtcount_assigned_partitions"), legend: "{{instance}}" }],
    }),
  ],
};

const SNAPSHOTS: Row = {
  title: "Snapshots (with state.dir)",
  panelWidth: 8,
  panelHeight: 7,
  panels: [
    timeSeries({
      title: "Age of the last snapshot",
      about: "As long as records come it stays about state.interval. A restart reads again what is younger.",
      unit: "s",
      queries: [{
        expr: age("rtcount_snapshot_last_success_timestamp_seconds"),
        legend: "{{instance}}",
      }],
    }),
    timeSeries({
      title: "Time to save one",
      about: "In the background; counting goes on.",
      unit: "s",
      queries: [{ expr: of("rtcount_snapshot_duration_seconds"), legend: "{{instance}}" }],
    }),
    timeSeries({
      title: "Snapshots",
      about: "Saved and failed, over the last few scrapes.",
      draw: "bars",
      stacked: true,
      queries: [{ expr: `sum by (result) (${eventsOf("rtcount_snapshots_total")})`, legend: "{{result}}" }],
    }),
  ],
};

const OUTPUTS: Row = {
  title: "Output topics (with output.kafka, output.dead_letters)",
  panelWidth: 8,
  panelHeight: 7,
  panels: [
    timeSeries({
      title: "Records written",
      about:
        "Sent: the topic has them. Dropped: the queue had no room. Failed: the broker refused them permanently.",
      draw: "bars",
      stacked: true,
      queries: [{
        expr: `sum by (output, result) (${eventsOf("rtcount_output_records_total")})`,
        legend: "{{output}}, {{result}}",
      }],
    }),
    timeSeries({
      title: "Records that wait to be sent",
      about: "Those of a topic that is away; from 10,000 on windows give way to newer ones.",
      queries: [{ expr: of("rtcount_output_queued_records"), legend: "{{output}} {{instance}}" }],
    }),
    timeSeries({
      title: "Attempts that failed",
      about: "They are repeated. Counting goes on.",
      draw: "bars",
      queries: [{
        expr: `sum by (output) (${eventsOf("rtcount_output_retries_total")})`,
        legend: "{{output}}",
      }],
    }),
  ],
};

const PROCESS: Row = {
  title: "Process",
  panelWidth: 12,
  panelHeight: 8,
  panels: [
    timeSeries({
      title: "Memory",
      about: "Resident.",
      unit: "bytes",
      queries: [{ expr: of("process_resident_memory_bytes"), legend: "{{instance}}" }],
    }),
    timeSeries({
      title: "CPU",
      about: "100 % is one core. Counting has one; the rest is decompression and the runtime's own work.",
      unit: "percentunit",
      queries: [{ expr: rate("process_cpu_seconds_total"), legend: "{{instance}}" }],
    }),
  ],
};

const MACHINE: Row = {
  title: "Machine (node_exporter)",
  panelWidth: 8,
  panelHeight: 7,
  panels: [
    timeSeries({
      title: "CPU in use",
      about: "Of all cores together.",
      unit: "percentunit",
      max: 1,
      interval: MACHINE_INTERVAL,
      queries: [{
        expr: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
        legend: "{{instance}}",
      }],
    }),
    timeSeries({
      title: "Memory in use",
      about: "What is not available to another program.",
      unit: "percentunit",
      max: 1,
      interval: MACHINE_INTERVAL,
      queries: [{
        expr: "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
        legend: "{{instance}}",
      }],
    }),
    timeSeries({
      title: "Disk in use",
      about: "Of each file system on a disk; snapshots and Prometheus's data need room.",
      unit: "percentunit",
      max: 1,
      interval: MACHINE_INTERVAL,
      queries: [{
        expr: '1 - node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|squashfs"} / node_filesystem_size_bytes',
        legend: "{{instance}} {{mountpoint}}",
      }],
    }),
  ],
};

/** The dashboard in the format of Grafana 10.0 and newer. */
export const dashboard: Dashboard = {
  uid: "rtcount",
  title: "rtcount",
  description: "Top words of a Kafka stream over a sliding window, and how well they are counted.",
  tags: ["rtcount", "kafka"],
  schemaVersion: 38,
  version: 1,
  editable: true,
  graphTooltip: 1,
  timezone: "browser",
  time: { from: "now-15m", to: "now" },
  refresh: "5s",
  annotations: { list: ANNOTATIONS },
  templating: { list: VARIABLES },
  links: [],
  panels: placeRows([
    NOW,
    TOP_WORDS,
    INTAKE,
    WINDOWS,
    DELAYS,
    TROUBLE,
    SNAPSHOTS,
    OUTPUTS,
    PROCESS,
    MACHINE,
  ]),
};

/** The file's text. */
export function formatDashboard(): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
