// One assigned partition's way into the window: its records are taken in runs that share a pane, judged once a run,
// split, and counted.

import type { Log } from "../log/log.ts";
import type { RecordTexts } from "./record_texts.ts";
import type { BatchProblem, PartitionQueue } from "../records/partition_queue.ts";
import type { RecordSkipReason } from "../records/skip_reason.ts";
import type { SlidingWindow, Verdict } from "../window/sliding_window.ts";
import type { Watermark } from "../window/watermark.ts";
import type { Tokenizer } from "../words/tokenizer.ts";

/** So many records at most are split at once: their word ids fit the processor's cache. */
const MAX_RECORDS_PER_RUN = 256;

/** What is counted about records and words, once per run. */
export interface RecordTally {
  recordsTaken(topic: string, records: number, bytes: number): void;
  recordsReplayed(topic: string, records: number): void;
  recordsSkipped(reason: RecordSkipReason, records: number): void;
  lateRecords(outcome: "counted" | "dropped", records: number): void;
  wordsCounted(words: number): void;
  wordsSkipped(reason: "too_long" | "too_short" | "stop_word", words: number): void;
}

/** A record that was passed over for the first time; what `queue` has of it is valid as long as the call lasts. */
export interface SkippedRecord {
  readonly queue: PartitionQueue;
  readonly index: number;
  readonly reason: RecordSkipReason;
}

/** The same of a batch that could not be decoded; it begins at the position of `queue`, or above. */
export interface SkippedBatch {
  readonly queue: PartitionQueue;
  readonly problem: BatchProblem;
}

/** What all lanes share. */
export interface LaneOptions {
  readonly tokenizer: Tokenizer;
  readonly window: SlidingWindow;
  readonly watermark: Watermark;
  readonly tally: RecordTally;
  readonly log: Log;
  readonly texts: RecordTexts;
  readonly time: "event" | "processing";
  readonly slideMs: number;
  readonly latenessMs: number;
  readonly maxFutureMs: number;
  readonly maxRecordBytes: number;
  /** The present as the records of this turn are judged by it; it never goes back under processing time. */
  readonly nowMs: () => number;
  /** Called when a partition's watermark has crossed a slide: windows may close. */
  readonly onCrossing: () => void;
  /** Called for a record dated beyond `maxFutureMs`. */
  readonly onFuture: (queue: PartitionQueue, index: number) => void;
  /** Called for each record and batch that is passed over, unless it was before, in an earlier life. */
  readonly onSkipped: (skipped: SkippedRecord) => void;
  readonly onSkippedBatch: (skipped: SkippedBatch) => void;
}

export class Lane {
  readonly queue: PartitionQueue;
  readonly #index: number;
  readonly #options: LaneOptions;
  /** The lowest offset of a counted record, by the start of its pane. */
  readonly #firstOffsets: Map<number, number>;
  /** The first record dated so takes the partition's watermark across the next slide. */
  #crossesAtMs = -Infinity;
  /** Records up to this timestamp need not wait for other partitions; looked up anew with each slide. */
  #takeUntilMs = -Infinity;

  /** `firstOffsets`: of records below the queue's position that have been counted, as this has them. */
  constructor(
    index: number,
    queue: PartitionQueue,
    options: LaneOptions & { readonly firstOffsets?: Lane["firstOffsets"] | undefined },
  ) {
    this.#index = index;
    this.queue = queue;
    this.#options = options;
    this.#firstOffsets = new Map(options.firstOffsets);
  }

  /** Makes the next record ready; false when none is queued. */
  head(): boolean {
    return this.queue.head((problem) => this.#reportProblem(problem));
  }

  /** Whether the next record was already counted in an earlier life or generation. */
  get replaying(): boolean {
    const { records, cursor, replayUntil } = this.queue;
    return records.offsets[cursor] < replayUntil;
  }

  /** How many of the next `most` records are of one kind, replayed or not. */
  runLength(most: number): number {
    const { records, cursor, replayUntil } = this.queue;
    const end = Math.min(records.count, cursor + most);
    if (!this.replaying) return end - cursor;
    let index = cursor;
    while (index < end && records.offsets[index] < replayUntil) index++;
    return index - cursor;
  }

  /** Whether the next record has to wait until other partitions have come further. */
  get mustWait(): boolean {
    const { time, nowMs, maxFutureMs } = this.#options;
    const timestampMs = this.queue.records.timestampsMs[this.queue.cursor];
    if (time === "processing" || !(timestampMs <= nowMs() + maxFutureMs)) return false;
    return !this.#mayTake(timestampMs);
  }

  /** Takes up to `most` of the next records; returns how many, fewer where one has to wait. */
  take(most: number): number {
    const { queue, replaying } = this;
    const { cursor } = queue;
    const end = cursor + most;
    let from = cursor;
    while (from < end) {
      const to = this.#takeRun(from, end, replaying);
      if (to === from) break;
      from = to;
    }
    if (from === cursor) return 0;
    const { tally } = this.#options;
    if (replaying) tally.recordsReplayed(queue.topic, from - cursor);
    else tally.recordsTaken(queue.topic, from - cursor, bytesOf(queue, cursor, from));
    queue.advance(from);
    return from - cursor;
  }

  /** The lowest offset of a counted record in a pane that is still needed; the position for none. */
  get replayFrom(): number {
    return Math.min(this.queue.position, ...this.#firstOffsets.values());
  }

  /** The lowest offset of a counted record, by the start of its pane; panes in no order. */
  get firstOffsets(): readonly (readonly [paneStartMs: number, offset: number])[] {
    return [...this.#firstOffsets];
  }

  /** Panes before this moment are no longer needed. */
  forgetBefore(neededFromMs: number): void {
    for (const paneStartMs of this.#firstOffsets.keys()) {
      if (paneStartMs < neededFromMs) this.#firstOffsets.delete(paneStartMs);
    }
  }

  /** Tells the watermark whether the partition is at its end. */
  observeQueue(): void {
    this.#options.watermark.observeQueue(this.#index, this.queue.endSeenMs);
    this.#takeUntilMs = -Infinity;
  }

  #mayTake(timestampMs: number): boolean {
    if (timestampMs <= this.#takeUntilMs) return true;
    this.#takeUntilMs = this.#options.watermark.takeUntilMs(this.#index);
    return timestampMs <= this.#takeUntilMs;
  }

  /**
   * Takes the records from `from` on that belong to one pane, or skips one. Returns the first not dealt with: `from`
   * itself where the partition has to wait for others.
   */
  #takeRun(from: number, end: number, replay: boolean): number {
    const { time, nowMs, maxFutureMs, maxRecordBytes, window } = this.#options;
    const clockMs = nowMs();
    const timestampMs = time === "event" ? this.queue.records.timestampsMs[from] : clockMs;
    if (Number.isNaN(timestampMs)) return this.#skip("no_timestamp", from, replay);
    if (timestampMs > clockMs + maxFutureMs) {
      this.#options.onFuture(this.queue, from);
      return this.#skip("future", from, replay);
    }
    if (time === "event" && !this.#mayTake(timestampMs)) return from;
    let run = { to: from + 1, largestMs: timestampMs };
    if (sizeOf(this.queue, from) > maxRecordBytes) this.#skip("too_large", from, replay);
    else {
      const verdict = window.select(timestampMs);
      const runEnd = Math.min(end, from + MAX_RECORDS_PER_RUN);
      if (time === "event") run = this.#measureRun(from, runEnd, clockMs);
      else run.to = this.#measureSizes(from, runEnd);
      this.#count(from, run.to, { verdict, replay });
    }
    this.#observe(Math.min(run.largestMs, clockMs));
    return run.to;
  }

  /**
   * How far the run goes that begins at `from`: as long as the pane is the same and no record needs a judgement of
   * its own. The record with which the watermark crosses a slide ends it, since windows close there.
   */
  #measureRun(from: number, end: number, clockMs: number): { to: number; largestMs: number } {
    const { window, maxFutureMs, maxRecordBytes } = this.#options;
    const { timestampsMs } = this.queue.records;
    const { paneStartMs, paneEndMs } = window;
    const boundMs = clockMs + maxFutureMs;
    const crossesAtMs = this.#crossesAtMs <= clockMs ? this.#crossesAtMs : Infinity;
    let largestMs = timestampsMs[from];
    let to = from + 1;
    while (to < end && largestMs < crossesAtMs) {
      const nextMs = timestampsMs[to];
      if (!(nextMs >= paneStartMs && nextMs < paneEndMs && nextMs <= boundMs)) break;
      if (sizeOf(this.queue, to) > maxRecordBytes) break;
      if (nextMs > largestMs) largestMs = nextMs;
      to++;
    }
    return { to, largestMs };
  }

  #measureSizes(from: number, end: number): number {
    let to = from + 1;
    while (to < end && sizeOf(this.queue, to) <= this.#options.maxRecordBytes) to++;
    return to;
  }

  #observe(timestampMs: number): void {
    const { watermark, slideMs, latenessMs, onCrossing } = this.#options;
    watermark.observe(this.#index, timestampMs, this.queue.arrivedMs);
    if (timestampMs < this.#crossesAtMs) return;
    const slides = Math.floor(watermark.ofPartition(this.#index) / slideMs);
    this.#crossesAtMs = (slides + 1) * slideMs + latenessMs;
    this.#takeUntilMs = -Infinity;
    onCrossing();
  }

  #count(from: number, to: number, { verdict, replay }: { verdict: Verdict; replay: boolean }): void {
    const { texts, tokenizer, window, tally } = this.#options;
    const { records } = this.queue;
    const readable = texts.read(records, from, to);
    for (const index of texts.invalid) this.#skip("invalid_json", index, replay);
    if (readable === 0) return;
    if (!replay && verdict === "late_counted") tally.lateRecords("counted", readable);
    if (!replay && verdict === "late_dropped") tally.lateRecords("dropped", readable);
    if (verdict === "late_dropped" || verdict === "out_of_scope") return;
    const { tooLong, tooShort, stopWord } = tokenizer.skipped;
    const words = texts.addWords(tokenizer, window);
    if (!this.#firstOffsets.has(window.paneStartMs)) {
      this.#firstOffsets.set(window.paneStartMs, records.offsets[firstNotIn(texts.invalid, from)]);
    }
    if (replay) return;
    const { skipped } = tokenizer;
    tally.wordsCounted(words);
    if (skipped.tooLong > tooLong) tally.wordsSkipped("too_long", skipped.tooLong - tooLong);
    if (skipped.tooShort > tooShort) tally.wordsSkipped("too_short", skipped.tooShort - tooShort);
    if (skipped.stopWord > stopWord) tally.wordsSkipped("stop_word", skipped.stopWord - stopWord);
  }

  /** One record is passed over, and told and counted as that unless it already was in an earlier life. */
  #skip(reason: RecordSkipReason, index: number, replay: boolean): number {
    if (replay) return index + 1;
    this.#options.tally.recordsSkipped(reason, 1);
    this.#options.onSkipped({ queue: this.queue, index, reason });
    return index + 1;
  }

  #reportProblem(problem: BatchProblem): void {
    const { reason, records, message } = problem;
    const { topic, partition, position, replayUntil } = this.queue;
    this.#options.log.warn(`skipped ${records} records that cannot be read: ${message}`, {
      topic,
      partition,
      reason,
    });
    if (position < replayUntil) return;
    this.#options.tally.recordsSkipped(reason, records);
    this.#options.onSkippedBatch({ queue: this.queue, problem });
  }
}

function sizeOf({ records }: PartitionQueue, index: number): number {
  // A null key or value starts and ends at -1.
  return records.keyEnds[index] - records.keyStarts[index] + records.valueEnds[index] -
    records.valueStarts[index];
}

function bytesOf(queue: PartitionQueue, from: number, to: number): number {
  let bytes = 0;
  for (let i = from; i < to; i++) bytes += sizeOf(queue, i);
  return bytes;
}

/** The first index from `from` on that is not among the ascending ones. */
function firstNotIn(indexes: readonly number[], from: number): number {
  let first = from;
  while (indexes[first - from] === first) first++;
  return first;
}
