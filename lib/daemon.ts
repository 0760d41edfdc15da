// Wires the parts of one pipeline and runs it: the only file that knows them all.

import { setImmediate } from "node:timers";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { type Config, parseTopicPattern } from "./config/schema.ts";
import { changeConfig } from "./config/reload.ts";
import { showConfig } from "./config/show.ts";
import { wordRules } from "./configured_words.ts";
import { ConfigError } from "./errors.ts";
import { startHttpServer } from "./http/server.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { type ClosedWindow, Pipeline } from "./pipeline.ts";
import { Governor, type RateSettings } from "./rate/governor.ts";
import { ConsoleSink } from "./sink/console.ts";
import { KafkaSource } from "./source/kafka.ts";
import { LinesSource } from "./source/lines.ts";
import type { PartitionQueue } from "./source/partition_queue.ts";
import type { Readiness, Source } from "./source/source.ts";
import { SyntheticSource } from "./source/synthetic.ts";
import { snapshotIdentity } from "./snapshot_identity.ts";
import { systemFiles } from "./state/snapshot_files.ts";
import { SnapshotKeeper } from "./state/snapshot_keeper.ts";
import { SnapshotStore } from "./state/snapshot_store.ts";
import { version } from "./version.ts";
import { SlidingWindow } from "./window/sliding_window.ts";
import { Watermark } from "./window/watermark.ts";
import { formatWindowJson } from "./window/window_result.ts";
import { Tokenizer } from "./words/tokenizer.ts";
import { WordTable } from "./words/word_table.ts";

/** A loop that has not come round for so long is stuck. */
const STUCK_MS = 15_000;

export interface DaemonOptions {
  readonly config: Config;
  readonly log: Log;
  /** Takes the console blocks. */
  readonly stdout: (text: string) => void;
  readonly clock?: Clock;
}

export interface Daemon {
  /** Of the HTTP server, such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Ends with `stop`; rejects where the daemon cannot go on. */
  readonly done: Promise<void>;
  /**
   * Takes over what may change in place of a configuration read again, and says in the log what may not. Where `load`
   * rejects with a ConfigError nothing changes.
   */
  reload(load: () => Promise<Config>): Promise<void>;
  /** Takes nothing more in, ends the turn, keeps the progress, closes what is open. */
  stop(): Promise<void>;
}

/**
 * Starts a daemon and returns once HTTP listens; Kafka may be reached later.
 *
 * @throws {Error} where the address to listen on cannot be had.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, log, clock = systemClock } = options;
  log.info("starting", { version, deno: Deno.version.deno });
  log.info(`effective configuration ${JSON.stringify(showConfig(config))}`);
  const engine = new Engine({ ...options, clock });
  const server = await startHttpServer({ listen: config.http.listen, view: engine, log: log.child("http") });
  log.info(`listening on ${server.url}`);

  const stopping = new AbortController();
  const done = engine.run(stopping.signal).finally(() => server.stop());
  return {
    url: server.url,
    done,
    reload: (load) => engine.reload(load),
    stop() {
      stopping.abort();
      return done;
    },
  };
}

/** The wired parts, and what HTTP shows of them. */
class Engine {
  #config: Config;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #startedMs: number;
  readonly #metrics: Metrics;
  readonly #governor: Governor;
  readonly #tokenizer: Tokenizer;
  readonly #window: SlidingWindow;
  readonly #watermark: Watermark;
  readonly #source: Source;
  readonly #synthetic: SyntheticSource | undefined;
  readonly #pipeline: Pipeline;
  readonly #snapshots: SnapshotKeeper | undefined;

  constructor({ config, log, clock, stdout }: Required<DaemonOptions>) {
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
    this.#startedMs = clock.monotonicMs();
    this.#metrics = new Metrics({ version, jobName: config.name, view: this.#metricsView(), clock });
    const words = new WordTable();
    const { length: lengthMs, slide: slideMs, lateness: latenessMs, idle: idleMs } = config.window;
    const maxWords = config.window.max_words;
    this.#window = new SlidingWindow({ lengthMs, slideMs, top: config.top, words, maxWords });
    this.#watermark = new Watermark({ latenessMs, idleMs, aheadMs: 2 * lengthMs + latenessMs });
    this.#governor = new Governor(rateSettings(config), clock.monotonicMs());
    if (config.source.synthetic !== undefined) this.#synthetic = this.#makeSynthetic(config.source.synthetic);
    const store = this.#makeSnapshotStore();
    this.#source = this.#synthetic ?? this.#makeSource(store);
    this.#tokenizer = new Tokenizer(wordRules(config), words);
    const sink = new ConsoleSink({ write: stdout });
    this.#pipeline = new Pipeline({
      source: this.#source,
      words,
      tokenizer: this.#tokenizer,
      window: this.#window,
      watermark: this.#watermark,
      governor: this.#governor,
      tally: this.#metrics,
      clock,
      log: log.child("pipeline"),
      putOut: ({ result }) => this.#config.output.console && sink.write(result),
      from: config.words.from,
      time: config.window.time,
      slideMs,
      latenessMs,
      maxFutureMs: config.window.max_future,
      maxRecordBytes: config.words.max_record_bytes,
    });
    this.#snapshots = store && this.#makeSnapshotKeeper(store);
  }

  /** Turns until told to stop, then leaves in order. */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true })
    );
    this.#source.start();
    try {
      while (!signal.aborted) {
        const waitMs = this.#pipeline.turn();
        this.#snapshots?.saveIfDue();
        if (waitMs <= 0) await new Promise((resolve) => setImmediate(resolve));
        else await Promise.race([this.#source.changed(waitMs), stopped]);
      }
      this.#log.info("stopping");
      await this.#pipeline.finish();
    } finally {
      // The partitions first: whoever takes them over waits for nothing but that.
      await this.#source.stop();
    }
    await this.#snapshots?.finish();
    this.#log.info("stopped");
  }

  async reload(load: () => Promise<Config>): Promise<void> {
    let next: Config;
    try {
      next = await load();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#metrics.configReloaded(false);
      this.#log.error("the configuration was not reloaded, nothing has changed", { error });
      return;
    }
    const { config, changed, refused } = changeConfig(this.#config, next);
    this.#config = config;
    this.#governor.configure(rateSettings(config), this.#clock.monotonicMs());
    this.#window.top = config.top;
    this.#tokenizer.setStopWords(config.words.stop_words);
    this.#log.configure(config.log);
    this.#metrics.configReloaded(refused.length === 0);
    this.#log.info("the configuration was reloaded", { changed });
    if (refused.length > 0) this.#log.error("these keys change only with a restart", { keys: refused });
  }

  metrics(accept: string | null): Promise<{ contentType: string; body: string }> {
    return this.#metrics.render(accept);
  }

  health(): { ok: boolean; reason?: string } {
    const sinceMs = this.#clock.monotonicMs() - this.#pipeline.lastTurnMs;
    if (sinceMs <= STUCK_MS) return { ok: true };
    return { ok: false, reason: `nothing has been processed for ${Math.round(sinceMs / 1000)} s` };
  }

  ready(): Readiness {
    const { readiness } = this.#source;
    if (!readiness.ready) return readiness;
    const { replayLag, unseen } = this.#pipeline;
    if (replayLag > 0) return { ready: false, reason: `reading back ${replayLag} records` };
    if (unseen.length === 0) return { ready: true };
    const names = unseen.slice(0, 3).map(({ topic, partition }) => `${topic}/${partition}`).join(", ");
    const more = unseen.length > 3 ? ` and ${unseen.length - 3} more` : "";
    return { ready: false, reason: `waiting for the first record or the end of ${names}${more}` };
  }

  topJson(k: number | undefined): string | undefined {
    const last = this.#pipeline.last;
    if (last === undefined) return undefined;
    return formatWindowJson(
      { ...last.result, top: this.#top(last, k ?? this.#config.top) },
      this.#coverage(last),
    );
  }

  status(): unknown {
    const last = this.#pipeline.last;
    const watermarkMs = this.#watermark.streamMs();
    const limit = this.#governor.limit;
    return {
      version,
      deno: Deno.version.deno,
      name: this.#config.name,
      uptime_seconds: (this.#clock.monotonicMs() - this.#startedMs) / 1000,
      ready: this.ready(),
      rate: { limit: Number.isFinite(limit) ? limit : null },
      watermark: Number.isFinite(watermarkMs) ? watermarkMs : null,
      window_end: last?.result.endMs ?? null,
      partitions: this.#partitions().map((queue) => ({
        topic: queue.topic,
        partition: queue.partition,
        position: queue.position,
        high_watermark: queue.highWatermark < 0 ? null : queue.highWatermark,
        lag: queue.highWatermark < 0 ? null : queue.lag,
      })),
      config: showConfig(this.#config),
    };
  }

  /** The top k of the last closed window; more than was put out only while its counts are still there. */
  #top({ result, assignment }: ClosedWindow, k: number) {
    const whole = result.top.length >= Math.min(k, result.distinct);
    if (whole || assignment !== this.#source.assignment) return result.top.slice(0, k);
    return this.#window.topWords(k);
  }

  /** The partitions that a window covers; with a Kafka source alone these mean something to others. */
  #coverage({ assignment }: ClosedWindow): Record<string, number[]> | undefined {
    if (this.#config.source.kafka === undefined) return undefined;
    const coverage: Record<string, number[]> = {};
    for (const { topic, partition } of assignment.partitions) (coverage[topic] ??= []).push(partition);
    return coverage;
  }

  #partitions(): readonly PartitionQueue[] {
    return this.#source.assignment?.partitions ?? [];
  }

  #metricsView() {
    return {
      window: () => this.#pipeline.last?.result,
      windowsClosed: () => this.#window.windowsClosed,
      watermarkMs: () => this.#watermark.streamMs(),
      limit: () => this.#governor.limit,
      gaugeRates: () =>
        this.#synthetic?.rates() ?? this.#topics().map((topic) => [topic, this.#governor.limit] as const),
      partitions: () =>
        this.#partitions().map(({ topic, partition, highWatermark, lag }) => ({
          topic,
          partition,
          lag: highWatermark < 0 ? undefined : lag,
        })),
      ready: () => this.ready().ready,
    };
  }

  #topics(): string[] {
    return [...new Set(this.#partitions().map(({ topic }) => topic))];
  }

  #makeSynthetic(synthetic: NonNullable<Config["source"]["synthetic"]>): SyntheticSource {
    return new SyntheticSource({
      tasks: synthetic.tasks,
      deltaMin: synthetic.delta_min,
      deltaMax: synthetic.delta_max,
      maxRate: synthetic.max_rate,
      vocabulary: synthetic.vocabulary,
      wordsPerRecord: synthetic.words_per_record,
      randomSeed: synthetic.random_seed,
      separator: this.#config.words.separator ?? " ",
      clock: this.#clock,
      log: this.#log.child("synthetic"),
    });
  }

  /** Snapshots spare reading records again, which no other source can do. */
  #makeSnapshotStore(): SnapshotStore | undefined {
    const { name, state: { dir }, source } = this.#config;
    if (dir === undefined) return undefined;
    const log = this.#log.child("state");
    if (source.kafka === undefined) {
      log.info("state.dir is not used: only what comes from Kafka can be read on from where it was");
      return undefined;
    }
    return new SnapshotStore({
      dir,
      name,
      identity: () => snapshotIdentity(this.#config),
      files: systemFiles,
      log,
    });
  }

  #makeSnapshotKeeper(store: SnapshotStore): SnapshotKeeper {
    return new SnapshotKeeper({
      store,
      intervalMs: this.#config.state.interval,
      changes: () => this.#pipeline.changes,
      take: () => this.#pipeline.takeSnapshot(),
      tally: this.#metrics,
      clock: this.#clock,
      log: this.#log.child("state"),
    });
  }

  #makeSource(snapshots: SnapshotStore | undefined): Source {
    const { kafka, lines } = this.#config.source;
    const clock = this.#clock;
    if (lines !== undefined) {
      const maxRecordBytes = this.#config.words.max_record_bytes;
      return new LinesSource({ path: lines.path, maxRecordBytes, clock, log: this.#log.child("lines") });
    }
    if (kafka === undefined) throw new Error("a configuration without a source has come through");
    return new KafkaSource({
      brokers: kafka.brokers,
      topics: kafka.topics.map((topic) => parseTopicPattern(topic) ?? topic),
      group: kafka.group,
      clientId: this.#config.name,
      start: kafka.start,
      isolation: kafka.isolation,
      checkCrcs: kafka.check_crcs,
      maxBytesPerPartition: kafka.max_bytes_per_partition,
      maxWaitMs: kafka.max_wait,
      sessionTimeoutMs: kafka.session_timeout,
      windowLengthMs: this.#config.window.length,
      windowSlideMs: this.#config.window.slide,
      windowTime: this.#config.window.time,
      snapshots,
      clock,
      log: this.#log.child("kafka"),
      events: this.#metrics,
    });
  }
}

function rateSettings({ rate }: Config): RateSettings {
  return {
    backpressure: rate.backpressure,
    min: rate.min,
    initial: rate.initial,
    max: rate.max,
    maxPerPartition: rate.max_per_partition,
    replay: rate.replay,
    intervalMs: rate.interval,
    pid: rate.pid,
  };
}
