// The state of the daemon as HTTP, Prometheus and the service manager see it.

import type { Clock } from "../async/clock.ts";
import type { Config } from "../config/schema.ts";
import { showConfig } from "../config/show.ts";
import type { HttpView, WindowAnswer } from "../http/routes.ts";
import type { WindowFeed } from "../http/window_feed.ts";
import type { Exposition, ExpositionFormat, Metrics } from "../metrics/metrics.ts";
import type { MetricFamily } from "../metrics/metric_family.ts";
import { readProcessStats } from "../metrics/process_stats.ts";
import type { ScrapedState } from "../metrics/scraped_state.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { type ClosedWindow, formatClosedWindow } from "../pipeline/window_outputs.ts";
import type { Governor } from "../rate/governor.ts";
import type { PartitionQueue } from "../records/partition_queue.ts";
import type { Outputs } from "../sink/outputs.ts";
import type { Readiness, Source } from "../source/source.ts";
import { SyntheticSource } from "../source/synthetic/synthetic_source.ts";
import { MAX_REASON_CHARACTERS, shorten } from "../text/shorten.ts";
import { lastRecord, type ShownWindows } from "./shown_windows.ts";
import type { Summary } from "../systemd/status_line.ts";
import { version } from "../version.ts";
import type { Watermark } from "../window/watermark.ts";
import { countTuple, risingTuple, type WordCount } from "../window/window_result.ts";

/** A pipeline that finishes no turn for this long is stuck. */
const STUCK_MS = 15_000;
/** Partitions that a reason names. */
const MAX_NAMED_PARTITIONS = 3;

const encoder = new TextEncoder();

const NO_WINDOW: WindowAnswer = { kind: "absent", reason: "no window has closed yet" };

export interface ShownParts {
  readonly source: Source;
  readonly pipeline: Pipeline;
  readonly windows: ShownWindows;
  readonly watermark: Watermark;
  readonly governor: Governor;
  readonly metrics: Metrics;
  readonly outputs: Outputs;
  /** Names a schema that records wait for, and why; undefined for none. */
  readonly registry: { readonly waiting: string | undefined } | undefined;
  readonly feed: WindowFeed;
  readonly clock: Clock;
}

export class DaemonView implements HttpView {
  /** The configuration in force. */
  config: Config;
  readonly #parts: ShownParts;
  readonly #startedMs: number;

  constructor(config: Config, parts: ShownParts) {
    this.config = config;
    this.#parts = parts;
    this.#startedMs = parts.clock.monotonicMs();
  }

  get windows(): WindowFeed {
    return this.#parts.feed;
  }

  metrics(format: ExpositionFormat): Promise<Exposition> {
    return this.#parts.metrics.render(format, this.#scrapedState());
  }

  metricFamilies(): Promise<MetricFamily[]> {
    return this.#parts.metrics.families(this.#scrapedState());
  }

  health(): { readonly ok: boolean; readonly reason?: string } {
    const sinceMs = this.#parts.clock.monotonicMs() - this.#parts.pipeline.lastTurnMs;
    if (sinceMs <= STUCK_MS) return { ok: true };
    return { ok: false, reason: `nothing has been processed for ${Math.round(sinceMs / 1000)} s` };
  }

  ready(): Readiness {
    const readiness = this.#readiness();
    if (readiness.ready) return readiness;
    return { ready: false, reason: shorten(readiness.reason, MAX_REASON_CHARACTERS) };
  }

  topJson(k: number | undefined): string | undefined {
    const { last } = this.#parts.windows;
    if (last === undefined) return undefined;
    const { result, partitions } = last;
    return formatClosedWindow(
      { result: { ...result, top: this.#top(last, k ?? this.config.top) }, partitions },
      { partitions: this.config.source.kafka !== undefined },
    );
  }

  /** `word` must have the form in which it is counted, after trimming and lower case. */
  word(word: string): WindowAnswer {
    const { windows: { last, isCurrent, window, words } } = this.#parts;
    if (last === undefined) return NO_WINDOW;
    if (!isCurrent) {
      return { kind: "unknown", reason: "the partitions have changed: wait for the next window" };
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
      last: lastRecord(words, id, last),
    });
    return { kind: "found", json };
  }

  rising(k: number | undefined): WindowAnswer {
    const { windows: { last, trends, window } } = this.#parts;
    if (trends === undefined) {
      return { kind: "absent", reason: `no counts are compared: ${this.#whyOff("rising")}` };
    }
    if (last === undefined) return NO_WINDOW;
    const { rising = [] } = last.result;
    return partOfWindow(last, {
      learning: trends.isLearning(window),
      rising: this.#first(rising, k, (k) => trends.rising(window, k)).map(risingTuple),
    });
  }

  newWords(k: number | undefined): WindowAnswer {
    const { windows: { last, newWords, window } } = this.#parts;
    if (newWords === undefined) {
      return { kind: "absent", reason: `no new words are looked for: ${this.#whyOff("new_words")}` };
    }
    if (last === undefined) return NO_WINDOW;
    const { newWords: found = [] } = last.result;
    return partOfWindow(last, {
      learning: newWords.isLearning(window),
      miss_rate: newWords.missRate,
      new: this.#first(found, k, (k) => newWords.newest(window, k)).map(countTuple),
    });
  }

  async status(): Promise<unknown> {
    const { config } = this;
    const { source, governor, pipeline, windows, metrics, clock } = this.#parts;
    const { backpressure, min, initial, max = null, interval: intervalMs } = config.rate;
    const { length, slide, time } = config.window;
    const { residentMemoryBytes = null, cpuSeconds = null } = readProcessStats();
    const interval = pipeline.lastInterval;
    return {
      version,
      deno: Deno.version.deno,
      name: config.name,
      uptime_seconds: (clock.monotonicMs() - this.#startedMs) / 1000,
      ready: this.ready(),
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
      watermark: finiteOrNull(Math.floor(windows.watermarkMs)),
      window_end: windows.last?.result.endMs ?? null,
      partitions: this.#queues().map((queue) => ({
        topic: queue.topic,
        partition: queue.partition,
        position: queue.position,
        high_watermark: queue.highWatermark < 0 ? null : queue.highWatermark,
        lag: lagOf(queue) ?? null,
      })),
      config: showConfig(config),
      health: this.health(),
      rates: { records_per_second: metrics.rates.records, words_per_second: metrics.rates.words },
      totals: await metrics.totals(),
      window: { length_ms: length, slide_ms: slide, time },
      replay: source.replay ?? null,
      group: windows.group ?? null,
      process: { resident_memory_bytes: residentMemoryBytes, cpu_seconds: cpuSeconds },
      now: clock.nowMs(),
      rising: windows.trends === undefined ? null : { learning: windows.trends.isLearning(windows.window) },
      new: this.#newWordsStatus(),
    };
  }

  /** The state in figures, for the service manager. */
  summary(): Summary {
    const { pipeline, windows } = this.#parts;
    const readiness = this.ready();
    const lags = this.#queues().map(lagOf).filter((lag) => lag !== undefined);
    return {
      notReady: readiness.ready ? undefined : readiness.reason,
      recordsPerSecond: (pipeline.lastInterval?.records ?? 0) * 1_000 / this.config.rate.interval,
      lag: lags.length === 0 ? undefined : lags.reduce((sum, lag) => sum + lag, 0),
      topWord: windows.last?.result.top[0],
    };
  }

  #scrapedState(): ScrapedState {
    const { source, windows, governor: { limit }, outputs } = this.#parts;
    const { window: { slide }, rate: { backpressure, min } } = this.config;
    const queues = this.#queues();
    const topics = new Set(queues.map(({ topic }) => topic));
    return {
      lastWindow: windows.last?.result,
      showsWindow: windows.isWriter,
      windowsClosed: windows.window.windowsClosed,
      newWords: windows.newWords?.total ?? 0,
      watermarkMs: windows.watermarkMs,
      limit,
      slideMs: slide,
      rateMin: backpressure ? min : undefined,
      gaugeRates: source instanceof SyntheticSource
        ? source.rates()
        : [...topics].map((topic) => [topic, limit]),
      partitions: queues.map((queue) => ({
        topic: queue.topic,
        partition: queue.partition,
        lag: lagOf(queue),
      })),
      outputs: outputs.totals,
      merge: windows.merge,
      isReady: this.ready().ready,
    };
  }

  /** The top k of the last closed window. More words than were emitted are known only while its counts are kept. */
  #top({ result }: ClosedWindow, k: number): readonly WordCount[] {
    const { windows } = this.#parts;
    const isWhole = result.top.length >= Math.min(k, result.distinct);
    return isWhole || !windows.isCurrent ? result.top.slice(0, k) : windows.window.topWords(k);
  }

  /**
   * The first k of a list of the last closed window. `find` finds them anew: more than were emitted are known only while
   * the window's counts are kept.
   */
  #first<T>(
    emitted: readonly T[],
    k: number = this.config.top,
    find: (k: number) => readonly T[],
  ): readonly T[] {
    const { isCurrent, window } = this.#parts.windows;
    const isWhole = emitted.length >= k || emitted.length < window.top;
    return isWhole || !isCurrent ? emitted.slice(0, k) : find(k);
  }

  #whyOff(key: "rising" | "new_words"): string {
    return this.config.merge.enabled ? `${key} has no effect with merge.enabled` : `${key}.enabled is false`;
  }

  #newWordsStatus(): object | null {
    const { window, newWords } = this.#parts.windows;
    if (newWords === undefined) return null;
    return {
      learning: newWords.isLearning(window),
      miss_rate: newWords.missRate,
      memory_bytes: newWords.bytes,
      saved: newWords.isSaved,
    };
  }

  #readiness(): Readiness {
    const { source: { readiness }, pipeline: { unseen, skipping }, registry } = this.#parts;
    if (!readiness.ready) return readiness;
    const waiting = registry?.waiting;
    if (waiting !== undefined) return { ready: false, reason: waiting };
    if (unseen.length === 0 && skipping === undefined) return readiness;
    if (unseen.length === 0 && this.#parts.watermark.streamMs() > -Infinity) {
      return { ready: true, note: skipping };
    }
    // A record that is skipped moves no watermark, so no window can close.
    if (skipping !== undefined) return { ready: false, reason: `no record has been counted: ${skipping}` };
    const named = unseen.slice(0, MAX_NAMED_PARTITIONS).map(({ topic, partition }) =>
      `${topic}/${partition}`
    );
    const more = unseen.length > named.length ? ` and ${unseen.length - named.length} more` : "";
    const names = `${named.join(", ")}${more}`;
    return {
      ready: false,
      reason: `no window can close before each partition shows a record or its end: waiting for ${names}`,
    };
  }

  #queues(): readonly PartitionQueue[] {
    return this.#parts.source.assignment?.partitions ?? [];
  }
}

/** Undefined before the high watermark is known. */
function lagOf({ highWatermark, lag }: PartitionQueue): number | undefined {
  return highWatermark < 0 ? undefined : lag;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function partOfWindow({ result: { startMs, endMs, error } }: ClosedWindow, part: object): WindowAnswer {
  const json = JSON.stringify({ window_start: startMs, window_end: endMs, error, ...part });
  return { kind: "found", json };
}
