// The main job, in turns at its own pace. A turn takes as many records as the governor allows, counts their words, closes
// what the watermark has passed, and saves the progress.

import type { Clock } from "../async/clock.ts";
import type { Aggregation, CloseMoment } from "./aggregation.ts";
import { Lane } from "./lane.ts";
import type { LaneParts, RecordRules } from "./lane_parts.ts";
import type { Log } from "../log/log.ts";
import type { Governor, IntervalReport } from "../rate/governor.ts";
import type { RecordTally } from "./record_tally.ts";
import type { RecordTexts } from "../extraction/record_texts.ts";
import type { PartitionQueue } from "../records/partition_queue.ts";
import { ProgressSaves } from "./progress_saves.ts";
import { RunCounter } from "./run_counter.ts";
import type { RunNotes } from "./run_notes.ts";
import { SkipReporter } from "./skip_reporter.ts";
import type { Assignment, Progress, Source } from "../source/source.ts";
import { partitionOf, type Snapshot } from "../snapshot/snapshot.ts";
import { type Offer, type OffersOfTurn, TurnOffers } from "./turn_offers.ts";
import { TurnTime } from "./turn_time.ts";
import type { Watermark } from "../window/watermark.ts";
import type { SkippedOutputs } from "./window_outputs.ts";
import type { Tokenizer } from "../words/tokenizer.ts";

/** The wanted length of a turn. Fetches, heartbeats and scrapes are answered between two turns. */
const TURN_MS = 10;
const MIN_RECORDS_PER_TURN = 16;
const MAX_RECORDS_PER_TURN = 16_384;
/** Lanes advance together by this many panes. */
const PANES_TOGETHER = 2;
/** The same where a turn cannot serve all lanes, as many as have dense counts: a lane visited again is out of the caches. */
const PANES_OF_MANY_TOGETHER = 4;
const NO_OFFERS: OffersOfTurn = { offers: [], isPartial: false };
/** The longest wait for the next turn while the source has no news. */
const IDLE_MS = 1_000;
/** The longest wait while `rate.replay` limits a replay. */
const REPLAY_WAIT_MS = 20;
/** The wait while the outputs are blocked. */
const BLOCKED_MS = 10;

/** Counts the work. */
export interface Tally extends RecordTally {
  batch(report: IntervalReport): void;
}

export interface PipelineOptions {
  readonly source: Source;
  readonly texts: RecordTexts;
  readonly tokenizer: Tokenizer;
  readonly notes?: RunNotes | undefined;
  readonly aggregation: Aggregation;
  readonly watermark: Watermark;
  readonly governor: Governor;
  /** Takes the skipped records. */
  readonly outputs: SkippedOutputs;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: RecordRules;
}

/** The part of its offer that a lane has yet to take. */
interface LaneShare {
  readonly lane: Lane;
  readonly replay: boolean;
  left: number;
}

interface TurnWork {
  readonly startMs: number;
  /** Lanes take the records of so many panes together. */
  readonly panes: number;
  records: number;
  waitedMs: number;
}

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #laneParts: LaneParts;
  readonly #turnTime: TurnTime;
  readonly #skips: SkipReporter;
  #assignment: Assignment | undefined;
  #lanes: readonly Lane[] = [];
  #queues: readonly PartitionQueue[] = [];
  readonly #turnOffers: TurnOffers;
  /** Time of turns that decoded and took no record; the governor counts it to the next records. */
  #decodingMs = 0;
  #recordsPerTurn = MIN_RECORDS_PER_TURN;
  #lastInterval: IntervalReport | undefined;
  #lastTurnMs: number;
  readonly #saves: ProgressSaves;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const { texts, tokenizer, notes, aggregation, watermark, outputs, tally, clock, log, rules } = options;
    this.#lastTurnMs = clock.monotonicMs();
    this.#turnOffers = new TurnOffers(options.governor, rules);
    const isPrompt = texts.isPrompt && !tokenizer.hasPattern;
    const turnTime = this.#turnTime = new TurnTime(clock, rules.time, { isPrompt });
    const skips = this.#skips = new SkipReporter({ tally, outputs, log, clock, turnTime });
    this.#laneParts = {
      texts,
      counter: new RunCounter({ texts, tokenizer, panes: aggregation.panes, tally, skips, notes }),
      panes: aggregation.panes,
      isReported: aggregation.isReported,
      watermark,
      tally,
      skips,
      turnTime,
      rules,
      onCrossing: () => this.#close("crossing"),
    };
    this.#saves = new ProgressSaves({
      source: options.source,
      progress: () => this.#progress(),
      settled: () => aggregation.settled(),
    });
  }

  /** Monotonic time at the end of the last turn. */
  get lastTurnMs(): number {
    return this.#lastTurnMs;
  }

  /** A number that grows with every change of the progress or of a snapshot. */
  get changes(): number {
    return this.#saves.changes;
  }

  /** The report on the newest rate interval. */
  get lastInterval(): IntervalReport | undefined {
    return this.#lastInterval;
  }

  /** Says which records are skipped, while no record is counted; else undefined. */
  get skipping(): string | undefined {
    return this.#skips.summary;
  }

  /** Partitions that have shown neither a record nor their end yet: no window closes before they do. */
  get unseen(): readonly PartitionQueue[] {
    return this.#options.watermark.unseen().map((index) => this.#queues[index]);
  }

  /** Does one turn. Returns how long the next one may wait for news from the source: 0 while there is more to do. */
  turn(): number {
    const { source, clock, governor, aggregation, tally, notes } = this.#options;
    const startMs = clock.monotonicMs();
    this.#turnTime.read();
    notes?.beginTurn(startMs);
    // During a rebalance the former assignment is still read, but no window closes.
    const { assignment = this.#assignment } = source;
    if (assignment !== undefined && assignment !== this.#assignment) this.#begin(assignment);

    // Windows close during the work: queues that have filled since the last turn must hold them back.
    for (const lane of this.#lanes) lane.observeQueue();
    const { isBlocked } = aggregation;
    const offered = isBlocked
      ? NO_OFFERS
      : this.#turnOffers.make(this.#lanes, { records: this.#recordsPerTurn, nowMs: startMs });
    const { offers } = offered;
    const served = offers.filter(({ available }) => available > 0);
    const { changes } = this;
    const panes = offered.isPartial ? PANES_OF_MANY_TOGETHER : PANES_TOGETHER;
    const { records, waitedMs } = this.#work(served, { startMs, panes, records: 0, waitedMs: 0 });
    const hasReplayed = records === 0 && this.changes > changes;
    // No queue fills during the work, so only those that were worked on have changed.
    for (const { lane } of served) lane.observeQueue();
    const isHandover = this.#saves.prepareHandover();
    if (!isBlocked) this.#close(isHandover ? "handover" : "turn");

    const endMs = clock.monotonicMs();
    if (records > 0) {
      governor.observe(records, endMs - startMs + this.#decodingMs, waitedMs);
      this.#decodingMs = 0;
      this.#adapt(records, endMs - startMs);
    } else if (hasReplayed) this.#decodingMs = 0;
    else if (this.#turnOffers.budget.isUsed) this.#decodingMs += endMs - startMs;
    const report = governor.tick(endMs);
    if (report !== undefined) {
      this.#lastInterval = report;
      tally.batch(report);
    }
    this.#saves.saveIfDue(endMs);
    this.#lastTurnMs = endMs;
    return isBlocked ? BLOCKED_MS : this.#nextTurnMs(offered, endMs);
  }

  /** The state of all counting; undefined before the first assignment. Call it between two turns. */
  takeSnapshot(): Snapshot | undefined {
    const assignment = this.#assignment;
    return assignment && this.#options.aggregation.takeSnapshot(assignment, this.#lanes);
  }

  /** Other members take all partitions over: nothing is taken any more. */
  handOver(): void {
    this.#close("handover");
  }

  /** Saves the progress a last time. */
  finish(): Promise<void> {
    return this.#saves.finish();
  }

  #begin(assignment: Assignment): void {
    const { aggregation, watermark } = this.#options;
    this.#assignment = assignment;
    this.#queues = assignment.partitions;
    this.#turnOffers.restart();
    const { restore } = assignment;
    this.#lanes = this.#queues.map((queue, index) => {
      const firstOffsets = restore && partitionOf(restore, queue)?.firstOffsets;
      return new Lane(queue, { index, firstOffsets, parts: this.#laneParts });
    });
    watermark.reset(this.#queues.length);
    aggregation.begin(assignment);
    assignment.restore = undefined;
    for (const lane of this.#lanes) {
      lane.forgetBefore(aggregation);
      lane.begin();
    }
    this.#saves.changed(1);
  }

  /** Takes the offered records, as far as the governor allows. The governor does not limit a replay. */
  #work(offers: readonly Offer[], work: TurnWork): TurnWork {
    const { governor } = this.#options;
    const grants = offers.map(() => 0);
    const demands = offers.map(({ available, lag, replay }) => ({ available: replay ? 0 : available, lag }));
    governor.admit(work.startMs, offers.map(({ lane }) => lane.queue), demands, grants);
    const shares = offers
      .map(({ lane, replay, available }, n): LaneShare => {
        return { lane, replay, left: replay ? available : grants[n] };
      })
      .filter(({ left }) => left > 0);
    for (let open = shares; open.length > 0;) open = this.#takeTogether(open, work);
    for (const { lane } of shares) lane.reportTaken();
    return work;
  }

  /**
   * Takes records of the oldest panes from all lanes that have some: words are counted faster in a pane that was used
   * just before. Returns the lanes with further records, and none when the turn is over.
   */
  #takeTogether(shares: readonly LaneShare[], work: TurnWork): LaneShare[] {
    const { rules: { time, slideMs } } = this.#options;
    const oldestMs = Math.min(...shares.map(({ lane }) => lane.nextMs));
    const isAlone = shares.length === 1 || time === "processing";
    const untilMs = isAlone ? Infinity : (Math.floor(oldestMs / slideMs) + work.panes) * slideMs;
    const open: LaneShare[] = [];
    for (const share of shares) {
      const { lane, replay } = share;
      // Far from now a slide is less than the difference of two numbers.
      if (lane.nextMs >= untilMs && lane.nextMs > oldestMs) {
        open.push(share);
        continue;
      }
      if (this.#turnTime.isOver) {
        this.#turnOffers.stopAt(lane);
        return [];
      }
      const begunMs = this.#turnTime.seenMs;
      const taken = lane.take(share.left, untilMs);
      this.#saves.changed(taken);
      share.left -= taken;
      if (taken > 0 && share.left > 0) open.push(share);
      if (replay) continue;
      work.records += taken;
      work.waitedMs += taken * (begunMs - work.startMs);
    }
    return open;
  }

  #nextTurnMs({ offers, isPartial }: OffersOfTurn, nowMs: number): number {
    let waitMs = IDLE_MS;
    let isReplaying = false;
    let isLimited = isPartial;
    for (const { lane, waits, replay, available } of offers) {
      if (!lane.queue.hasMore || waits) continue;
      if (replay && available > 0) return 0;
      if (replay) isReplaying = true;
      else isLimited = true;
    }
    if (isReplaying) waitMs = REPLAY_WAIT_MS;
    return isLimited ? Math.min(waitMs, this.#options.governor.waitMs(nowMs)) : waitMs;
  }

  #close(moment: CloseMoment): void {
    const { aggregation } = this.#options;
    const assignment = this.#assignment;
    if (assignment === undefined) return;
    if (!aggregation.close(assignment, { moment, nowMs: this.#turnTime.nowMs })) return;
    this.#saves.changed(1);
    for (const lane of this.#lanes) lane.forgetBefore(aggregation);
  }

  /** Learns how many records fill a turn. */
  #adapt(records: number, elapsedMs: number): void {
    const fill = elapsedMs > 0 ? records * TURN_MS / elapsedMs : MAX_RECORDS_PER_TURN;
    const next = Math.round(Math.min(fill, this.#recordsPerTurn * 2));
    this.#recordsPerTurn = Math.min(MAX_RECORDS_PER_TURN, Math.max(MIN_RECORDS_PER_TURN, next));
  }

  /** Undefined before the first assignment. */
  #progress(): Progress | undefined {
    const assignment = this.#assignment;
    const { aggregation, rules: { time } } = this.#options;
    return assignment && {
      assignment,
      ...aggregation.progress(assignment),
      partitions: this.#lanes.map(
        ({ queue: { topic, partition, position }, replayFrom, openFrom, notes }) => {
          if (time !== "event") return { topic, partition, position, replayFrom: position };
          return { topic, partition, position, replayFrom, openFrom, notes };
        },
      ),
    };
  }
}
