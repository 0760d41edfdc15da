// The metrics of the daemon, and the only user of prom-client. Events are counted when they happen, once per batch;
// states are passed in with each scrape.

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Clock, systemClock } from "../async/clock.ts";
import {
  LATE_OUTCOMES,
  type MetricDeclaration,
  METRICS,
  OUTPUT_RESULTS,
  REPORT_RESULTS,
  SNAPSHOT_RESULTS,
  WINDOW_GAUGES,
  WORD_SKIP_REASONS,
} from "./metric_table.ts";
import type { MergeState, ScrapedState } from "./scraped_state.ts";
import type { MetricFamily, Sample } from "./metric_family.ts";
import type { Rates, Totals } from "./totals.ts";
import { OPEN_METRICS_CONTENT_TYPE, toOpenMetrics } from "./open_metrics.ts";
import { processStartSeconds, readProcessStats } from "./process_stats.ts";
import { RECORD_SKIP_REASONS, type RecordSkipReason } from "../records/skip_reason.ts";
import type { WindowResult } from "../window/window_result.ts";

/** Seconds; an interval is a second long by default, and a scheduling delay can outgrow it. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Prometheus text 0.0.4, or OpenMetrics 1.0. */
export type ExpositionFormat = "text" | "openmetrics";

/** An answer to a scrape. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** A metric as prom-client collects it; the type of the package lacks the samples. */
interface CollectedMetric extends Omit<MetricFamily, "samples"> {
  readonly values: readonly (Omit<Sample, "name"> & { readonly metricName?: string })[];
}

export class Metrics {
  readonly #clock: Clock;
  readonly #registry = new Registry();

  readonly #metrics = registerAll(this.#registry);
  #rates: Rates = { records: 0, words: 0 };
  #intervalStartMs: number;
  #intervalWords = 0;

  constructor(options: {
    readonly version: string;
    readonly jobName: string;
    readonly clock?: Clock;
  }) {
    const { clock = systemClock } = options;
    this.#clock = clock;
    this.#intervalStartMs = clock.monotonicMs();
    this.#metrics.buildInfo.set({
      version: options.version,
      deno: Deno.version.deno,
      job_name: options.jobName,
    }, 1);
    this.#metrics.processStart.set(processStartSeconds(clock));
    // A counter that appears with its first event hides that event from rate().
    for (const reason of RECORD_SKIP_REASONS) this.#metrics.recordsSkipped.inc({ reason }, 0);
    for (const reason of WORD_SKIP_REASONS) this.#metrics.wordsSkipped.inc({ reason }, 0);
    for (const outcome of LATE_OUTCOMES) this.#metrics.lateRecords.inc({ outcome }, 0);
    for (const result of SNAPSHOT_RESULTS) this.#metrics.snapshots.inc({ result }, 0);
    this.#metrics.snapshotLastSuccess.remove();
    this.#metrics.snapshotDuration.remove();
    this.configReloaded(true);
  }

  /** `bytes` is the size of the keys and values. */
  recordsTaken(topic: string, records: number, bytes: number): void {
    this.#metrics.records.inc({ topic }, records);
    this.#metrics.recordBytes.inc({ topic }, bytes);
  }

  recordsCounted(records: number): void {
    this.#metrics.recordsCounted.inc(records);
  }

  recordsFiltered(topic: string, records: number): void {
    this.#metrics.recordsFiltered.inc({ topic }, records);
  }

  recordsReplayed(topic: string, records: number): void {
    this.#metrics.replayedRecords.inc({ topic }, records);
  }

  wordsCounted(words: number): void {
    this.#metrics.words.inc(words);
    this.#intervalWords += words;
  }

  recordsSkipped(reason: RecordSkipReason, records: number): void {
    this.#metrics.recordsSkipped.inc({ reason }, records);
  }

  wordsSkipped(reason: typeof WORD_SKIP_REASONS[number], words: number): void {
    this.#metrics.wordsSkipped.inc({ reason }, words);
  }

  lateRecords(outcome: typeof LATE_OUTCOMES[number], records: number): void {
    this.#metrics.lateRecords.inc({ outcome }, records);
  }

  rebalance(): void {
    this.#metrics.rebalances.inc();
  }

  consumerRestart(): void {
    this.#metrics.consumerRestarts.inc();
  }

  throttled(ms: number): void {
    this.#metrics.throttleSeconds.inc(ms / 1000);
  }

  skippedOffsets(topic: string, partition: number, offsets: number): void {
    this.#metrics.skippedOffsets.inc({ topic, partition }, offsets);
  }

  /** Reports that the configuration was read; `inForce` says that all of it is in force now. */
  configReloaded(inForce: boolean): void {
    this.#metrics.reloadSuccessful.set(inForce ? 1 : 0);
    if (inForce) this.#metrics.reloadSuccess.set(this.#clock.nowMs() / 1000);
  }

  /** Reports that a snapshot was saved at `nowMs` (wall clock). */
  snapshotSaved(nowMs: number, durationMs: number): void {
    this.#metrics.snapshots.inc({ result: "ok" });
    this.#metrics.snapshotLastSuccess.set(nowMs / 1000);
    this.#metrics.snapshotDuration.set(durationMs / 1000);
  }

  snapshotFailed(): void {
    this.#metrics.snapshots.inc({ result: "failed" });
  }

  /** Reports one rate interval. The durations of an interval without records mean nothing. */
  batch(interval: { records: number; processingMs: number; schedulingMs: number }): void {
    this.#metrics.batchRecords.set(interval.records);
    this.#measureRates(interval.records);
    if (interval.records === 0) return;
    this.#metrics.batchProcessing.observe(interval.processingMs / 1000);
    this.#metrics.batchSchedulingDelay.observe(interval.schedulingMs / 1000);
  }

  get rates(): Rates {
    return this.#rates;
  }

  async totals(): Promise<Totals> {
    return {
      records: await totalOf(this.#metrics.records),
      words: await totalOf(this.#metrics.words),
      replayed: await totalOf(this.#metrics.replayedRecords),
      skipped_records: await totalsBy(this.#metrics.recordsSkipped, "reason"),
      skipped_words: await totalsBy(this.#metrics.wordsSkipped, "reason"),
      late: await totalsBy(this.#metrics.lateRecords, "outcome"),
      rebalances: await totalOf(this.#metrics.rebalances),
      consumer_restarts: await totalOf(this.#metrics.consumerRestarts),
    };
  }

  /** Answers a scrape with all events counted so far and with the present states. */
  async render(format: ExpositionFormat, state: ScrapedState): Promise<Exposition> {
    this.#update(state);
    const body = await this.#registry.metrics();
    return format === "openmetrics"
      ? { contentType: OPEN_METRICS_CONTENT_TYPE, body: toOpenMetrics(body) }
      : { contentType: Registry.PROMETHEUS_CONTENT_TYPE, body };
  }

  /** As `render`, in values. */
  async families(state: ScrapedState): Promise<MetricFamily[]> {
    this.#update(state);
    const metrics = await this.#registry.getMetricsAsJSON() as unknown as readonly CollectedMetric[];
    return metrics.map(({ name, help, type, values }) => ({
      name,
      help,
      type,
      samples: values.map(({ metricName = name, labels, value }) => ({ name: metricName, labels, value })),
    }));
  }

  #update(state: ScrapedState): void {
    this.#setWindow(state.showsWindow ? state.lastWindow : undefined);
    if (!state.showsWindow) { for (const key of WINDOW_GAUGES) this.#metrics[key].remove(); }
    this.#setPartitions(state);
    this.#setOutputs(state);
    this.#setMerge(state.merge);
    this.#setState(state);
  }

  #measureRates(records: number): void {
    const nowMs = this.#clock.monotonicMs();
    const seconds = (nowMs - this.#intervalStartMs) / 1000;
    if (seconds > 0) this.#rates = { records: records / seconds, words: this.#intervalWords / seconds };
    this.#intervalStartMs = nowMs;
    this.#intervalWords = 0;
  }

  #setWindow(window: WindowResult | undefined): void {
    this.#metrics.wordOccurrences.reset();
    for (const { word, count } of window?.top ?? []) this.#metrics.wordOccurrences.set({ word }, count);
    this.#metrics.risingFactor.reset();
    for (const { word, factor } of window?.rising ?? []) this.#metrics.risingFactor.set({ word }, factor);
    this.#metrics.wordOccurrencesError.set(window?.error ?? 0);
    this.#metrics.windowWords.set(window?.words ?? 0);
    this.#metrics.windowDistinctWords.set(window?.distinct ?? 0);
    this.#metrics.windowRecords.set(window?.records ?? 0);
    setSeconds(this.#metrics.windowEnd, window?.endMs ?? undefined);
  }

  #setMerge(state: MergeState | undefined): void {
    this.#metrics.mergeReports.reset();
    if (state !== undefined) {
      for (const result of REPORT_RESULTS) this.#metrics.mergeReports.inc({ result }, state.results[result]);
    }
    setTotal(this.#metrics.mergeReportBytes, state?.bytes);
    setTotal(this.#metrics.mergeReportWords, state?.words);
    setSeconds(this.#metrics.mergeReported, state?.reportedMs);
    setOrLeaveOut(this.#metrics.mergeLag, state?.lag);
    setOrLeaveOut(this.#metrics.mergeUnheard, state?.unheard);
  }

  #setPartitions({ partitions }: ScrapedState): void {
    this.#metrics.consumerLag.reset();
    for (const { topic, partition, lag } of partitions) {
      if (lag !== undefined) this.#metrics.consumerLag.set({ topic, partition }, lag);
      this.#metrics.skippedOffsets.inc({ topic, partition }, 0);
      this.#metrics.records.inc({ topic }, 0);
      this.#metrics.recordBytes.inc({ topic }, 0);
      this.#metrics.recordsFiltered.inc({ topic }, 0);
      this.#metrics.replayedRecords.inc({ topic }, 0);
    }
    this.#metrics.assignedPartitions.set(partitions.length);
  }

  #setOutputs({ outputs }: ScrapedState): void {
    this.#metrics.outputRecords.reset();
    this.#metrics.outputRetries.reset();
    for (const { output, retries, queued, ...totals } of outputs) {
      for (const result of OUTPUT_RESULTS) {
        this.#metrics.outputRecords.inc({ output, result }, totals[result]);
      }
      this.#metrics.outputRetries.inc({ output }, retries);
      this.#metrics.outputQueued.set({ output }, queued);
    }
  }

  #setState(state: ScrapedState): void {
    setSeconds(this.#metrics.watermark, state.watermarkMs);
    setTotal(this.#metrics.windowsClosed, state.windowsClosed);
    setTotal(this.#metrics.newWords, state.newWords);
    setSeconds(this.#metrics.windowSlide, state.slideMs);
    this.#metrics.rateLimit.set(state.limit);
    setOrLeaveOut(this.#metrics.rateMin, state.rateMin);
    this.#metrics.computeGaugeRate.reset();
    for (const [taskName, rate] of state.gaugeRates) {
      this.#metrics.computeGaugeRate.set({ task_name: taskName }, rate);
    }
    this.#metrics.ready.set(state.isReady ? 1 : 0);
    const { residentMemoryBytes, cpuSeconds } = readProcessStats();
    setOrLeaveOut(this.#metrics.residentMemory, residentMemoryBytes);
    setTotal(this.#metrics.cpu, cpuSeconds);
  }
}

type Instruments = {
  readonly [Key in keyof typeof METRICS]: InstrumentOf<typeof METRICS[Key]["type"]>;
};
type InstrumentOf<Type> = Type extends "gauge" ? Gauge : Type extends "counter" ? Counter : Histogram;

function registerAll(registry: Registry): Instruments {
  const instruments = Object.entries(METRICS).map(([key, metric]) => [key, register(metric, registry)]);
  return Object.fromEntries(instruments);
}

function register(
  { name, type, help, labels }: MetricDeclaration,
  registry: Registry,
): Gauge | Counter | Histogram {
  const options = { name, help, labelNames: Object.keys(labels), registers: [registry] };
  if (type === "gauge") return new Gauge(options);
  if (type === "counter") return new Counter(options);
  return new Histogram({ ...options, buckets: DURATION_BUCKETS });
}

/** The sum over all labels. */
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

/** Like `setOrLeaveOut`, for milliseconds; an infinite value is unknown. */
function setSeconds(gauge: Gauge, ms: number | undefined): void {
  setOrLeaveOut(gauge, Number.isFinite(ms) ? Number(ms) / 1000 : undefined);
}

/** Sets a counter to a running total that is kept elsewhere. */
function setTotal(counter: Counter, total: number | undefined): void {
  counter.reset();
  if (total === undefined) counter.remove();
  else counter.inc(total);
}
