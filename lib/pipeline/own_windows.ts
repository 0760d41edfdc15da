// OwnWindows makes windows of the partitions that are assigned to this process, and emits them.

import type { Clock } from "../async/clock.ts";
import type { Aggregation, CloseMoment } from "./aggregation.ts";
import { restoreSnapshot, takeSnapshot } from "./checkpoint.ts";
import type { Lane } from "./lane.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Assignment, Source, WindowProgress } from "../source/source.ts";
import type { Trends } from "../trends/trends.ts";
import type { SlidingWindow } from "../window/sliding_window.ts";
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
  readonly slideMs: number;
  /** Whether windows close by the watermark or by the clock. */
  readonly time: "event" | "processing";
  /** Observes the window; undefined where counts are not compared with earlier ones. */
  readonly trends?: Trends | undefined;
}

export class OwnWindows implements Aggregation {
  readonly #options: OwnWindowsOptions;
  #last: ClosedWindow | undefined;
  /** The assignment under which the last window closed. */
  #lastAssignment: Assignment | undefined;

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
    const { window, slideMs, trends } = this.#options;
    // Other partitions have other usual counts.
    trends?.clear();
    // The source may not know the newest windows that this run has closed, and no window may be emitted twice.
    const closedUntilMs = Math.max(assignment.closedUntilMs, window.closedUntilMs);
    window.reset({ closedUntilMs, firstEndMs: Math.max(assignment.firstEndMs, closedUntilMs + slideMs) });
    if (assignment.restore !== undefined) restoreSnapshot(this.#options, assignment.restore, assignment);
    trends?.begin();
  }

  close(
    assignment: Assignment,
    { nowMs }: { readonly moment: CloseMoment; readonly nowMs: number },
  ): boolean {
    const { source, clock, window, watermark, outputs, time, trends } = this.#options;
    if (assignment !== source.assignment || !source.mayClose(clock.monotonicMs())) return false;
    const beforeMs = window.closedUntilMs;
    window.closeUntil(time === "event" ? watermark.streamMs() : nowMs, (result) => {
      const compared = trends === undefined
        ? result
        : { ...result, rising: trends.rising(window, window.top) };
      this.#last = { result: compared, partitions: assignment.partitions };
      this.#lastAssignment = assignment;
      outputs.emit(this.#last);
    });
    return window.closedUntilMs !== beforeMs;
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
