// OwnWindows makes windows of the partitions that are assigned to this process, and emits them.

import type { Clock } from "../async/clock.ts";
import type { Aggregation, CloseMoment } from "./aggregation.ts";
import { restoreSnapshot, takeSnapshot } from "./checkpoint.ts";
import type { Lane } from "./lane.ts";
import { partitionKey, type TopicPartition } from "../kafka/topic_partition.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Assignment, Source, WindowProgress } from "../source/source.ts";
import type { NewWords } from "../trends/new_words.ts";
import type { Trends } from "../trends/trends.ts";
import type { SlidingWindow } from "../window/sliding_window.ts";
import type { WindowResult } from "../window/window_result.ts";
import type { Watermark } from "../window/watermark.ts";
import type { ClosedWindow, WindowOutputs } from "./window_outputs.ts";
import type { WordTable } from "../words/word_table.ts";

export interface OwnWindowsOptions {
  readonly source: Source;
  /** The table of the tokenizer's words; the window takes their names from it. */
  readonly words: WordTable;
  readonly window: SlidingWindow;
  readonly watermark: Watermark;
  readonly outputs: WindowOutputs;
  readonly clock: Clock;
  readonly lengthMs: number;
  readonly slideMs: number;
  /** Whether windows close by the watermark or by the clock. */
  readonly time: "event" | "processing";
  /** Observes the window; undefined where counts are not compared with earlier ones. */
  readonly trends?: Trends | undefined;
  /** Observes the window; undefined where new words are not looked for. */
  readonly newWords?: NewWords | undefined;
}

export class OwnWindows implements Aggregation {
  readonly #options: OwnWindowsOptions;
  #last: ClosedWindow | undefined;
  /** The assignment under which the last window closed. */
  #lastAssignment: Assignment | undefined;
  #partitions: readonly TopicPartition[] = [];

  constructor(options: OwnWindowsOptions) {
    this.#options = options;
  }

  /** The newest closed window, with or without records. */
  get last(): ClosedWindow | undefined {
    return this.#last;
  }

  /** Whether the counts of the newest closed window are still there. */
  get isCurrent(): boolean {
    return this.#last !== undefined && this.#lastAssignment === this.#options.source.assignment;
  }

  get window(): SlidingWindow {
    return this.#options.window;
  }

  get trends(): Trends | undefined {
    return this.#options.trends;
  }

  get newWords(): NewWords | undefined {
    return this.#options.newWords;
  }

  get panes(): SlidingWindow {
    return this.#options.window;
  }

  get words(): WordTable {
    return this.#options.words;
  }

  get watermarkMs(): number {
    return this.#options.watermark.streamMs();
  }

  /** The metrics of the windows are its own. */
  get isWriter(): true {
    return true;
  }

  get isReported(): false {
    return false;
  }

  get neededFromMs(): number {
    return this.#options.window.neededFromMs;
  }

  get openFromMs(): number {
    return this.neededFromMs;
  }

  get isBlocked(): boolean {
    return this.#options.outputs.isBlocked;
  }

  begin(assignment: Assignment): void {
    const { words, window, lengthMs, slideMs, trends, newWords } = this.#options;
    words.places?.begin(assignment.partitions.length);
    // The source may not know the newest windows that this run has closed, and no window may be emitted twice.
    const closedUntilMs = Math.max(assignment.closedUntilMs, window.closedUntilMs);
    const firstEndMs = Math.max(assignment.firstEndMs, closedUntilMs + slideMs);
    // No record of these panes is read again.
    window.evictBefore(firstEndMs - lengthMs);
    // Other partitions have other usual counts.
    trends?.clear();
    const former = new Set(this.#partitions.map(partitionKey));
    this.#partitions = assignment.partitions;
    if (!assignment.partitions.every((partition) => former.has(partitionKey(partition)))) {
      newWords?.learnAnew();
    }
    window.reset({ closedUntilMs, firstEndMs });
    if (assignment.restore !== undefined) restoreSnapshot(this.#options, assignment.restore, assignment);
    trends?.begin();
    newWords?.begin();
  }

  close(
    assignment: Assignment,
    { nowMs }: { readonly moment: CloseMoment; readonly nowMs: number },
  ): boolean {
    const { source, clock, window, watermark, outputs, time } = this.#options;
    const untilMs = time === "event" ? watermark.streamMs() : nowMs;
    // Most of very many partitions cross a slide long before the last one does.
    if (!window.isDue(untilMs)) return false;
    if (assignment !== source.assignment || !source.mayClose(clock.monotonicMs())) return false;
    const beforeMs = window.closedUntilMs;
    window.closeUntil(untilMs, (result) => {
      this.#last = { result: this.#compared(result), partitions: assignment.partitions };
      this.#lastAssignment = assignment;
      outputs.emit(this.#last);
    });
    return window.closedUntilMs !== beforeMs;
  }

  /** The window that has just closed, with what the comparison with earlier ones finds. */
  #compared(result: WindowResult): WindowResult {
    const { window, trends, newWords } = this.#options;
    newWords?.observe(window);
    return {
      ...result,
      ...(trends && { rising: trends.rising(window, window.top) }),
      ...(newWords && { newWords: newWords.newest(window, window.top) }),
    };
  }

  progress({ firstEndMs }: Assignment): WindowProgress {
    return { closedUntilMs: this.#options.window.closedUntilMs, firstEndMs };
  }

  settled(): Promise<boolean> {
    return this.#options.outputs.settled();
  }

  takeSnapshot(assignment: Assignment, lanes: readonly Lane[]): Snapshot {
    return takeSnapshot(this.#options, { assignment, lanes });
  }
}
