// Adds records to a window, and counts those that it skips.

import type { RecordTexts } from "../extraction/record_texts.ts";
import type { Records } from "../records/records.ts";
import type { RecordSkipReason } from "../records/skip_reason.ts";
import type { SlidingWindow } from "../window/sliding_window.ts";
import type { Tokenizer } from "../words/tokenizer.ts";

/** Records are read in groups of this many. */
const MAX_RUN = 1024;

export interface RecordAdderOptions {
  readonly tokenizer: Tokenizer;
  readonly texts: RecordTexts;
  readonly maxRecordBytes: number;
  /** All records are in one pane, whatever their dates. */
  readonly isSingle: boolean;
}

export class RecordAdder {
  /** The number of skipped records, by reason. */
  readonly skipped = new Map<RecordSkipReason, number>();
  readonly #window: SlidingWindow;
  readonly #options: RecordAdderOptions;

  constructor(window: SlidingWindow, options: RecordAdderOptions) {
    this.#window = window;
    this.#options = options;
  }

  /** Makes records fit for `add`, before the first ones are read into them. */
  prepare(records: Records): void {
    const { texts } = this.#options;
    records.keepsHeaders = texts.needsHeaders;
    if (texts.findsTimes) records.useOwnTimes();
  }

  /** The index up to which records can be added now: the schemas of the others are asked for. */
  readableUntil(records: Records, { from, to }: { readonly from: number; readonly to: number }): number {
    return this.#options.texts.schemas?.readableUntil(records, from, to) ?? to;
  }

  skip(reason: RecordSkipReason, records: number): void {
    if (records > 0) this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + records);
  }

  /** Adds the records from one index up to another. Neighbours of the same pane are added at once. */
  add(records: Records, range: { readonly from: number; readonly to: number }): void {
    const { texts } = this.#options;
    for (let { from } = range; from < range.to; from += MAX_RUN) {
      const to = Math.min(range.to, from + MAX_RUN);
      if (texts.findsTimes) texts.findTimes(records, from, to);
      for (let next = from; next < to;) next = this.#addFrom(records, next, to);
    }
  }

  /** Adds or skips records from `begin` on; returns the index after them. */
  #addFrom(records: Records, begin: number, to: number): number {
    const { texts, maxRecordBytes, isSingle } = this.#options;
    const { timesMs } = records;
    const window = this.#window;
    if (!isSingle && Number.isNaN(timesMs[begin])) {
      this.skip((texts.findsTimes ? texts.faultOf(begin) : undefined) ?? "no_timestamp", 1);
      return begin + 1;
    }
    if (records.sizeBytes(begin) > maxRecordBytes) {
      this.skip("too_large", 1);
      return begin + 1;
    }
    window.select(isSingle ? 0 : timesMs[begin]);
    const { paneStartMs, paneEndMs } = window;
    const isInPane = (i: number) => isSingle || (timesMs[i] >= paneStartMs && timesMs[i] < paneEndMs);
    let end = begin + 1;
    while (end < to && isInPane(end) && records.sizeBytes(end) <= maxRecordBytes) end++;
    return this.#addRun(records, begin, end);
  }

  #addRun(records: Records, begin: number, end: number): number {
    const { tokenizer, texts } = this.#options;
    let ready = texts.read(records, begin, end);
    if (ready === end - begin) ready = texts.match(tokenizer);
    if (ready === 0) {
      this.skip(texts.limitReason, 1);
      return begin + 1;
    }
    if (ready < end - begin) return this.#addRun(records, begin, begin + ready);
    for (const { reason } of texts.skipped) this.skip(reason, 1);
    texts.addWords(tokenizer, this.#window);
    return end;
  }
}
