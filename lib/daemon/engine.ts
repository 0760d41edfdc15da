// Builds all parts of the daemon, wires them by hand, and runs them. It is the only file that knows every part.

import { setImmediate } from "node:timers";
import type { Clock } from "../async/clock.ts";
import { ConfigError } from "../config/config_error.ts";
import { changeConfig } from "../config/reload.ts";
import type { Config } from "../config/schema.ts";
import { WindowFeed } from "../http/window_feed.ts";
import type { Log } from "../log/log.ts";
import { Metrics } from "../metrics/metrics.ts";
import type { MergingMember } from "../merge/merging_member.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import { RunNotes } from "../pipeline/run_notes.ts";
import { makeRecordTexts } from "../extraction/make_record_texts.ts";
import type { RegistrySchemas } from "../registry/registry_schemas.ts";
import { Governor } from "../rate/governor.ts";
import { brokerSecurity } from "../settings/broker_security_settings.ts";
import { rateSettings } from "../settings/rate_settings.ts";
import { snapshotIdentity } from "../settings/snapshot_identity.ts";
import { fileSchema, registrySchemas } from "../settings/schema_settings.ts";
import { readingRules } from "../settings/reading_settings.ts";
import { newWordsSettings, trendSettings } from "../settings/trend_settings.ts";
import { wordRules } from "../settings/word_settings.ts";
import { Outputs } from "../sink/outputs.ts";
import { systemFiles } from "../snapshot/snapshot_files.ts";
import { SnapshotKeeper } from "../snapshot/snapshot_keeper.ts";
import { SnapshotStore } from "../snapshot/snapshot_store.ts";
import { ReplayLog } from "../source/replay_log.ts";
import type { Source } from "../source/source.ts";
import { NewWords } from "../trends/new_words.ts";
import { Trends } from "../trends/trends.ts";
import { version } from "../version.ts";
import { Watermark } from "../window/watermark.ts";
import { LastPlaces } from "../words/last_places.ts";
import { Tokenizer } from "../words/tokenizer.ts";
import { WordTable } from "../words/word_table.ts";
import { DaemonView } from "./daemon_view.ts";
import { makeMergingMember } from "./make_merging.ts";
import { makeSource } from "./make_source.ts";
import { groupWindows, ownWindows, type ShownWindows } from "./shown_windows.ts";

/** The least time that a partition may run ahead of those of the other members. */
const MIN_AHEAD_MS = 60_000;

export interface EngineOptions {
  readonly config: Config;
  readonly log: Log;
  /** Takes the console blocks. */
  readonly stdout: (text: string) => void;
  readonly clock: Clock;
}

export class Engine {
  readonly view: DaemonView;
  #config: Config;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #governor: Governor;
  readonly #tokenizer: Tokenizer;
  readonly #windows: ShownWindows;
  /** Undefined where the windows are those of this process alone. */
  readonly #member: MergingMember | undefined;
  readonly #source: Source;
  readonly #outputs: Outputs;
  /** Undefined where no value has a schema in a registry. */
  readonly #registry: RegistrySchemas | undefined;
  readonly #pipeline: Pipeline;
  readonly #snapshots: SnapshotKeeper | undefined;
  /** Aborted when the last part has stopped. */
  readonly #ended = new AbortController();

  constructor({ config, log, stdout, clock }: EngineOptions) {
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
    const { length: lengthMs, slide: slideMs, lateness: latenessMs, idle: idleMs } = config.window;
    const { time, max_words: maxWords, max_future: maxFutureMs } = config.window;
    const maxWordBytes = config.window.max_word_bytes;
    const isWeighted = config.words.weight !== undefined;
    const isMerging = config.merge.enabled;
    // Only Kafka has records to show, and a member of a group knows only some of them.
    const places = config.source.kafka !== undefined && !isMerging ? new LastPlaces({ slideMs }) : undefined;
    const words = new WordTable({ places });
    // The reports of the other members take a while, however short the window is.
    const aheadMs = Math.max(2 * lengthMs + latenessMs, isMerging ? MIN_AHEAD_MS : 0);
    const watermark = new Watermark({ latenessMs, idleMs, aheadMs, slideMs });
    const store = this.#makeSnapshotStore();
    const feed = new WindowFeed();
    this.#metrics = new Metrics({ version, jobName: config.name, clock });
    this.#governor = new Governor(rateSettings(config), clock.monotonicMs());
    this.#tokenizer = new Tokenizer(wordRules(config), words);
    const security = brokerSecurity(config, { clock, log: log.child("token"), signal: this.#ended.signal });
    const outputs = this.#outputs = new Outputs(config, { stdout, feed, security, clock, log });
    const events = this.#metrics;
    const onNews = () => this.#source.wake();
    const member = isMerging
      ? makeMergingMember(config, { words, outputs, security, onNews, events, clock, log })
      : undefined;
    this.#member = member;
    const snapshots = store;
    const source = makeSource(config, { security, clock, log, snapshots, groupLog: member, events });
    this.#source = source;
    const panes = { lengthMs, slideMs, words, maxWords, maxWordBytes, isWeighted };
    const trends = this.#makeTrends(words);
    const newWords = this.#makeNewWords(words);
    const { aggregation, windows } = member === undefined
      ? ownWindows(
        { source, words, watermark, outputs, clock, lengthMs, slideMs, time, trends, newWords },
        {
          ...panes,
          top: config.top,
          observers: [trends, newWords].filter((observer) => observer !== undefined),
        },
      )
      : groupWindows({ source, member, watermark, outputs, lengthMs, slideMs }, panes);
    this.#windows = windows;
    this.#registry = registrySchemas(config, { onNews, clock, log: log.child("schemas") });
    this.#pipeline = new Pipeline({
      source: this.#source,
      texts: makeRecordTexts(readingRules(config), this.#registry ?? fileSchema(config)),
      tokenizer: this.#tokenizer,
      notes: places && new RunNotes(places),
      aggregation,
      watermark,
      governor: this.#governor,
      outputs: this.#outputs,
      tally: this.#metrics,
      clock,
      log: log.child("pipeline"),
      rules: { time, slideMs, latenessMs, maxFutureMs, maxRecordBytes: config.words.max_record_bytes },
    });
    this.#snapshots = store && this.#makeSnapshotKeeper(store);
    this.view = new DaemonView(config, {
      source: this.#source,
      pipeline: this.#pipeline,
      windows,
      watermark,
      governor: this.#governor,
      metrics: this.#metrics,
      outputs: this.#outputs,
      registry: this.#registry,
      feed,
      clock,
    });
  }

  /** Takes turns until the signal is aborted, then stops all parts in order. */
  async run(signal: AbortSignal): Promise<void> {
    // One listener for the whole run: a race of each wait with the signal would leave a reaction behind every time.
    signal.addEventListener("abort", () => this.#source.wake(), { once: true });
    const replayLog = new ReplayLog({ clock: this.#clock, log: this.#log });
    this.#member?.start();
    this.#source.start();
    this.#outputs.start();
    try {
      while (!signal.aborted) {
        // Adding up reports is no processing of records, so the governor does not see it.
        const hasReports = this.#member?.turn() ?? false;
        const turnMs = this.#pipeline.turn();
        const waitMs = hasReports ? 0 : turnMs;
        if (this.#source.assignment !== undefined) replayLog.observe(this.#source.replay);
        // A snapshot confirms, as a commit does, that its windows have been emitted.
        if (this.#outputs.isSettled) this.#snapshots?.saveIfDue();
        if (waitMs <= 0) await new Promise((resolve) => setImmediate(resolve));
        else await this.#source.changed(waitMs);
      }
      this.#log.info("stopping");
      if (this.#member !== undefined) this.#pipeline.handOver();
      // The last progress may be saved only after its windows have reached their topic.
      await Promise.all([this.#outputs.stop(), this.#member?.flush()]);
      await this.#pipeline.finish();
    } finally {
      this.#registry?.stop();
      // The source stops before the outputs, since other members wait for its partitions.
      await this.#source.stop();
      await Promise.all([this.#outputs.stop(), this.#member?.stop()]);
      this.#ended.abort();
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
      this.#log.error("the configuration was not reloaded: the former one stays in force", { error });
      return;
    }
    const { config, changed, refused } = changeConfig(this.#config, next);
    this.#config = config;
    this.view.config = config;
    this.#governor.configure(rateSettings(config), this.#clock.monotonicMs());
    this.#windows.window.top = config.top;
    this.#tokenizer.setStopWords(config.words.stop_words);
    this.#outputs.console = config.output.console;
    this.#log.configure(config.log);
    this.#metrics.configReloaded(refused.length === 0);
    this.#log.info("the configuration was reloaded", { changed });
    if (refused.length > 0) this.#log.error("these keys change only with a restart", { keys: refused });
  }

  #makeTrends(words: WordTable): Trends | undefined {
    const log = this.#trendsLog("rising");
    const settings = trendSettings(this.#config);
    return settings && new Trends({ ...settings, words, log });
  }

  #makeNewWords(words: WordTable): NewWords | undefined {
    const log = this.#trendsLog("new_words");
    const settings = newWordsSettings(this.#config);
    return settings && new NewWords({ ...settings, words, log });
  }

  /** The log for a comparison with earlier windows. Here it says so if merge.enabled gives the comparison no effect. */
  #trendsLog(key: "rising" | "new_words"): Log {
    const { [key]: { enabled }, merge } = this.#config;
    const log = this.#log.child("trends");
    if (enabled && merge.enabled) {
      log.info(
        `${key} has no effect: with merge.enabled a member that joins later would show other words than the others`,
      );
    }
    return log;
  }

  /** A snapshot saves reading records again, and only Kafka can be read again. */
  #makeSnapshotStore(): SnapshotStore | undefined {
    const { name, state: { dir }, source, merge } = this.#config;
    if (dir === undefined) return undefined;
    const log = this.#log.child("state");
    if (source.kafka === undefined || merge.enabled) {
      const reason = merge.enabled
        ? "with merge.enabled the pane log has the counts"
        : "snapshots need source.kafka";
      log.info(`state.dir has no effect: ${reason}`);
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
