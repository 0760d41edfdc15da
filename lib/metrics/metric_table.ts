// Declares every metric once. The registry is built from this table, and so is docs/metrics.md.

import { RECORD_SKIP_REASONS } from "../records/skip_reason.ts";

export const WORD_SKIP_REASONS = ["too_long", "too_short", "stop_word"] as const;
export const LATE_OUTCOMES = ["counted", "dropped"] as const;
export const OUTPUT_RESULTS = ["sent", "dropped", "failed"] as const;
export const REPORT_RESULTS = ["sent", "taken", "repeated", "outdated", "foreign"] as const;
export const SNAPSHOT_RESULTS = ["ok", "failed"] as const;

/** One metric family as Prometheus sees it. */
export interface MetricDeclaration {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** The values of each label; an empty list where they are not known in advance. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

type Labels = MetricDeclaration["labels"];
type Declared<Type> = MetricDeclaration & { readonly type: Type };

const OUTPUTS = ["kafka", "dead_letters"];

/** All metrics, in the order in which `/metrics` shows them. */
export const METRICS = {
  wordOccurrences: gauge(
    "rtcount_window_word_occurrences",
    "Count of each top word in the last closed window.",
    { word: [] },
  ),
  wordOccurrencesError: gauge(
    "rtcount_window_word_occurrences_error",
    "The most by which a shown count can be too high; 0 means that all counts are exact.",
  ),
  windowWords: gauge("rtcount_window_words", "Words in the last closed window."),
  windowDistinctWords: gauge("rtcount_window_distinct_words", "Distinct words in the last closed window."),
  windowRecords: gauge("rtcount_window_records", "Records in the last closed window."),
  windowEnd: gauge("rtcount_window_end_timestamp_seconds", "End of the last closed window."),
  windowSlide: gauge(
    "rtcount_window_slide_seconds",
    "Time from the end of one window to the end of the next.",
  ),
  watermark: gauge(
    "rtcount_watermark_timestamp_seconds",
    "Event time up to which the stream counts as complete.",
  ),
  risingFactor: gauge(
    "rtcount_rising_word_factor",
    "Factor by which each rising word exceeds its usual count in the last closed window.",
    { word: [] },
  ),
  newWords: counter(
    "rtcount_new_words_total",
    "Words that became new: the stream had not had them for new_words.memory.",
  ),
  windowsClosed: counter("rtcount_windows_closed_total", "Closed windows, including those without records."),

  records: counter("rtcount_records_total", "Records read, not including replays.", { topic: [] }),
  recordBytes: counter(
    "rtcount_record_bytes_total",
    "Bytes of the keys and values of the records read, not including replays.",
    { topic: [] },
  ),
  replayedRecords: counter(
    "rtcount_replayed_records_total",
    "Records read again after a start or a rebalance.",
    { topic: [] },
  ),
  recordsCounted: counter(
    "rtcount_records_counted_total",
    "Records that are in windows. With those late and dropped, filtered and skipped they are all records read.",
  ),
  recordsFiltered: counter(
    "rtcount_records_filtered_total",
    "Records that failed a condition of records.where.",
    {
      topic: [],
    },
  ),
  words: counter("rtcount_words_total", "Words counted."),
  recordsSkipped: counter("rtcount_records_skipped_total", "Records that were not counted.", {
    reason: RECORD_SKIP_REASONS,
  }),
  wordsSkipped: counter("rtcount_words_skipped_total", "Words that were not counted.", {
    reason: WORD_SKIP_REASONS,
  }),
  lateRecords: counter(
    "rtcount_late_records_total",
    "Records that arrived after a window with their pane had closed.",
    { outcome: LATE_OUTCOMES },
  ),

  rateLimit: gauge("rtcount_rate_limit", "Records per second allowed now; +Inf means no limit."),
  rateMin: gauge(
    "rtcount_rate_min",
    "Records per second below which backpressure does not set the limit; absent without backpressure.",
  ),
  // The Spark Streaming lab has a metric of this name: its dashboards keep working.
  computeGaugeRate: gauge(
    "compute_gauge_rate",
    "Records per second of a synthetic task, or allowed for a topic.",
    { task_name: [] },
  ),
  batchProcessing: histogram(
    "rtcount_batch_processing_seconds",
    "Processing time of the records of a rate interval.",
  ),
  batchSchedulingDelay: histogram(
    "rtcount_batch_scheduling_delay_seconds",
    "Time that the records of a rate interval waited for processing after their admission.",
  ),
  batchRecords: gauge("rtcount_batch_records", "Records of the last rate interval."),

  consumerLag: gauge("rtcount_consumer_lag_records", "High watermark minus position.", {
    topic: [],
    partition: [],
  }),
  assignedPartitions: gauge("rtcount_assigned_partitions", "Partitions assigned now."),
  rebalances: counter("rtcount_rebalances_total", "Changes of the assignment."),
  consumerRestarts: counter(
    "rtcount_consumer_restarts_total",
    "Restarts of the consumer after a failure or a stall.",
  ),
  throttleSeconds: counter(
    "rtcount_kafka_throttle_seconds_total",
    "Pauses that brokers demanded because of a quota.",
  ),
  skippedOffsets: counter(
    "rtcount_skipped_offsets_total",
    "Offsets that retention deleted before they were read.",
    { topic: [], partition: [] },
  ),

  outputRecords: counter(
    "rtcount_output_records_total",
    "Records for an output topic: sent; dropped, without room in the queue or time to send; failed, refused by the broker.",
    { output: OUTPUTS, result: OUTPUT_RESULTS },
  ),
  outputRetries: counter(
    "rtcount_output_retries_total",
    "Attempts to send to an output topic that failed and are repeated.",
    { output: OUTPUTS },
  ),
  outputQueued: gauge("rtcount_output_queued_records", "Records that wait to be sent to an output topic.", {
    output: OUTPUTS,
  }),

  reloadSuccessful: gauge(
    "rtcount_config_last_reload_successful",
    "1 when the configuration that was read last is in force.",
  ),
  reloadSuccess: gauge(
    "rtcount_config_last_reload_success_timestamp_seconds",
    "Time when a configuration last came into force.",
  ),
  mergeReports: counter(
    "rtcount_merge_reports_total",
    "Reports in the pane log: sent by this member; taken, repeated, outdated or foreign as it reads the log.",
    { result: REPORT_RESULTS },
  ),
  mergeReportBytes: counter(
    "rtcount_merge_report_bytes_total",
    "Bytes of the reports that this member sent.",
  ),
  mergeReportWords: counter(
    "rtcount_merge_report_words_total",
    "Words with a count in the reports that this member sent.",
  ),
  mergeReported: gauge(
    "rtcount_merge_reported_timestamp_seconds",
    "Event time up to which this member has reported. The member with the smallest delays all windows.",
  ),
  mergeLag: gauge("rtcount_merge_lag_records", "Records of the pane log that this member has not read."),
  mergeUnheard: gauge(
    "rtcount_merge_unheard_partitions",
    "Partitions of the group that no member has reported since the last rebalance.",
  ),

  snapshots: counter("rtcount_snapshots_total", "Attempts to save a snapshot.", { result: SNAPSHOT_RESULTS }),
  snapshotLastSuccess: gauge(
    "rtcount_snapshot_last_success_timestamp_seconds",
    "Time when this process last saved a snapshot.",
  ),
  snapshotDuration: gauge("rtcount_snapshot_duration_seconds", "Time that saving the last snapshot took."),

  ready: gauge("rtcount_ready", "1 while /readyz answers that the daemon is ready."),
  buildInfo: gauge("rtcount_build_info", "Versions of rtcount and Deno, and the name of the job; always 1.", {
    version: [],
    deno: [],
    job_name: [],
  }),
  residentMemory: gauge("process_resident_memory_bytes", "Resident memory size."),
  cpu: counter("process_cpu_seconds_total", "User and system CPU time spent."),
  processStart: gauge("process_start_time_seconds", "Start time of the process since the epoch."),
};

function gauge(name: string, help: string, labels: Labels = {}): Declared<"gauge"> {
  return { name, type: "gauge", help, labels };
}

function counter(name: string, help: string, labels: Labels = {}): Declared<"counter"> {
  return { name, type: "counter", help, labels };
}

function histogram(name: string, help: string): Declared<"histogram"> {
  return { name, type: "histogram", help, labels: {} };
}

/** The gauges of the last window that have no labels. */
export const WINDOW_GAUGES = [
  "wordOccurrencesError",
  "windowWords",
  "windowDistinctWords",
  "windowRecords",
  "windowEnd",
] as const;
