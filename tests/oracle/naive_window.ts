// A naive sliding window: every window is counted from its records.

import type { RecordOutcome } from "../../lib/window/sliding_window.ts";
import type { PaneCount, WindowResult } from "../../lib/window/window_result.ts";

interface NaiveRecord {
  readonly pane: number;
  readonly words: readonly string[];
  readonly weight: number;
}

export class NaiveWindow {
  windowsClosed = 0;
  closed = -Infinity;
  first = -Infinity;
  last: WindowResult | undefined;
  #records: NaiveRecord[] = [];
  /** The records of the last closed window, as they were then. */
  #lastRecords: NaiveRecord[] = [];

  constructor(readonly length: number, readonly slide: number, readonly top: number) {}

  get next(): number {
    return Math.max(this.closed + this.slide, this.first);
  }

  reset(closed: number, first: number): void {
    this.closed = closed;
    this.first = first;
    this.last = undefined;
    this.#records = [];
    this.#lastRecords = [];
  }

  /** Each of the words counts by `weight`. */
  record(timestampMs: number, words: readonly string[], weight = 1): RecordOutcome {
    const pane = Math.floor(timestampMs / this.slide) * this.slide;
    const isLate = pane + this.slide <= this.closed;
    if (isLate && pane < this.next - this.length) return "late_dropped";
    if (!isLate && pane < this.first - this.length) return "out_of_scope";
    this.#records.push({ pane, words, weight });
    return isLate ? "late_counted" : "counted";
  }

  /** Results of windows with records, and the last result even without records. */
  closeUntil(watermark: number): WindowResult[] {
    const results: WindowResult[] = [];
    let newest: WindowResult | undefined;
    const until = Math.floor(watermark / this.slide) * this.slide;
    const start = this.next === -Infinity ? this.#openEnd(until) : this.next;
    for (let end = start; end <= until; end += this.slide) {
      newest = this.#count(end);
      if (newest.records > 0) results.push(newest);
      if (this.closed > -Infinity || this.first > -Infinity || newest.records > 0) this.windowsClosed++;
      this.closed = end;
    }
    if (newest !== undefined && newest.records === 0) results.push(newest);
    this.last = newest ?? this.last;
    return results;
  }

  /** The count of the word in each pane of the last closed window. */
  paneCountsOf(word: string): PaneCount[] {
    const starts = Array.from({ length: this.length / this.slide }, (_, i) => {
      return this.closed - this.length + i * this.slide;
    });
    return starts.map((startMs) => {
      const ofPane = this.#lastRecords.filter(({ pane }) => pane === startMs);
      const times = (words: readonly string[]) => words.filter((other) => other === word).length;
      return { startMs, count: ofPane.reduce((sum, { words, weight }) => sum + times(words) * weight, 0) };
    });
  }

  /** Words of the last closed window and of what comes after it, sorted. */
  heldWords(): string[] {
    const held = this.#records.filter(({ pane, weight }) => pane >= this.closed - this.length && weight > 0);
    return [...new Set(held.flatMap(({ words }) => words))].sort();
  }

  /** The most distinct words that a pane of the last closed window has. */
  mostWordsInPane(): number {
    const covered = this.#records.filter(({ pane, weight }) =>
      pane >= this.closed - this.length && pane < this.closed && weight > 0
    );
    const panes = Map.groupBy(covered, ({ pane }) => pane);
    return Math.max(
      0,
      ...[...panes.values()].map((records) => new Set(records.flatMap((r) => r.words)).size),
    );
  }

  #openEnd(until: number): number {
    const oldest = Math.min(...this.#records.map(({ pane }) => pane));
    return Math.min(until, oldest + this.slide);
  }

  #count(end: number): WindowResult {
    const records = this.#records.filter(({ pane }) => pane >= end - this.length && pane < end);
    this.#lastRecords = records;
    const counts = new Map<string, number>();
    for (const { words, weight } of records.filter(({ weight }) => weight > 0)) {
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + weight);
    }
    const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    return {
      startMs: end - this.length,
      endMs: end,
      records: records.length,
      words: records.reduce((sum, { words, weight }) => sum + words.length * weight, 0),
      distinct: counts.size,
      error: 0,
      top: sorted.slice(0, this.top).map(([word, count]) => ({ word, count })),
    };
  }
}
