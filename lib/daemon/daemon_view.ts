// What the daemon shows of itself: to HTTP, and to Prometheus.

import type { Clock } from "../async/clock.ts";
import type { Config } from "../config/schema.ts";
import { showConfig } from "../config/show.ts";
import type { WordCounts } from "../http/routes.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { MetricsSettings, MetricsView } from "../metrics/metrics_view.ts";
import type { Outputs } from "../sink/outputs.ts";
import type { ClosedWindow, Pipeline } from "../pipeline/pipeline.ts";
import { readProcessStats } from "../metrics/process_stats.ts";
import type { Governor } from "../rate/governor.ts";
import type { PartitionQueue } from "../records/partition_queue.ts";
import type { Readiness, Source } from "../source/source.ts";
import { SyntheticSource } from "../source/synthetic/synthetic_source.ts";
import type { Summary } from "../systemd/status_line.ts";
import { version } from "../version.ts";
import type { SlidingWindow } from "../window/sliding_window.ts";
import type { Watermark } from "../window/watermark.ts";
import { formatWindowJson, type WindowResult, type WordCount } from "../window/window_result.ts";
import type { WordTable } from "../words/word_table.ts";

/** A loop that has not come round for so long is stuck. */
const STUCK_MS = 15_000;

const encoder = new TextEncoder();

/** The parts that are looked at. */
export interface ShownParts {
  /** In force now. */
  readonly config: Config;
  readonly source: Source;
  readonly pipeline: Pipeline;
  readonly window: SlidingWindow;
  readonly words: WordTable;
  readonly watermark: Watermark;
  readonly governor: Governor;
  readonly metrics: Metrics;
  readonly outputs: Outputs;
}

export class DaemonView implements MetricsView {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #parts: () => ShownParts;

  /** `parts` is not called before somebody looks. */
  constructor(clock: Clock, parts: () => ShownParts) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    this.#parts = parts;
  }

  health(): { readonly ok: boolean; readonly reason?: string } {
    const sinceMs = this.#clock.monotonicMs() - this.#parts().pipeline.lastTurnMs;
    if (sinceMs <= STUCK_MS) return { ok: true };
    return { ok: false, reason: `nothing has been processed for ${Math.round(sinceMs / 1000)} s` };
  }

  readiness(): Readiness {
    const { source: { readiness }, pipeline: { unseen } } = this.#parts();
    if (!readiness.ready) return readiness;
    if (unseen.length === 0) return { ready: true };
    const names = unseen.slice(0, 3).map(({ topic, partition }) => `${topic}/${partition}`).join(", ");
    const more = unseen.length > 3 ? ` and ${unseen.length - 3} more` : "";
    return { ready: false, reason: `waiting for the first record or the end of ${names}${more}` };
  }

  topJson(k: number | undefined): string | undefined {
    const { config, pipeline: { last } } = this.#parts();
    if (last === undefined) return undefined;
    return formatWindowJson({ ...last.result, top: this.#top(last, k ?? config.top) }, this.#coverage(last));
  }

  /** As it was put out: with the words that were the top ones then. */
  windowJson(closed: ClosedWindow): string {
    return formatWindowJson(closed.result, this.#coverage(closed));
  }

  /** The word as it is counted: what `words` made of the text. */
  word(word: string): WordCounts {
    const { source, pipeline: { last }, window, words } = this.#parts();
    if (last === undefined) return { kind: "absent", reason: "no window has closed yet" };
    if (last.assignment !== source.assignment) {
      return { kind: "unknown", reason: "the partitions have changed, wait for the next window" };
    }
    const bytes = encoder.encode(word);
    const id = bytes.length === 0 ? -1 : words.find(bytes, 0, bytes.length);
    const panes = id < 0 ? undefined : window.paneCountsOf(id);
    if (panes === undefined) {
      return { kind: "absent", reason: `${JSON.stringify(word)} is not in the last closed window` };
    }
    const json = JSON.stringify({
      word,
      count: window.countOf(id),
      panes: panes.map(({ startMs, count }) => [startMs, count]),
    });
    return { kind: "counted", json };
  }

  async status(): Promise<unknown> {
    const { config, source, governor, pipeline, metrics: { rates } } = this.#parts();
    const { backpressure, min, initial, max = null, interval: intervalMs } = config.rate;
    const { length, slide, time } = config.window;
    const { residentMemoryBytes = null, cpuSeconds = null } = readProcessStats();
    const watermarkMs = this.watermarkMs();
    const interval = pipeline.lastInterval;
    return {
      version,
      deno: Deno.version.deno,
      name: config.name,
      uptime_seconds: (this.#clock.monotonicMs() - this.#startedMs) / 1000,
      ready: this.readiness(),
      governor: {
        limit: finiteOrNull(governor.limit),
        interval: interval === undefined ? null : {
          records: interval.records,
          processing_ms: interval.processingMs,
          scheduling_ms: interval.schedulingMs,
        },
        backpressure,
        min,
        initial,
        max,
        interval_ms: intervalMs,
      },
      watermark: finiteOrNull(Math.floor(watermarkMs)),
      window_end: pipeline.last?.result.endMs ?? null,
      partitions: this.#queues().map(({ topic, partition, position, highWatermark, lag }) => ({
        topic,
        partition,
        position,
        high_watermark: highWatermark < 0 ? null : highWatermark,
        lag: highWatermark < 0 ? null : lag,
      })),
      config: showConfig(config),
      health: this.health(),
      rates: { records_per_second: rates.records, words_per_second: rates.words },
      totals: await this.#totals(),
      window: { length_ms: length, slide_ms: slide, time },
      replay: source.replay ?? null,
      process: { resident_memory_bytes: residentMemoryBytes, cpu_seconds: cpuSeconds },
      now: this.#clock.nowMs(),
    };
  }

  /** For the service manager. */
  summary(): Summary {
    const { config, pipeline } = this.#parts();
    const readiness = this.readiness();
    const known = this.#queues().filter(({ highWatermark }) => highWatermark >= 0);
    return {
      notReady: readiness.ready ? undefined : readiness.reason,
      recordsPerSecond: (pipeline.lastInterval?.records ?? 0) * 1_000 / config.rate.interval,
      lag: known.length === 0 ? undefined : known.reduce((sum, { lag }) => sum + lag, 0),
      topWord: pipeline.last?.result.top[0],
    };
  }

  // For the metrics

  lastWindow(): WindowResult | undefined {
    return this.#parts().pipeline.last?.result;
  }

  windowsClosed(): number {
    return this.#parts().window.windowsClosed;
  }

  watermarkMs(): number {
    return this.#parts().watermark.streamMs();
  }

  limit(): number {
    return this.#parts().governor.limit;
  }

  settings(): MetricsSettings {
    const { window, rate } = this.#parts().config;
    return { windowSlideMs: window.slide, rateMin: rate.backpressure ? rate.min : undefined };
  }

  gaugeRates(): Iterable<readonly [taskName: string, rate: number]> {
    const { source } = this.#parts();
    if (source instanceof SyntheticSource) return source.rates();
    const topics = new Set(this.#queues().map(({ topic }) => topic));
    return [...topics].map((topic) => [topic, this.limit()] as const);
  }

  partitions(): Iterable<{ topic: string; partition: number; lag: number | undefined }> {
    return this.#queues().map(({ topic, partition, highWatermark, lag }) => {
      return { topic, partition, lag: highWatermark < 0 ? undefined : lag };
    });
  }

  outputs(): Outputs["totals"] {
    return this.#parts().outputs.totals;
  }

  isReady(): boolean {
    return this.readiness().ready;
  }

  /** The top k of the last closed window; more than was put out only while its counts are still there. */
  #top({ result, assignment }: ClosedWindow, k: number): readonly WordCount[] {
    const { source, window } = this.#parts();
    const isWhole = result.top.length >= Math.min(k, result.distinct);
    return isWhole || assignment !== source.assignment ? result.top.slice(0, k) : window.topWords(k);
  }

  /** The partitions that a window covers; with a Kafka source alone these mean something to others. */
  #coverage({ assignment }: ClosedWindow): Record<string, number[]> | undefined {
    if (this.#parts().config.source.kafka === undefined) return undefined;
    const coverage: Record<string, number[]> = {};
    for (const { topic, partition } of assignment.partitions) (coverage[topic] ??= []).push(partition);
    return coverage;
  }

  async #totals(): Promise<unknown> {
    const { skippedRecords, skippedWords, consumerRestarts, late, rebalances, ...totals } = await this
      .#parts()
      .metrics.totals();
    return {
      ...totals,
      skipped_records: skippedRecords,
      skipped_words: skippedWords,
      late,
      rebalances,
      consumer_restarts: consumerRestarts,
    };
  }

  #queues(): readonly PartitionQueue[] {
    return this.#parts().source.assignment?.partitions ?? [];
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
