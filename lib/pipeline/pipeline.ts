// The main job, at its own pace: take as many records as the governor allows, count their words into panes, close
// the windows that the watermark has passed, put them out, and keep the progress.

import { restoreSnapshot, takeSnapshot } from "./checkpoint.ts";
import type { Clock } from "../async/clock.ts";
import { Lane, type RecordTally, type SkippedBatch, type SkippedRecord } from "./lane.ts";
import type { Log } from "../log/log.ts";
import { Present } from "./turn_time.ts";
import type { Demand, Governor, IntervalReport } from "../rate/governor.ts";
import type { RecordTexts } from "./record_texts.ts";
import type { PartitionQueue } from "../records/partition_queue.ts";
import type { Assignment, Progress, Source } from "../source/source.ts";
import { partitionOf, type Snapshot } from "../snapshot/snapshot.ts";
import type { SlidingWindow } from "../window/sliding_window.ts";
import type { Watermark } from "../window/watermark.ts";
import type { WindowResult } from "../window/window_result.ts";
import type { Tokenizer } from "../words/tokenizer.ts";
import type { WordTable } from "../words/word_table.ts";

/** One turn takes about so long, so that fetches, heartbeats and scrapes are answered in between. */
const TURN_MS = 10;
const MIN_RECORDS_PER_TURN = 16;
const MAX_RECORDS_PER_TURN = 16_384;
/** Progress is kept at most so often. */
const SAVE_INTERVAL_MS = 1_000;
/** Without news a turn comes round so often all the same. */
const IDLE_MS = 1_000;
/** A replay that is limited by `rate.replay` comes round so often. */
const REPLAY_WAIT_MS = 20;
/** When nobody takes windows it comes round so often to see whether somebody does. */
const HELD_UP_MS = 10;
/** A clock that runs wrong, or records that cannot be read, are worth one line, not one a record. */
const SKIPPED_LOG_INTERVAL_MS = 3_600_000;

/** What is counted about the work. */
export interface Tally extends RecordTally {
  batch(report: IntervalReport): void;
}

/** A closed window, and the assignment under which it closed: the partitions that it covers. */
export interface ClosedWindow {
  readonly result: WindowResult;
  readonly assignment: Assignment;
}

export interface PipelineOptions {
  readonly source: Source;
  /** The table that the tokenizer fills and the window names its words by. */
  readonly words: WordTable;
  readonly tokenizer: Tokenizer;
  readonly window: SlidingWindow;
  readonly watermark: Watermark;
  readonly governor: Governor;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once per window with records, in order. */
  readonly putOut: (closed: ClosedWindow) => void;
  /** Called for each closed window, in order; of a stretch without records for the last. */
  readonly onClosed?: (closed: ClosedWindow) => void;
  /** Whether windows may be put out now; nothing is counted while they may not. */
  readonly mayPutOut?: (() => boolean) | undefined;
  /** Waits until what was put out may count as done; false: it does not, and the progress is not kept. */
  readonly settled?: (() => Promise<boolean>) | undefined;
  /** Called for what is passed over, once over all lives; what it is told is valid as long as the call lasts. */
  readonly onSkipped?: ((skipped: SkippedRecord) => void) | undefined;
  readonly onSkippedBatch?: ((skipped: SkippedBatch) => void) | undefined;
  readonly texts: RecordTexts;
  readonly time: "event" | "processing";
  readonly slideMs: number;
  readonly latenessMs: number;
  readonly maxFutureMs: number;
  readonly maxRecordBytes: number;
}

/** What one lane could give in one turn. */
interface Offer extends Demand {
  readonly replay: boolean;
  /** Its next record waits for other partitions. */
  readonly waits: boolean;
}

export class Pipeline {
  readonly #options: PipelineOptions;
  #assignment: Assignment | undefined;
  #lanes: readonly Lane[] = [];
  #queues: readonly PartitionQueue[] = [];
  /** The lane that is served first; it moves on, so that none is always last. */
  #firstLane = 0;
  #recordsPerTurn = MIN_RECORDS_PER_TURN;
  #last: ClosedWindow | undefined;
  #lastInterval: IntervalReport | undefined;
  #present: Present;
  #lastTurnMs: number;
  /** When it was last said that records are skipped, monotonic. */
  readonly #skippedLoggedMs = { future: -Infinity, unreadable: -Infinity };
  #changes = 0;
  #savedChanges = 0;
  #savedAtMs = -Infinity;
  #saving: Promise<void> | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#lastTurnMs = options.clock.monotonicMs();
    this.#present = new Present(options.clock, options.time);
  }

  /** The newest closed window, one without records included. */
  get last(): ClosedWindow | undefined {
    return this.#last;
  }

  /** When it last finished a turn, monotonic. */
  get lastTurnMs(): number {
    return this.#lastTurnMs;
  }

  /** Grows with whatever alters the progress, or a snapshot. */
  get changes(): number {
    return this.#changes;
  }

  /** What the newest rate interval came to. */
  get lastInterval(): IntervalReport | undefined {
    return this.#lastInterval;
  }

  /** Partitions of which neither a record nor the end has been seen: no window closes before. */
  get unseen(): readonly PartitionQueue[] {
    return this.#options.watermark.unseen().map((index) => this.#queues[index]);
  }

  /** One turn. Returns how long the next one may wait unless the source has news: 0 when there is more to do. */
  turn(): number {
    const { source, clock, governor, tally } = this.#options;
    const startMs = clock.monotonicMs();
    this.#present.read();
    // While the assignment is being changed the former one goes on being read, but no window closes.
    const { assignment = this.#assignment } = source;
    if (assignment !== undefined && assignment !== this.#assignment) this.#begin(assignment);

    // Windows close in the midst of the work: what has arrived meanwhile must be known to hold them back.
    for (const lane of this.#lanes) lane.observeQueue();
    const isHeldUp = this.#options.mayPutOut?.() === false;
    const offers = isHeldUp ? [] : this.#offers(startMs);
    const { records, waitedMs } = isHeldUp ? { records: 0, waitedMs: 0 } : this.#work(offers, startMs);
    for (const lane of this.#lanes) lane.observeQueue();
    if (!isHeldUp) this.#close();

    const endMs = clock.monotonicMs();
    if (records > 0) {
      governor.observe(records, endMs - startMs, waitedMs);
      this.#adapt(records, endMs - startMs);
    }
    const report = governor.tick(endMs);
    if (report !== undefined) {
      this.#lastInterval = report;
      tally.batch(report);
    }
    this.#saveIfDue(endMs);
    this.#lastTurnMs = endMs;
    return isHeldUp ? HELD_UP_MS : this.#nextTurnMs(offers, endMs);
  }

  /** All that counting has come to; undefined before the first assignment. Between two turns. */
  takeSnapshot(): Snapshot | undefined {
    const assignment = this.#assignment;
    return assignment && takeSnapshot(this.#options, { assignment, lanes: this.#lanes });
  }

  /** Keeps the progress a last time. */
  async finish(): Promise<void> {
    await this.#saving;
    if (this.#changes !== this.#savedChanges) await this.#save();
  }

  #begin(assignment: Assignment): void {
    const { window, watermark, slideMs } = this.#options;
    this.#assignment = assignment;
    this.#queues = assignment.partitions;
    const laneOptions = {
      ...this.#options,
      nowMs: () => this.#present.nowMs,
      onCrossing: () => this.#close(),
      onFuture: (queue: PartitionQueue, index: number) => this.#logFuture(queue, index),
      onSkipped: (skipped: SkippedRecord) => this.#tellSkipped(skipped),
      onSkippedBatch: (skipped: SkippedBatch) => this.#options.onSkippedBatch?.(skipped),
    };
    const { restore } = assignment;
    this.#lanes = this.#queues.map((queue, index) => {
      const firstOffsets = restore && partitionOf(restore, queue)?.firstOffsets;
      return new Lane(index, queue, { ...laneOptions, firstOffsets });
    });
    this.#firstLane = 0;
    watermark.reset(this.#queues.length);
    // The source may have learned less of what this life has closed than has been: nothing is put out twice.
    const closedUntilMs = Math.max(assignment.closedUntilMs, window.closedUntilMs);
    window.reset({ closedUntilMs, firstEndMs: Math.max(assignment.firstEndMs, closedUntilMs + slideMs) });
    if (restore !== undefined) restoreSnapshot(this.#options, restore, assignment);
    assignment.restore = undefined;
    for (const lane of this.#lanes) lane.forgetBefore(window.neededFromMs);
    this.#changes++;
  }

  /** What each lane could give in this turn. */
  #offers(nowMs: number): Offer[] {
    const { governor } = this.#options;
    const share = Math.max(1, Math.floor(this.#recordsPerTurn / Math.max(1, this.#lanes.length)));
    return this.#lanes.map((lane) => {
      const { lag } = lane.queue;
      if (!lane.head()) return { available: 0, lag, replay: false, waits: false };
      if (lane.mustWait) return { available: 0, lag, replay: false, waits: true };
      const records = lane.runLength(share);
      if (!lane.replaying) return { available: records, lag, replay: false, waits: false };
      return { available: governor.replayGrant(nowMs, records), lag, replay: true, waits: false };
    });
  }

  /** Takes what was offered, as far as the governor allows; a replay is not its business. */
  #work(offers: readonly Offer[], startMs: number): { records: number; waitedMs: number } {
    const { governor, clock } = this.#options;
    const grants = offers.map(() => 0);
    const demands = offers.map(({ available, lag, replay }) => ({ available: replay ? 0 : available, lag }));
    governor.admit(startMs, this.#queues, demands, grants);
    let fresh = 0;
    let waitedMs = 0;
    for (let n = 0; n < offers.length; n++) {
      const index = (this.#firstLane + n) % offers.length;
      const { replay, available } = offers[index];
      const granted = replay ? available : grants[index];
      if (granted === 0) continue;
      const begunMs = clock.monotonicMs();
      const taken = this.#lanes[index].take(granted);
      this.#changes += taken;
      if (replay) continue;
      fresh += taken;
      waitedMs += taken * (begunMs - startMs);
    }
    if (offers.length > 0) this.#firstLane = (this.#firstLane + 1) % offers.length;
    return { records: fresh, waitedMs };
  }

  #nextTurnMs(offers: readonly Offer[], nowMs: number): number {
    let waitMs = IDLE_MS;
    this.#lanes.forEach(({ queue }, index) => {
      const { waits, replay, available } = offers[index];
      if (!queue.hasMore || waits) return;
      if (replay) waitMs = available > 0 ? 0 : Math.min(waitMs, REPLAY_WAIT_MS);
      else waitMs = Math.min(waitMs, this.#options.governor.waitMs(nowMs));
    });
    return waitMs;
  }

  #close(): void {
    const { source, clock, window, watermark, time } = this.#options;
    const assignment = this.#assignment;
    if (assignment === undefined || assignment !== source.assignment) return;
    if (!source.mayClose(clock.monotonicMs())) return;
    const beforeMs = window.closedUntilMs;
    window.closeUntil(time === "event" ? watermark.streamMs() : this.#present.nowMs, (result) => {
      this.#last = { result, assignment };
      this.#options.onClosed?.(this.#last);
      if (result.records > 0) this.#options.putOut(this.#last);
    });
    if (window.closedUntilMs === beforeMs) return;
    this.#changes++;
    for (const lane of this.#lanes) lane.forgetBefore(window.neededFromMs);
  }

  #logFuture({ topic, partition, records }: PartitionQueue, index: number): void {
    if (!this.#mayLogSkipped("future")) return;
    this.#options.log.warn(
      "skipping records that are dated in the future: a clock is wrong, here or where they are made",
      {
        topic,
        partition,
        offset: records.offsets[index],
        ahead_seconds: Math.round((records.timestampsMs[index] - this.#present.nowMs) / 1000),
      },
    );
  }

  #tellSkipped(skipped: SkippedRecord): void {
    if (skipped.reason === "invalid_json") this.#logUnreadable(skipped.queue, skipped.index);
    this.#options.onSkipped?.(skipped);
  }

  #logUnreadable({ topic, partition, records }: PartitionQueue, index: number): void {
    if (!this.#mayLogSkipped("unreadable")) return;
    this.#options.log.warn("skipping records that are not JSON, which words.from says they are", {
      topic,
      partition,
      offset: records.offsets[index],
    });
  }

  #mayLogSkipped(what: "future" | "unreadable"): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#skippedLoggedMs[what] + SKIPPED_LOG_INTERVAL_MS) return false;
    this.#skippedLoggedMs[what] = nowMs;
    return true;
  }

  /** Learns how many records fill a turn. */
  #adapt(records: number, elapsedMs: number): void {
    const fill = elapsedMs > 0 ? records * TURN_MS / elapsedMs : MAX_RECORDS_PER_TURN;
    const next = Math.round(Math.min(fill, this.#recordsPerTurn * 2));
    this.#recordsPerTurn = Math.min(MAX_RECORDS_PER_TURN, Math.max(MIN_RECORDS_PER_TURN, next));
  }

  #saveIfDue(nowMs: number): void {
    if (this.#changes === this.#savedChanges || this.#saving !== undefined) return;
    if (nowMs < this.#savedAtMs + SAVE_INTERVAL_MS) return;
    this.#savedAtMs = nowMs;
    this.#saving = this.#save().finally(() => this.#saving = undefined);
  }

  async #save(): Promise<void> {
    const assignment = this.#assignment;
    if (assignment === undefined) return;
    const changes = this.#changes;
    const progress = this.#progress(assignment);
    const { source, settled } = this.#options;
    if (settled !== undefined && !await settled()) return;
    if (await source.save(progress)) this.#savedChanges = changes;
  }

  #progress(assignment: Assignment): Progress {
    const { window, time } = this.#options;
    return {
      assignment,
      closedUntilMs: window.closedUntilMs,
      firstEndMs: assignment.firstEndMs,
      partitions: this.#lanes.map(({ queue: { topic, partition, position }, replayFrom }) => {
        return { topic, partition, position, replayFrom: time === "event" ? replayFrom : position };
      }),
    };
  }
}
