// A Lane counts the records of one partition. It takes them in runs: consecutive records of the same pane (one slide of
// time). It decides once per run whether the records are late, splits their texts into words, and counts the words.

import { FirstOffsets } from "./first_offsets.ts";
import type { LaneParts } from "./lane_parts.ts";
import { LaneTally } from "./lane_tally.ts";
import type { NeededPanes } from "./pane_counts.ts";
import { bytesOf, endBySize, largestTimestampMs, MAX_RECORDS_PER_RUN, measureRun } from "./record_runs.ts";
import { RereadBounds } from "./reread_bounds.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { DecodeBudget } from "../records/decode_budget.ts";
import type { PartitionQueue, ReadingNotes } from "../records/partition_queue.ts";
import type { RecordSkipReason } from "../records/skip_reason.ts";

export class Lane {
  readonly queue: PartitionQueue;
  /** Among the lanes of the assignment. */
  readonly index: number;
  readonly #parts: LaneParts;
  readonly #bounds: RereadBounds;
  readonly #tally = new LaneTally();
  /** The panes that an open window needs. */
  readonly #needed: FirstOffsets;
  /** The panes with counts that are not reported; undefined where counts are not reported. */
  readonly #open: FirstOffsets | undefined;
  /** The first record with this timestamp, or a later one, takes the partition's watermark across the next slide. */
  #crossesAtMs = -Infinity;
  /** Records up to this timestamp need not wait for other partitions; computed anew after each slide. */
  #takeUntilMs = -Infinity;
  readonly #ahead: ReadAhead;
  /** The position last observed; undefined at the end of the partition. */
  #hasMoreAt: number | undefined;

  /** `firstOffsets` covers the records below the queue's position that are counted already. */
  constructor(
    queue: PartitionQueue,
    { index, firstOffsets, parts }: {
      readonly index: number;
      readonly firstOffsets?: Lane["firstOffsets"] | undefined;
      readonly parts: LaneParts;
    },
  ) {
    this.queue = queue;
    this.index = index;
    this.#parts = parts;
    this.#ahead = new ReadAhead(queue, parts);
    this.#bounds = new RereadBounds(queue);
    this.#needed = new FirstOffsets(firstOffsets);
    this.#open = parts.isReported ? new FirstOffsets() : undefined;
    const { reported, position } = queue;
    // Reported records count nowhere else, and those below the position are not read again. A reader that lacks the reports
    // needs both. The newest of their panes stands for all of them.
    if (reported !== undefined && reported.replayFrom < Math.max(position, reported.offset)) {
      this.#needed.set(reported.cutMs - parts.rules.slideMs, reported.replayFrom);
    }
  }

  /** Tells the watermark where an earlier run left the partition. Call it once, before the first turn. */
  begin(): void {
    const { position, earlier } = this.queue;
    const { watermark, isReported, turnTime, rules: { latenessMs } } = this.#parts;
    if (earlier === undefined || earlier.watermarkMs === -Infinity) return;
    const { watermarkMs } = earlier;
    if (position < this.#bounds.stillUntil) watermark.beginReplay(this.index, watermarkMs);
    // All records are reported, so none is read again that would let the watermark advance with time.
    else if (isReported) {
      const mark = { largestMs: watermarkMs + latenessMs, watermarkMs, sinceArrivalMs: 0 };
      watermark.restore(this.index, mark, turnTime.askedAt().askedMs);
    }
  }

  /** Decodes up to the next record; false when none is queued, or when the budget is spent. */
  head(budget: DecodeBudget): boolean {
    return this.queue.head((problem) => this.#parts.skips.batch(this.queue, problem), budget);
  }

  /** Whether an earlier run, or this one under an earlier assignment, has counted the next record. */
  get replaying(): boolean {
    const { records, cursor } = this.queue;
    return this.#bounds.isReplayed(records.offsets[cursor]);
  }

  /**
   * How many of the next `most` records are all replayed, or all new, and before the first further one that is dated at or
   * after `untilMs`. Records without an order end nothing, and neither do event times in the values: they are not known yet.
   */
  runLength(most: number, untilMs = Infinity): number {
    const { rules: { time, maxFutureMs }, turnTime, texts } = this.#parts;
    const { records: { count, offsets, timesMs }, cursor } = this.queue;
    const end = this.#bounds.endOfRun(offsets, cursor, Math.min(count, cursor + most));
    if (untilMs === Infinity || time === "processing" || texts.findsTimes) return end - cursor;
    const latestMs = turnTime.nowMs + maxFutureMs;
    let to = cursor + 1;
    while (to < end && !(timesMs[to] >= untilMs && timesMs[to] <= latestMs)) to++;
    return to - cursor;
  }

  /** Whether the next record has to wait for its schema, or until other partitions have come further. */
  get mustWait(): boolean {
    const { rules: { time, maxFutureMs }, turnTime } = this.#parts;
    const { records, cursor, releasedMs } = this.queue;
    if (!this.#ahead.prepareNext()) return true;
    const timestampMs = releasedMs ?? records.timesMs[cursor];
    if (releasedMs === undefined && this.#bounds.isFree(records.offsets[cursor])) return false;
    if (time === "processing" || !(timestampMs <= turnTime.nowMs + maxFutureMs)) return false;
    return !this.#mayTake(timestampMs);
  }

  /** The time of the next record; NaN for none. */
  get nextMs(): number {
    const { records, cursor } = this.queue;
    return records.timesMs[cursor];
  }

  /** The event time by which the next record is in order with those of other lanes; -Infinity where it needs no order. */
  get orderMs(): number {
    const { rules: { time, maxFutureMs }, turnTime } = this.#parts;
    const { nextMs } = this;
    return time === "event" && nextMs <= turnTime.nowMs + maxFutureMs ? nextMs : -Infinity;
  }

  /**
   * Takes up to `most` of the next records, up to one dated at or after `untilMs`, and returns how many: fewer where one
   * has to wait.
   */
  take(most: number, untilMs = Infinity): number {
    const { queue, replaying } = this;
    const { turnTime } = this.#parts;
    const { cursor, records } = queue;
    const end = cursor + most;
    let from = cursor;
    let bytes = 0;
    while (from < end) {
      const prepared = this.#ahead.prepare(from, end);
      if (prepared === from) break;
      if (from > cursor && (records.timesMs[from] >= untilMs || turnTime.isOver)) break;
      const to = this.#takeRun(from, prepared, replaying);
      if (to === from) break;
      const runBytes = bytesOf(records, from, to);
      turnTime.took(to - from, runBytes);
      bytes += runBytes;
      from = to;
    }
    this.#ahead.end(from - cursor);
    if (from === cursor) return 0;
    if (replaying) this.#tally.replayed(from - cursor);
    else this.#tally.taken(from - cursor, bytes);
    queue.advance(from);
    this.#observePosition();
    return from - cursor;
  }

  /** Adds what has been taken since the last call to the metrics. */
  reportTaken(): void {
    this.#tally.flush(this.queue.topic, this.#parts.tally);
  }

  /** The lowest offset of a counted record in a pane that is still needed; without one, the position. */
  get replayFrom(): number {
    return this.#needed.lowest(this.queue.position);
  }

  /** The lowest offset of a counted record that is not reported; undefined where counts are not reported. */
  get openFrom(): number | undefined {
    return this.#open?.lowest(this.queue.position);
  }

  /** The facts that a replay of these records needs. */
  get notes(): ReadingNotes {
    const watermarkMs = this.#parts.watermark.ofPartition(this.index);
    const { future } = this.queue;
    return { watermarkMs, future: future.hasSteps ? future.since(this.replayFrom) : [] };
  }

  /** The lowest offset of a counted record, by the start of its pane; panes in ascending order. */
  get firstOffsets(): readonly (readonly [paneStartMs: number, offset: number])[] {
    return this.#needed.entries();
  }

  /** Panes before these times are no longer needed, and have no counts that are not reported. */
  forgetBefore({ neededFromMs, openFromMs }: NeededPanes): void {
    this.#needed.forgetBefore(neededFromMs);
    this.#open?.forgetBefore(openFromMs);
    if (this.queue.future.hasSteps) this.queue.future.forgetBefore(this.replayFrom);
  }

  /** Tells the watermark whether the partition is at its end. */
  observeQueue(): void {
    const { endSeenMs, position } = this.queue;
    this.#takeUntilMs = -Infinity;
    // Most partitions of very many have not changed.
    if (endSeenMs === undefined && position === this.#hasMoreAt) return;
    this.#hasMoreAt = endSeenMs === undefined ? position : undefined;
    this.#parts.watermark.observeQueue(this.index, endSeenMs);
    this.#observePosition();
  }

  #mayTake(timestampMs: number): boolean {
    if (timestampMs <= this.#takeUntilMs) return true;
    this.#takeUntilMs = this.#parts.watermark.takeUntilMs(this.index);
    return timestampMs <= this.#takeUntilMs;
  }

  /**
   * Takes the records from `from` on, below `end`, that belong to one pane, or skips one record. Returns the index after
   * them: `from` itself where the partition has to wait for others.
   */
  #takeRun(from: number, end: number, replay: boolean): number {
    const { rules: { time, maxFutureMs, maxRecordBytes }, turnTime, panes, counter } = this.#parts;
    const clockMs = turnTime.nowMs;
    const { records } = this.queue;
    const offset = records.offsets[from];
    const timestampMs = time === "event" ? records.timesMs[from] : clockMs;
    if (Number.isNaN(timestampMs)) {
      const { texts } = this.#parts;
      const fault = texts.findsTimes ? texts.faultOf(from) : undefined;
      return this.#skip(fault ?? "no_timestamp", from, replay);
    }
    const limit = this.queue.future.limitAt(offset, clockMs + maxFutureMs);
    if (timestampMs > limit.latestMs) {
      this.queue.future.skip(offset, timestampMs);
      return this.#skip("future", from, replay);
    }
    const isStill = offset < this.#bounds.stillUntil;
    if (time === "event" && !this.#bounds.isFree(offset) && !this.#mayTake(timestampMs)) return from;
    let run = { to: from + 1, largestMs: timestampMs };
    if (records.sizeBytes(from) > maxRecordBytes) this.#skip("too_large", from, replay);
    else {
      const selected = panes.select(timestampMs);
      const outcome = this.#bounds.isReported(offset, panes.paneEndMs) ? "reported" : selected;
      const runEnd = Math.min(end, from + MAX_RECORDS_PER_RUN);
      if (time === "event") {
        run = measureRun(records, from, {
          end: runEnd,
          paneStartMs: panes.paneStartMs,
          paneEndMs: panes.paneEndMs,
          clockMs,
          latestMs: limit.latestMs,
          crossesAtMs: this.#crossesAtMs,
          untilOffset: limit.untilOffset,
          maxRecordBytes,
        });
      } else run.to = endBySize(records, from, { end: runEnd, maxRecordBytes });
      const { to, firstCounted } = counter.count({
        queue: this.queue,
        partition: this.index,
        from,
        to: run.to,
        outcome,
        replay,
        tally: this.#tally,
      });
      if (firstCounted >= 0) this.#noteOffset(records.offsets[firstCounted]);
      if (to < run.to) {
        run.to = to;
        if (time === "event") run.largestMs = largestTimestampMs(records, from, to);
      }
    }
    this.queue.future.take(offset, run.largestMs);
    if (isStill) this.#parts.watermark.observeReplay(this.index, this.queue.arrivedMs);
    else if (run.largestMs > clockMs) this.#observeAhead();
    else this.#observe(run.largestMs);
    return run.to;
  }

  #observe(timestampMs: number): void {
    const { watermark } = this.#parts;
    watermark.observe(this.index, timestampMs, this.queue.arrivedMs);
    if (timestampMs >= this.#crossesAtMs) this.#cross();
  }

  /** The log did not reach beyond its end when the broker was asked for it. */
  #observeAhead(): void {
    const { watermark, turnTime } = this.#parts;
    const { arrivedMs, highWatermark, highWatermarkAskedMs } = this.queue;
    const { wallMs: clockMs, askedMs } = turnTime.askedAt(highWatermarkAskedMs);
    watermark.observeAhead(this.index, arrivedMs, { offset: highWatermark, clockMs, askedMs });
  }

  #observePosition(): void {
    const { watermark } = this.#parts;
    const { position } = this.queue;
    watermark.observePosition(this.index, position);
    if (position >= this.#bounds.stillUntil) watermark.endReplay(this.index);
    this.queue.watermarkMs = watermark.ofPartition(this.index);
  }

  #cross(): void {
    const { watermark, rules: { slideMs, latenessMs }, onCrossing } = this.#parts;
    const slides = Math.floor(watermark.ofPartition(this.index) / slideMs);
    this.#crossesAtMs = (slides + 1) * slideMs + latenessMs;
    this.#takeUntilMs = -Infinity;
    onCrossing();
  }

  /** `offset` is of the first counted record of a run. */
  #noteOffset(offset: number): void {
    const { paneStartMs } = this.#parts.panes;
    this.#needed.note(paneStartMs, offset);
    this.#open?.note(paneStartMs, offset);
  }

  #skip(reason: RecordSkipReason, from: number, replay: boolean): number {
    this.#parts.counter.skip(reason, { queue: this.queue, from, replay });
    return from + 1;
  }
}
