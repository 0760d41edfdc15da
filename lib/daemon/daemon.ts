// Wires the parts of one pipeline and runs it: the only file that knows them all.

import { setImmediate } from "node:timers";
import type { Clock } from "../async/clock.ts";
import { systemClock } from "../async/clock.ts";
import type { Config } from "../config/schema.ts";
import { changeConfig } from "../config/reload.ts";
import { showConfig } from "../config/show.ts";
import { httpSettings, warnOfOpenDoor } from "../settings/http_settings.ts";
import { warnOfExposure } from "../settings/broker_security_settings.ts";
import { makeSource, rateSettings } from "./make_source.ts";
import { textPart, wordRules } from "../settings/word_settings.ts";
import { DaemonView } from "./daemon_view.ts";
import { ConfigError } from "../config/config_error.ts";
import type { HttpView } from "../http/routes.ts";
import { startHttpServer } from "../http/server.ts";
import { WindowFeed } from "../http/window_feed.ts";
import type { Log } from "../log/log.ts";
import { Metrics } from "../metrics/metrics.ts";
import { Outputs } from "../sink/outputs.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import { Governor } from "../rate/governor.ts";
import { recordTexts } from "../pipeline/record_texts.ts";
import { ConsoleSink } from "../window/window_block.ts";
import { ReplayLog } from "../source/replay_log.ts";
import type { Source } from "../source/source.ts";
import { snapshotIdentity } from "../settings/snapshot_identity.ts";
import { systemFiles } from "../snapshot/snapshot_files.ts";
import { SnapshotKeeper } from "../snapshot/snapshot_keeper.ts";
import { SnapshotStore } from "../snapshot/snapshot_store.ts";
import type { Summary } from "../systemd/status_line.ts";
import { version } from "../version.ts";
import { SlidingWindow } from "../window/sliding_window.ts";
import { Watermark } from "../window/watermark.ts";
import { Tokenizer } from "../words/tokenizer.ts";
import { WordTable } from "../words/word_table.ts";

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
  /** Whether the process itself works, as `/healthz` has it. */
  health(): { readonly ok: boolean; readonly reason?: string };
  /** What it is doing, in figures. */
  summary(): Summary;
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
  warnOfExposure(config, log);
  warnOfOpenDoor(config, log);
  const engine = new Engine({ ...options, clock });
  const server = await startHttpServer({
    ...httpSettings(config),
    view: engine.view,
    log: log.child("http"),
  });
  log.info(`listening on ${server.url}`);

  const stopping = new AbortController();
  const done = engine.run(stopping.signal).finally(() => server.stop());
  return {
    url: server.url,
    done,
    health: () => engine.view.health(),
    summary: () => engine.summary(),
    reload: (load) => engine.reload(load),
    stop() {
      stopping.abort();
      return done;
    },
  };
}

/** The wired parts. */
class Engine {
  readonly view: HttpView;
  readonly summary: () => Summary;
  #config: Config;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #governor: Governor;
  readonly #tokenizer: Tokenizer;
  readonly #window: SlidingWindow;
  readonly #watermark: Watermark;
  readonly #source: Source;
  readonly #outputs: Outputs;
  readonly #pipeline: Pipeline;
  readonly #snapshots: SnapshotKeeper | undefined;

  constructor({ config, log, clock, stdout }: Required<DaemonOptions>) {
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
    const words = new WordTable();
    const view = new DaemonView(clock, () => ({
      config: this.#config,
      source: this.#source,
      pipeline: this.#pipeline,
      window: this.#window,
      words,
      watermark: this.#watermark,
      governor: this.#governor,
      metrics: this.#metrics,
      outputs: this.#outputs,
    }));
    const windows = new WindowFeed();
    this.#metrics = new Metrics({ version, jobName: config.name, view, clock });
    this.view = {
      metrics: (format) => this.#metrics.render(format),
      health: () => view.health(),
      ready: () => view.readiness(),
      topJson: (k) => view.topJson(k),
      word: (word) => view.word(word),
      windows,
      status: () => view.status(),
    };
    this.summary = () => view.summary();
    const { length: lengthMs, slide: slideMs, lateness: latenessMs, idle: idleMs } = config.window;
    const maxWords = config.window.max_words;
    this.#window = new SlidingWindow({ lengthMs, slideMs, top: config.top, words, maxWords });
    this.#watermark = new Watermark({ latenessMs, idleMs, aheadMs: 2 * lengthMs + latenessMs });
    this.#governor = new Governor(rateSettings(config), clock.monotonicMs());
    const store = this.#makeSnapshotStore();
    this.#source = makeSource(config, { clock, log, snapshots: store, events: this.#metrics });
    this.#tokenizer = new Tokenizer(wordRules(config), words);
    const sink = new ConsoleSink({ write: stdout });
    const outputs = new Outputs(config, { clock, log });
    this.#outputs = outputs;
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
      putOut: (closed) => {
        if (this.#config.output.console) sink.write(closed.result);
        outputs.putWindow(closed, () => view.windowJson(closed));
      },
      onClosed: (closed) => windows.publish(this.#window.closedUntilMs, view.windowJson(closed)),
      mayPutOut: () => !outputs.isOverrun,
      settled: () => outputs.settled(),
      onSkipped: (skipped) => outputs.putSkipped(skipped),
      onSkippedBatch: (skipped) => outputs.putSkippedBatch(skipped),
      texts: recordTexts(textPart(config)),
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
    // A race of each wait with the end would leave something behind at the end's promise, every time.
    signal.addEventListener("abort", () => this.#source.wake(), { once: true });
    const replayLog = new ReplayLog({ clock: this.#clock, log: this.#log });
    this.#source.start();
    this.#outputs.start();
    try {
      while (!signal.aborted) {
        const waitMs = this.#pipeline.turn();
        if (this.#source.assignment !== undefined) replayLog.observe(this.#source.replay);
        // A snapshot says, as a commit does, that its windows have been put out.
        if (this.#outputs.isSettled) this.#snapshots?.saveIfDue();
        if (waitMs <= 0) await new Promise((resolve) => setImmediate(resolve));
        else await this.#source.changed(waitMs);
      }
      this.#log.info("stopping");
      // What is kept as done is to be in the topics.
      await this.#outputs.stop();
      await this.#pipeline.finish();
    } finally {
      // The partitions first: whoever takes them over waits for nothing but that.
      await this.#source.stop();
      await this.#outputs.stop();
    }
    if (this.#outputs.isSettled) await this.#snapshots?.finish();
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
}
