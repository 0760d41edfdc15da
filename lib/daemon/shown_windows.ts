// ShownWindows are the windows that HTTP and the metrics show: those of this process, or those of its group.

import { MemberReports, type MemberReportsOptions } from "../merge/member_reports.ts";
import type { MergingMember } from "../merge/merging_member.ts";
import type { MergeState } from "../metrics/scraped_state.ts";
import type { Aggregation } from "../pipeline/aggregation.ts";
import { OwnWindows, type OwnWindowsOptions } from "../pipeline/own_windows.ts";
import type { ClosedWindow } from "../pipeline/window_outputs.ts";
import type { NewWords } from "../trends/new_words.ts";
import type { Trends } from "../trends/trends.ts";
import { PaneWindow } from "../window/pane_window.ts";
import { SlidingWindow } from "../window/sliding_window.ts";
import type { SlidingWindowOptions, WindowOptions } from "../window/window_options.ts";
import type { WordTable } from "../words/word_table.ts";

export interface ShownWindows {
  /** The newest closed window, with or without records. */
  readonly last: ClosedWindow | undefined;
  /** Whether the counts of the newest closed window are still there. */
  readonly isCurrent: boolean;
  readonly window: SlidingWindow;
  /** The words of the window. */
  readonly words: WordTable;
  readonly watermarkMs: number;
  /** Undefined where the windows are not compared with earlier ones. */
  readonly trends?: Trends | undefined;
  /** Undefined where new words are not looked for. */
  readonly newWords?: NewWords | undefined;
  /** Whether this process exports the metrics of windows. One member of a group does, so that a sum is right. */
  readonly isWriter: boolean;
  /** Undefined where the windows are those of this process alone. */
  readonly merge?: MergeState | undefined;
  /** The group whose windows these are; undefined where they are those of this process alone. */
  readonly group?: GroupSize | undefined;
}

/** The size of a group, by the newest assignment in its log. */
export interface GroupSize {
  /** The members that the log has a report or a marker of. */
  readonly members: number;
  /** The partitions of the windows. */
  readonly partitions: number;
}

/** The part that takes counted words, and the windows that it leads to. */
export interface CountedWindows {
  readonly aggregation: Aggregation;
  readonly windows: ShownWindows;
}

export function ownWindows(
  options: Omit<OwnWindowsOptions, "window">,
  panes: SlidingWindowOptions,
): CountedWindows {
  const windows = new OwnWindows({ ...options, window: new SlidingWindow(panes) });
  return { aggregation: windows, windows };
}

class GroupView implements ShownWindows {
  readonly #member: MergingMember;
  readonly #reports: MemberReports;

  constructor(member: MergingMember, reports: MemberReports) {
    this.#member = member;
    this.#reports = reports;
  }

  get last(): ClosedWindow | undefined {
    return this.#member.last;
  }

  /** The counts of the group's newest window are always there. */
  get isCurrent(): boolean {
    return this.last !== undefined;
  }

  get window(): SlidingWindow {
    return this.#member.windows.window;
  }

  get words(): WordTable {
    return this.#member.groupWords;
  }

  get watermarkMs(): number {
    return this.#member.marks.watermarkMs;
  }

  get isWriter(): boolean {
    return this.#member.isWriter;
  }

  get group(): GroupSize {
    const { members, list } = this.#member.marks;
    return { members, partitions: list.length };
  }

  get merge(): MergeState {
    const { totals: { results, bytes, words }, marks, lag } = this.#member;
    return { results, bytes, words, reportedMs: this.#reports.boundMs, lag, unheard: marks.unreported };
  }
}

export function groupWindows(
  options: Omit<MemberReportsOptions, "panes">,
  panes: WindowOptions,
): CountedWindows {
  const aggregation = new MemberReports({ ...options, panes: new PaneWindow(panes) });
  return { aggregation, windows: new GroupView(options.member, aggregation) };
}

/** Where a record stands. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The newest record with the word, in the last closed window or later; undefined where none is known. */
export function lastRecord(
  words: WordTable,
  id: number,
  { result: { startMs }, partitions }: ClosedWindow,
): RecordPlace | undefined {
  const place = words.places?.placeOf(id, startMs ?? -Infinity);
  if (place === undefined) return undefined;
  const { topic, partition } = partitions[place.partition];
  return { topic, partition, offset: place.offset };
}
