// What the program tells Prometheus. Every metric is declared here, once; nobody else knows the library. What happens is
// counted when it happens, a batch at a time; what is a state is read when somebody asks.

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Clock, systemClock } from "../async/clock.ts";
import type { MetricsView } from "./metrics_view.ts";
import { OPEN_METRICS_CONTENT_TYPE, toOpenMetrics } from "./open_metrics.ts";
import { processStartSeconds, readProcessStats } from "./process_stats.ts";
import type { WindowResult } from "../window/window_result.ts";

const RECORD_SKIP_REASONS = ["too_large", "invalid_json", "future", "no_timestamp", "corrupt"] as const;
const WORD_SKIP_REASONS = ["too_long", "too_short", "stop_word"] as const;
const LATE_OUTCOMES = ["counted", "dropped"] as const;
const OUTPUT_RESULTS = ["sent", "dropped", "failed"] as const;
const SNAPSHOT_RESULTS = ["ok", "failed"] as const;

/** Why a record was not counted. */
export type RecordSkipReason = typeof RECORD_SKIP_REASONS[number];
/** Why a word was not counted. */
export type WordSkipReason = typeof WORD_SKIP_REASONS[number];
/** What became of a late record. */
export type LateOutcome = typeof LATE_OUTCOMES[number];

/** Seconds; an interval is a second long by default, and a scheduling delay can outgrow it. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What has been counted since the start. */
export interface Totals {
  /** Taken in, replays not included. */
  readonly records: number;
  readonly words: number;
  readonly replayed: number;
  readonly skippedRecords: Readonly<Record<string, number>>;
  readonly skippedWords: Readonly<Record<string, number>>;
  readonly late: Readonly<Record<string, number>>;
  readonly rebalances: number;
  readonly consumerRestarts: number;
}

/** Per second, of the last rate interval, replays not included. */
export interface Rates {
  readonly records: number;
  readonly words: number;
}

/** Prometheus text 0.0.4, or OpenMetrics 1.0. */
export type ExpositionFormat = "text" | "openmetrics";

/** An answer to a scrape. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

export class Metrics {
  readonly #view: MetricsView;
  readonly #clock: Clock;
  readonly #registry = new Registry();

  readonly #wordOccurrences = this.#gauge(
    "rtcount_window_word_occurrences",
    "Count of each top word in the last closed window.",
    ["word"],
  );
  readonly #wordOccurrencesError = this.#gauge(
    "rtcount_window_word_occurrences_error",
    "How much a shown count can at most be too high; 0 means exact.",
  );
  readonly #windowWords = this.#gauge("rtcount_window_words", "Words in the last closed window.");
  readonly #windowDistinctWords = this.#gauge(
    "rtcount_window_distinct_words",
    "Distinct words in the last closed window.",
  );
  readonly #windowRecords = this.#gauge("rtcount_window_records", "Records in the last closed window.");
  readonly #windowEnd = this.#gauge("rtcount_window_end_timestamp_seconds", "End of the last closed window.");
  readonly #windowSlide = this.#gauge(
    "rtcount_window_slide_seconds",
    "Time from the end of one window to the end of the next.",
  );
  readonly #watermark = this.#gauge(
    "rtcount_watermark_timestamp_seconds",
    "Event time up to which the stream is taken to be complete.",
  );
  readonly #windowsClosed = this.#counter(
    "rtcount_windows_closed_total",
    "Windows closed, those without records included.",
  );

  readonly #records = this.#counter("rtcount_records_total", "Records taken in, replays not included.", [
    "topic",
  ]);
  readonly #recordBytes = this.#counter(
    "rtcount_record_bytes_total",
    "Bytes of the records taken in, replays not included.",
    ["topic"],
  );
  readonly #replayedRecords = this.#counter(
    "rtcount_replayed_records_total",
    "Records read again after a start or a rebalance.",
    ["topic"],
  );
  readonly #words = this.#counter("rtcount_words_total", "Words counted.");
  readonly #recordsSkipped = this.#counter(
    "rtcount_records_skipped_total",
    "Records that were not counted.",
    ["reason"],
  );
  readonly #wordsSkipped = this.#counter("rtcount_words_skipped_total", "Words that were not counted.", [
    "reason",
  ]);
  readonly #lateRecords = this.#counter(
    "rtcount_late_records_total",
    "Records whose pane had already been in a closed window.",
    ["outcome"],
  );

  readonly #rateLimit = this.#gauge(
    "rtcount_rate_limit",
    "Records per second allowed now; +Inf means no limit.",
  );
  readonly #rateMin = this.#gauge(
    "rtcount_rate_min",
    "Records per second below which backpressure does not set the limit.",
  );
  // The recipe's name: dashboards made for it are to go on working.
  readonly #computeGaugeRate = this.#gauge(
    "compute_gauge_rate",
    "Records per second of a synthetic task, or allowed for a topic.",
    ["task_name"],
  );
  readonly #batchProcessing = this.#histogram(
    "rtcount_batch_processing_seconds",
    "Time spent on the records of a rate interval.",
  );
  readonly #batchSchedulingDelay = this.#histogram(
    "rtcount_batch_scheduling_delay_seconds",
    "How long the records of a rate interval waited for their processing once admitted.",
  );
  readonly #batchRecords = this.#gauge("rtcount_batch_records", "Records of the last rate interval.");

  readonly #consumerLag = this.#gauge("rtcount_consumer_lag_records", "High watermark minus position.", [
    "topic",
    "partition",
  ]);
  readonly #assignedPartitions = this.#gauge("rtcount_assigned_partitions", "Partitions assigned now.");
  readonly #rebalances = this.#counter("rtcount_rebalances_total", "Changes of the assignment.");
  readonly #consumerRestarts = this.#counter(
    "rtcount_consumer_restarts_total",
    "Consumers built anew after a crash or a stall.",
  );
  readonly #skippedOffsets = this.#counter(
    "rtcount_skipped_offsets_total",
    "Offsets lost to retention before they were read.",
    ["topic", "partition"],
  );

  readonly #outputRecords = this.#counter(
    "rtcount_output_records_total",
    "Records for a topic: sent; dropped, for there was no room or no time; failed, refused by the broker.",
    ["output", "result"],
  );
  readonly #outputRetries = this.#counter(
    "rtcount_output_retries_total",
    "Attempts to send to a topic that came to nothing and are repeated.",
    ["output"],
  );
  readonly #outputQueued = this.#gauge(
    "rtcount_output_queued_records",
    "Records that wait to be sent to a topic.",
    ["output"],
  );

  readonly #reloadSuccessful = this.#gauge(
    "rtcount_config_last_reload_successful",
    "1 when the configuration that was read last is in force.",
  );
  readonly #reloadSuccess = this.#gauge(
    "rtcount_config_last_reload_success_timestamp_seconds",
    "When a configuration last came into force.",
  );
  readonly #snapshots = this.#counter("rtcount_snapshots_total", "Snapshots that were to be saved.", [
    "result",
  ]);
  readonly #snapshotLastSuccess = this.#gauge(
    "rtcount_snapshot_last_success_timestamp_seconds",
    "When this process last saved a snapshot.",
  );
  readonly #snapshotDuration = this.#gauge(
    "rtcount_snapshot_duration_seconds",
    "How long saving the last snapshot took.",
  );

  readonly #ready = this.#gauge("rtcount_ready", "1 when /readyz says so.");
  readonly #buildInfo = this.#gauge("rtcount_build_info", "What is running; always 1.", [
    "version",
    "deno",
    "job_name",
  ]);
  readonly #residentMemory = this.#gauge("process_resident_memory_bytes", "Resident memory size.");
  readonly #cpu = this.#counter("process_cpu_seconds_total", "User and system CPU time spent.");
  readonly #processStart = this.#gauge(
    "process_start_time_seconds",
    "Start time of the process since the epoch.",
  );

  #rates: Rates = { records: 0, words: 0 };
  #intervalStartMs: number;
  #intervalWords = 0;

  constructor(options: {
    readonly version: string;
    readonly jobName: string;
    readonly view: MetricsView;
    readonly clock?: Clock;
  }) {
    const { clock = systemClock } = options;
    this.#view = options.view;
    this.#clock = clock;
    this.#intervalStartMs = clock.monotonicMs();
    this.#buildInfo.set({ version: options.version, deno: Deno.version.deno, job_name: options.jobName }, 1);
    this.#processStart.set(processStartSeconds(clock));
    // A counter that appears with its first event hides that event from rate().
    for (const reason of RECORD_SKIP_REASONS) this.#recordsSkipped.inc({ reason }, 0);
    for (const reason of WORD_SKIP_REASONS) this.#wordsSkipped.inc({ reason }, 0);
    for (const outcome of LATE_OUTCOMES) this.#lateRecords.inc({ outcome }, 0);
    for (const result of SNAPSHOT_RESULTS) this.#snapshots.inc({ result }, 0);
    this.#snapshotLastSuccess.remove();
    this.#snapshotDuration.remove();
    this.configReloaded(true);
  }

  /** `bytes`: of their keys and values. */
  recordsTaken(topic: string, records: number, bytes: number): void {
    this.#records.inc({ topic }, records);
    this.#recordBytes.inc({ topic }, bytes);
  }

  recordsReplayed(topic: string, records: number): void {
    this.#replayedRecords.inc({ topic }, records);
  }

  wordsCounted(words: number): void {
    this.#words.inc(words);
    this.#intervalWords += words;
  }

  recordsSkipped(reason: RecordSkipReason, records: number): void {
    this.#recordsSkipped.inc({ reason }, records);
  }

  wordsSkipped(reason: WordSkipReason, words: number): void {
    this.#wordsSkipped.inc({ reason }, words);
  }

  lateRecords(outcome: LateOutcome, records: number): void {
    this.#lateRecords.inc({ outcome }, records);
  }

  rebalance(): void {
    this.#rebalances.inc();
  }

  consumerRestart(): void {
    this.#consumerRestarts.inc();
  }

  skippedOffsets(topic: string, partition: number, offsets: number): void {
    this.#skippedOffsets.inc({ topic, partition }, offsets);
  }

  /** The configuration was read; `inForce` where all of it is in force now. */
  configReloaded(inForce: boolean): void {
    this.#reloadSuccessful.set(inForce ? 1 : 0);
    if (inForce) this.#reloadSuccess.set(this.#clock.nowMs() / 1000);
  }

  /** At `nowMs`, by the wall clock, a snapshot was saved. */
  snapshotSaved(nowMs: number, durationMs: number): void {
    this.#snapshots.inc({ result: "ok" });
    this.#snapshotLastSuccess.set(nowMs / 1000);
    this.#snapshotDuration.set(durationMs / 1000);
  }

  snapshotFailed(): void {
    this.#snapshots.inc({ result: "failed" });
  }

  /** One rate interval; the durations of one without records mean nothing. */
  batch(interval: { records: number; processingMs: number; schedulingMs: number }): void {
    this.#batchRecords.set(interval.records);
    this.#measureRates(interval.records);
    if (interval.records === 0) return;
    this.#batchProcessing.observe(interval.processingMs / 1000);
    this.#batchSchedulingDelay.observe(interval.schedulingMs / 1000);
  }

  get rates(): Rates {
    return this.#rates;
  }

  async totals(): Promise<Totals> {
    return {
      records: await totalOf(this.#records),
      words: await totalOf(this.#words),
      replayed: await totalOf(this.#replayedRecords),
      skippedRecords: await totalsBy(this.#recordsSkipped, "reason"),
      skippedWords: await totalsBy(this.#wordsSkipped, "reason"),
      late: await totalsBy(this.#lateRecords, "outcome"),
      rebalances: await totalOf(this.#rebalances),
      consumerRestarts: await totalOf(this.#consumerRestarts),
    };
  }

  /** The answer to a scrape. */
  async render(format: ExpositionFormat): Promise<Exposition> {
    this.#readWindow(this.#view.lastWindow());
    this.#readPartitions();
    this.#readOutputs();
    this.#readState();
    const body = await this.#registry.metrics();
    return format === "openmetrics"
      ? { contentType: OPEN_METRICS_CONTENT_TYPE, body: toOpenMetrics(body) }
      : { contentType: Registry.PROMETHEUS_CONTENT_TYPE, body };
  }

  #measureRates(records: number): void {
    const nowMs = this.#clock.monotonicMs();
    const seconds = (nowMs - this.#intervalStartMs) / 1000;
    if (seconds > 0) this.#rates = { records: records / seconds, words: this.#intervalWords / seconds };
    this.#intervalStartMs = nowMs;
    this.#intervalWords = 0;
  }

  #readWindow(window: WindowResult | undefined): void {
    this.#wordOccurrences.reset();
    for (const { word, count } of window?.top ?? []) this.#wordOccurrences.set({ word }, count);
    this.#wordOccurrencesError.set(window?.error ?? 0);
    this.#windowWords.set(window?.words ?? 0);
    this.#windowDistinctWords.set(window?.distinct ?? 0);
    this.#windowRecords.set(window?.records ?? 0);
    setOrLeaveOut(
      this.#windowEnd,
      window === undefined || window.endMs === null ? undefined : window.endMs / 1000,
    );
  }

  #readPartitions(): void {
    this.#consumerLag.reset();
    let assigned = 0;
    for (const { topic, partition, lag } of this.#view.partitions()) {
      assigned++;
      if (lag !== undefined) this.#consumerLag.set({ topic, partition }, lag);
      this.#skippedOffsets.inc({ topic, partition }, 0);
      this.#records.inc({ topic }, 0);
      this.#recordBytes.inc({ topic }, 0);
      this.#replayedRecords.inc({ topic }, 0);
    }
    this.#assignedPartitions.set(assigned);
  }

  #readOutputs(): void {
    this.#outputRecords.reset();
    this.#outputRetries.reset();
    for (const { output, retries, queued, ...totals } of this.#view.outputs()) {
      for (const result of OUTPUT_RESULTS) this.#outputRecords.inc({ output, result }, totals[result]);
      this.#outputRetries.inc({ output }, retries);
      this.#outputQueued.set({ output }, queued);
    }
  }

  #readState(): void {
    const watermarkMs = this.#view.watermarkMs();
    setOrLeaveOut(this.#watermark, Number.isFinite(watermarkMs) ? watermarkMs / 1000 : undefined);
    setTotal(this.#windowsClosed, this.#view.windowsClosed());
    const { windowSlideMs, rateMin } = this.#view.settings();
    this.#windowSlide.set(windowSlideMs / 1000);
    this.#rateLimit.set(this.#view.limit());
    setOrLeaveOut(this.#rateMin, rateMin);
    this.#computeGaugeRate.reset();
    for (const [taskName, rate] of this.#view.gaugeRates()) {
      this.#computeGaugeRate.set({ task_name: taskName }, rate);
    }
    this.#ready.set(this.#view.isReady() ? 1 : 0);
    const { residentMemoryBytes, cpuSeconds } = readProcessStats();
    setOrLeaveOut(this.#residentMemory, residentMemoryBytes);
    setTotal(this.#cpu, cpuSeconds);
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string): Histogram {
    return new Histogram({ name, help, buckets: DURATION_BUCKETS, registers: [this.#registry] });
  }
}

/** Over all labels. */
async function totalOf(counter: Counter): Promise<number> {
  return (await counter.get()).values.reduce((sum, { value }) => sum + value, 0);
}

async function totalsBy(counter: Counter, label: string): Promise<Record<string, number>> {
  const { values } = await counter.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels[label]), value]));
}

/** An unknown value leaves the metric without a sample. */
function setOrLeaveOut(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}

/** Sets a counter to a running total that is kept elsewhere. */
function setTotal(counter: Counter, total: number | undefined): void {
  counter.reset();
  if (total === undefined) counter.remove();
  else counter.inc(total);
}
