// One daemon of the group, wired as in the program but without HTTP and console, through all its runs.

import { join } from "node:path";
import type { Clock } from "../../lib/async/clock.ts";
import { MemberReports } from "../../lib/merge/member_reports.ts";
import type { MergingMember } from "../../lib/merge/merging_member.ts";
import type { Aggregation } from "../../lib/pipeline/aggregation.ts";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import { OwnWindows } from "../../lib/pipeline/own_windows.ts";
import { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { Governor } from "../../lib/rate/governor.ts";
import { makeRecordTexts } from "../../lib/extraction/make_record_texts.ts";
import type { ReadingRules } from "../../lib/extraction/reading_rules.ts";
import { KafkaSource } from "../../lib/source/kafka/kafka_source.ts";
import type { Assignment } from "../../lib/source/source.ts";
import { SnapshotKeeper } from "../../lib/snapshot/snapshot_keeper.ts";
import { SnapshotStore } from "../../lib/snapshot/snapshot_store.ts";
import { PaneWindow } from "../../lib/window/pane_window.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { FakeOutputs } from "../fakes/fake_outputs.ts";
import { readingRules } from "../fakes/reading_rules.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { type Cluster, COORDINATOR } from "./cluster.ts";
import type { Rule } from "../merge/group_rules.ts";
import { makeMergingMember, WatermarkWithout } from "./merging_parts.ts";
import { RunTally } from "./run_tally.ts";
import type { Narrator } from "./narrator.ts";
import { MAX_FUTURE_MS, ProcessClock } from "./process_clock.ts";
import type { Settings } from "./scenario.ts";
import { type RequestStep, SimulatedClient, type Weather } from "./simulated_client.ts";
import type { PowerCut, SimulatedDisk } from "./simulated_disk.ts";
import type { Process, Timeline } from "./timeline.ts";
import { SimulatedWindowTopic } from "./window_topic.ts";

/** The time between turns: nothing takes time by itself here. */
const TURN_MS = 1;
const MAX_RECORD_BYTES = 1000;
/** Rules for values of JSON. */
const FIELDS: Partial<ReadingRules> = {
  from: { kind: "field", path: "$.words" },
  timestamp: { path: "$.at", format: "unix_ms" },
  where: [{ subject: { kind: "field", path: "$.isFiltered" }, test: { kind: "not_in", values: [true] } }],
  weight: "$.weight",
};
const SNAPSHOT_DIR = "/var/lib/rtcount";
const RATE = {
  backpressure: false,
  min: 10,
  initial: 1_000,
  intervalMs: 1_000,
  pid: { proportional: 1, integral: 0.2, derivative: 0 },
};

/** Hears what the runs do. */
export interface RunObserver {
  started(run: Run): void;
  /** The pipeline is about to begin with this assignment. */
  begun(run: Run, assignment: Assignment): void;
  /** A window with records. */
  closed(run: Run, closed: ClosedWindow): void;
  /** The topic of windows has one from this run. */
  written(run: Run, closed: ClosedWindow): void;
  /** A turn is over. */
  turned(run: Run): void;
  /** This many offsets of a partition were deleted before the run could read them. */
  skipped(run: Run | undefined, lost: { readonly partition: number; readonly offsets: number }): void;
  /** This many reports were deleted before the run could read them. */
  lostReports(run: Run | undefined, offsets: number): void;
  died(run: Run): void;
}

export interface World {
  readonly timeline: Timeline;
  readonly cluster: Cluster;
  readonly weather: Weather;
  readonly settings: Settings;
  readonly witness: RunObserver;
  /** The topics that the members read. */
  readonly topics: readonly (string | RegExp)[];
  readonly narrator: Narrator;
  /** A rule of merging groups that the members leave out. */
  readonly without: Rule | undefined;
}

/** How a run ends. */
interface Death {
  readonly downMs: number;
  /** Its machine goes down too. */
  readonly cut: PowerCut | undefined;
}

interface Trap extends Death {
  /** The name of a request or of a step of the disk. */
  readonly api: string;
  readonly step: RequestStep;
}

/** The network holds the next reports. */
interface HeldReports {
  readonly forMs: number;
  /** The state of the process meanwhile. */
  readonly process: "frozen" | "killed" | "running";
}

interface Membership {
  memberId: string;
  generation: number;
}

/** A run that merges its counts with those of its group. */
export interface MergingRun {
  readonly member: MergingMember;
  readonly reports: MemberReports;
}

/** The events that a witness observes. */
export interface Run {
  readonly member: string;
  readonly number: number;
  readonly tally: RunTally;
  readonly process: Process;
  readonly clock: Clock;
  /** The membership that the source last logged. */
  readonly group: Membership;
  readonly source: KafkaSource;
  /** Its windows, or those of its group. */
  readonly windows: { readonly last: ClosedWindow | undefined };
  /** Undefined where it makes windows of its own partitions alone. */
  readonly merging: MergingRun | undefined;
  readonly pipeline: Pipeline;
  readonly snapshots: SnapshotKeeper | undefined;
}

/** Outputs that pass each window with records on. */
class WatchedOutputs extends FakeOutputs {
  readonly #onWindow: (closed: ClosedWindow) => void;

  constructor(onWindow: (closed: ClosedWindow) => void) {
    super();
    this.#onWindow = onWindow;
  }

  override emit(closed: ClosedWindow): void {
    if (closed.result.records > 0) this.#onWindow(closed);
  }
}

export class SimulatedMember {
  readonly name: string;
  readonly disk: SimulatedDisk;
  readonly #world: World;
  #runs = 0;
  #run: Run | undefined;
  #stop: ((downMs: number) => void) | undefined;
  #trap: Trap | undefined;
  #held: HeldReports | undefined;
  #wallOffsetMs = 0;

  constructor(name: string, world: World, disk: SimulatedDisk) {
    this.name = name;
    this.disk = disk;
    this.#world = world;
  }

  /** Undefined while it is down. */
  get run(): Run | undefined {
    return this.#run;
  }

  /** Starts a run, unless one is active. */
  start(): void {
    if (this.#run !== undefined) return;
    const { timeline, witness, narrator } = this.#world;
    const process = { isDead: false, thawsAtMs: 0 };
    const clock = new ProcessClock(timeline, process, () => this.#wallOffsetMs);
    const tally = new RunTally();
    const store = this.#makeSnapshotStore(process);
    const group = { memberId: "", generation: -1 };
    const words = new WordTable();
    const member = this.#makeMergingMember(process, clock, {
      words,
      onNews: () => run.source.wake(),
      onWindow: (closed) => witness.closed(run, closed),
      onWritten: (closed) => witness.written(run, closed),
    });
    const source = this.#makeSource(process, clock, { snapshots: store, group, member });
    const counting = { source, tally, clock, words, member };
    const { windows, merging, pipeline } = this.#makePipeline(
      counting,
      (closed) => witness.closed(run, closed),
    );
    const snapshots = store && this.#makeSnapshotKeeper(store, pipeline, clock);
    const number = ++this.#runs;
    const run: Run = {
      member: this.name,
      number,
      tally,
      process,
      clock,
      group,
      source,
      windows,
      merging,
      pipeline,
      snapshots,
    };
    this.#run = run;
    narrator.tell(this.name, `run ${run.number} begins`);
    witness.started(run);
    const { promise: stopped, resolve } = Promise.withResolvers<number>();
    this.#stop = resolve;
    this.#loop(run, stopped).catch((error) => timeline.fail(error));
  }

  /** Kills the process and starts another after `downMs`. */
  crash({ downMs, cut }: Death): void {
    if (this.#run === undefined) return;
    this.#world.narrator.tell(this.name, cut === undefined ? "dies" : "dies with its machine");
    if (cut !== undefined) this.disk.cutPower(cut);
    this.#end(downMs);
  }

  /** Kills the process at this step of the next request of that name. */
  setTrap(trap: Trap): void {
    this.#trap = trap;
  }

  removeTrap(): void {
    this.#trap = undefined;
    this.#held = undefined;
  }

  /** The network holds the next reports. */
  holdReports(held: HeldReports): void {
    this.#held = held;
  }

  /** Stops it in order, and starts it again so long after it has ended. */
  stop(downMs: number): void {
    this.#world.narrator.tell(this.name, "is told to stop");
    this.#stop?.(downMs);
  }

  freeze(forMs: number): void {
    if (this.#run === undefined) return;
    this.#world.narrator.tell(this.name, `freezes for ${forMs} ms`);
    this.#run.process.thawsAtMs = this.#world.timeline.nowMs + forMs;
  }

  /** Alters one byte of the last snapshot. */
  damageSnapshot(share: number): void {
    const { narrator, timeline } = this.#world;
    narrator.tell(this.name, "has a damaged snapshot");
    const path = join(SNAPSHOT_DIR, `${this.name}.snapshot`);
    this.disk.damage(path, share).catch((error) => timeline.fail(error));
  }

  setClock(aheadMs: number): void {
    if (aheadMs === this.#wallOffsetMs) return;
    this.#world.narrator.tell(this.name, `has a clock that is ${aheadMs} ms ahead`);
    this.#wallOffsetMs = aheadMs;
  }

  #end(downMs: number): void {
    if (this.#run === undefined) return;
    const { timeline, witness } = this.#world;
    this.#run.process.isDead = true;
    try {
      witness.died(this.#run);
    } catch (error) {
      // A request of the process itself may have killed it, and would take this for its own failure.
      timeline.fail(error);
    }
    this.#run = undefined;
    this.#stop = undefined;
    timeline.at(timeline.nowMs + downMs, undefined, () => this.start());
  }

  /** Runs like the daemon's engine. Promises of a killed process stay pending. */
  async #loop(run: Run, stopped: Promise<number>): Promise<void> {
    const { witness } = this.#world;
    const { source, pipeline, clock, snapshots, merging } = run;
    let downMs: number | undefined;
    stopped.then((ms) => {
      downMs = ms;
      source.wake();
    });
    let begun: Assignment | undefined;
    merging?.member.start();
    source.start();
    while (downMs === undefined) {
      const { assignment } = source;
      if (assignment !== undefined && assignment !== begun) {
        witness.begun(run, assignment);
      }
      begun = assignment ?? begun;
      const hasReports = merging?.member.turn() ?? false;
      const turnMs = pipeline.turn();
      const waitMs = hasReports ? 0 : turnMs;
      snapshots?.saveIfDue();
      witness.turned(run);
      await (waitMs <= 0 ? clock.sleep(TURN_MS) : source.changed(waitMs));
    }
    if (merging !== undefined) pipeline.handOver();
    await merging?.member.flush();
    await pipeline.finish();
    await source.stop();
    await merging?.member.stop();
    await snapshots?.finish();
    this.#world.narrator.tell(this.name, "has stopped");
    this.#end(downMs);
  }

  #makeSnapshotStore(process: Process): SnapshotStore | undefined {
    const { settings: { snapshotIntervalMs }, narrator } = this.#world;
    if (snapshotIntervalMs === undefined) return undefined;
    return new SnapshotStore({
      dir: SNAPSHOT_DIR,
      name: this.name,
      identity: () => ({}),
      files: this.disk.filesFor(process, (name, moment) => this.#step(name, moment)),
      log: narrator.logOf(this.name),
    });
  }

  #makeSnapshotKeeper(store: SnapshotStore, pipeline: Pipeline, clock: Clock): SnapshotKeeper {
    return new SnapshotKeeper({
      store,
      intervalMs: this.#world.settings.snapshotIntervalMs ?? Infinity,
      changes: () => pipeline.changes,
      take: () => pipeline.takeSnapshot(),
      tally: { snapshotSaved() {}, snapshotFailed() {} },
      clock,
      log: this.#world.narrator.logOf(this.name),
    });
  }

  #makeSource(
    process: Process,
    clock: Clock,
    { snapshots, group, member }: {
      readonly snapshots: SnapshotStore | undefined;
      readonly group: Membership;
      readonly member: MergingMember | undefined;
    },
  ): KafkaSource {
    const { settings, witness, narrator } = this.#world;
    const log = narrator.logOf(this.name);
    return new KafkaSource({
      brokers: [COORDINATOR],
      topics: this.#world.topics,
      group: "simulated",
      clientId: this.name,
      start: settings.start,
      fetch: {
        isolation: "read_committed",
        checkCrcs: true,
        maxRecordBytes: 2 ** 20,
        maxBytesPerPartition: 256 * 1024,
        maxWaitMs: settings.maxWaitMs,
      },
      sessionTimeoutMs: settings.sessionTimeoutMs,
      window: { lengthMs: settings.lengthMs, slideMs: settings.slideMs, time: "event" },
      snapshots,
      groupLog: member,
      clock,
      log: {
        info(message, fields = {}) {
          const { member, generation } = fields;
          if (typeof member === "string") group.memberId = member;
          if (typeof generation === "number") group.generation = generation;
          log.info(message, fields);
        },
        warn: log.warn,
        error: log.error,
      },
      events: {
        rebalance() {},
        consumerRestart: () => this.#world.narrator.tell(this.name, "begins another session"),
        throttled() {},
        skippedOffsets: (_, partition, offsets) => witness.skipped(this.#run, { partition, offsets }),
      },
      connect: () => this.#connect(process),
    });
  }

  #connect(process: Process): SimulatedClient {
    const { timeline, cluster, weather } = this.#world;
    return new SimulatedClient({
      timeline,
      cluster,
      process,
      weather,
      onStep: (api, step) => this.#step(api, step),
      heldMs: (api) => this.#hold(process, api),
    });
  }

  /** Undefined where it makes windows of its own partitions alone. */
  #makeMergingMember(process: Process, clock: Clock, { words, onNews, onWindow, onWritten }: {
    readonly words: WordTable;
    readonly onNews: () => void;
    readonly onWindow: (closed: ClosedWindow) => void;
    readonly onWritten: (closed: ClosedWindow) => void;
  }): MergingMember | undefined {
    const { timeline, settings, witness, narrator, without } = this.#world;
    const { merge } = settings;
    if (merge === undefined) return undefined;
    const topic = new SimulatedWindowTopic({ timeline, process, random: Math.random, onWritten });
    return makeMergingMember({
      id: `${this.name}.${this.#runs + 1}`,
      settings,
      words,
      connect: () => this.#connect(process),
      onNews,
      onLost: (offsets) => witness.lostReports(this.#run, offsets),
      show: (closed) => {
        if (closed.result.records > 0) onWindow(closed);
      },
      topic: merge.hasTopic ? topic : undefined,
      clock,
      log: narrator.logOf(this.name),
      without,
    });
  }

  #makePipeline(
    { source, tally, clock, words, member }: Pick<Run, "source" | "tally" | "clock"> & {
      readonly words: WordTable;
      readonly member: MergingMember | undefined;
    },
    onWindow: (closed: ClosedWindow) => void,
  ): Pick<Run, "windows" | "merging" | "pipeline"> {
    const { settings, without } = this.#world;
    const { lengthMs, slideMs, latenessMs, idleMs, maxRate, replayRate, hasFields, maxWords, merge } =
      settings;
    const rules = { split: { kind: "separator", separator: "," }, trim: true, lowercase: false } as const;
    const aheadMs = 2 * lengthMs + latenessMs;
    const watermark = new WatermarkWithout(without, { latenessMs, idleMs, aheadMs, slideMs });
    const outputs = new WatchedOutputs(onWindow);
    const time = "event";
    const panes = { lengthMs, slideMs, words, maxWords, isWeighted: hasFields };
    let aggregation: Aggregation;
    let windows: Run["windows"];
    let merging: MergingRun | undefined;
    if (member === undefined) {
      const window = new SlidingWindow({ ...panes, top: 1000 });
      aggregation = windows = new OwnWindows({
        source,
        words,
        window,
        watermark,
        outputs,
        clock,
        lengthMs,
        slideMs,
        time,
      });
    } else {
      const reports = new MemberReports({
        source,
        member,
        panes: new PaneWindow(panes, { maxEntries: merge?.maxEntries }),
        watermark,
        outputs,
        lengthMs,
        slideMs,
      });
      aggregation = reports;
      windows = member;
      merging = { member, reports };
    }
    const pipeline = new Pipeline({
      source,
      tokenizer: new Tokenizer({ ...rules, minLength: 1, maxLength: 256, stopWords: [] }, words),
      aggregation,
      watermark,
      governor: new Governor({ ...RATE, max: maxRate, replay: replayRate }, clock.monotonicMs()),
      tally,
      clock,
      log: silentLog,
      outputs,
      texts: makeRecordTexts(
        readingRules({ maxRecordBytes: MAX_RECORD_BYTES, ...(hasFields ? FIELDS : {}) }),
      ),
      rules: { time, slideMs, latenessMs, maxFutureMs: MAX_FUTURE_MS, maxRecordBytes: MAX_RECORD_BYTES },
    });
    return { windows, merging, pipeline };
  }

  /** How long the network holds the request that the process sends now. */
  #hold(process: Process, api: string): number {
    if (api !== "Produce" || this.#held === undefined) return 0;
    const { forMs, process: fate } = this.#held;
    this.#held = undefined;
    const { timeline, narrator } = this.#world;
    narrator.tell(this.name, `its reports are held for ${forMs} ms`);
    if (fate === "frozen") this.freeze(forMs);
    if (fate === "killed") {
      timeline.at(timeline.nowMs, process, () => this.crash({ downMs: 1_000, cut: undefined }));
    }
    return forMs;
  }

  #step(api: string, step: RequestStep): void {
    const trap = this.#trap;
    if (trap === undefined || trap.api !== api || trap.step !== step) return;
    this.#trap = undefined;
    this.#world.narrator.tell(this.name, `at ${api} ${step}:`);
    this.crash(trap);
  }
}
