// A MergingMember is one member of a group that merges its counts. It appends reports to the pane log, reads the log, and
// holds the windows of the group. The source asks it before it joins, and before it reads under a new assignment.

import type { Clock } from "../async/clock.ts";
import type { AssignmentEpoch } from "../kafka/group/group_protocol.ts";
import type { GroupEpochs } from "../kafka/group/group_epochs.ts";
import { partitionKey, type TopicPartition } from "../kafka/topic_partition.ts";
import type { ClosedWindow } from "../pipeline/window_outputs.ts";
import type { CommitMetadata } from "../source/kafka/commit_metadata.ts";
import type { GroupLog, LogMark } from "../source/kafka/group_log.ts";
import type { Assignment, WindowProgress } from "../source/source.ts";
import type { TakenPane } from "../window/pane_window.ts";
import type { WindowResult } from "../window/window_result.ts";
import type { WordTable } from "../words/word_table.ts";
import { ReportTotals } from "./report_totals.ts";
import type { GroupMarks, ReportOutcome } from "./group_marks.ts";
import type { GroupWindows } from "./group_windows.ts";
import { LogNews } from "./log_news.ts";
import type { PaneLog } from "./pane_log.ts";
import type { ReadPartition, ReportHead } from "./report.ts";
import type { SentWords } from "./group_ids.ts";
import { encodeReport } from "./report_encoder.ts";
import type { ReportSender } from "./report_sender.ts";
import { ServedWindows, type WindowTopic } from "./served_windows.ts";

/** Adding up takes this long before the pipeline, fetches and heartbeats have their turn. */
const TURN_MS = 10;
/** Partitions that a reason names. */
const MAX_NAMED_PARTITIONS = 3;

export interface MergingMemberOptions {
  /** Unique for each run of a process. */
  readonly id: string;
  readonly epochs: GroupEpochs;
  readonly fingerprint: Uint8Array;
  /** The words of the pipeline. */
  readonly words: SentWords;
  /** The words of the group's windows. */
  readonly groupWords: WordTable;
  readonly log: Pick<
    PaneLog,
    "queue" | "hasCaughtUp" | "failure" | "error" | "start" | "readFrom" | "impossible" | "stop"
  >;
  readonly sender: Pick<
    ReportSender,
    "isBlocked" | "failure" | "error" | "start" | "put" | "settled" | "stop"
  >;
  /** Makes the windows of the group, which closes them by calling `onClosed`. */
  readonly windows: (
    onClosed: (result: WindowResult, partitions: readonly TopicPartition[]) => void,
  ) => GroupWindows;
  /** Takes each closed window, in order. */
  readonly show: (closed: ClosedWindow) => void;
  /** Undefined where windows go to no topic. */
  readonly topic: WindowTopic | undefined;
  readonly clock: Clock;
}

type ReportBounds = Pick<ReportHead, "boundMs" | "cutMs" | "isIdle">;

export class MergingMember implements GroupLog {
  readonly id: string;
  readonly epochs: GroupEpochs;
  readonly windows: GroupWindows;
  readonly totals: ReportTotals = new ReportTotals();
  readonly #options: MergingMemberOptions;
  readonly #news = new LogNews();
  #served: ServedWindows | undefined;
  #last: ClosedWindow | undefined;
  /** The number of the last report sent, and the outcome of the last one heard. */
  #number = 0;
  #heard: { readonly number: number; readonly outcome: ReportOutcome } = { number: 0, outcome: "taken" };
  #hasBegun = false;
  #isComplete = false;

  constructor(options: MergingMemberOptions) {
    this.#options = options;
    this.id = options.id;
    this.epochs = options.epochs;
    this.windows = options.windows((result, partitions) => this.#close({ result, partitions }));
  }

  get marks(): GroupMarks {
    return this.windows.marks;
  }

  /** The words of the group's windows. */
  get groupWords(): WordTable {
    return this.#options.groupWords;
  }

  /** The newest closed window, with or without records. */
  get last(): ClosedWindow | undefined {
    return this.#last;
  }

  /** Start of the oldest pane of an open window; -Infinity before the first window has closed. */
  get closedFromMs(): number {
    const { window } = this.windows;
    return window.closedUntilMs === -Infinity ? -Infinity : window.neededFromMs;
  }

  /** End of the newest closed window that its topic has, too. */
  get committedUntilMs(): number {
    return Math.min(this.windows.window.closedUntilMs, this.#servedUntilMs);
  }

  /** Whether this member writes the windows to their topic. One member of the group does. */
  get isWriter(): boolean {
    return this.marks.holderOfLowest === this.id;
  }

  /** Records of the pane log that are not taken yet. */
  get lag(): number {
    return this.#options.log.queue?.lag ?? 0;
  }

  /** Reports fill the room for those that wait: nothing more may be counted. */
  get isBlocked(): boolean {
    return this.#options.sender.isBlocked;
  }

  /** No retry helps; undefined for none. */
  get error(): unknown {
    return this.#options.log.error ?? this.#options.sender.error;
  }

  get notReady(): string | undefined {
    const { log, sender } = this.#options;
    const failure = log.failure ?? sender.failure;
    if (failure !== undefined || this.#isComplete) return failure;
    if (!log.hasCaughtUp) return "reading the pane log";
    const { marks } = this;
    const missing = marks.list.filter((partition) => marks.markOf(partition) === undefined);
    if (missing.length === 0) return undefined;
    const named = missing.slice(0, MAX_NAMED_PARTITIONS).map(partitionKey).join(", ");
    const more = missing.length > MAX_NAMED_PARTITIONS
      ? ` and ${missing.length - MAX_NAMED_PARTITIONS} more`
      : "";
    return `no window can close before each partition has been reported: waiting for ${named}${more}`;
  }

  start(): void {
    this.#options.log.start();
    this.#options.sender.start();
  }

  /** Sends the reports under way, for a limited time. */
  flush(): Promise<void> {
    return this.#options.sender.stop();
  }

  async stop(): Promise<void> {
    await this.flush();
    await this.#options.log.stop();
  }

  /** Adds up what the log has, for some milliseconds. Returns whether there is more. @throws an error that no retry can help */
  turn(): boolean {
    const { clock } = this.#options;
    if (this.error !== undefined) throw this.error;
    const untilMs = clock.monotonicMs() + TURN_MS;
    let hasMore = true;
    do {
      if (this.windows.isBusy) this.windows.advance();
      else hasMore = this.#takeRecord();
    } while (hasMore && clock.monotonicMs() < untilMs);
    this.#served?.turn({ isWriter: this.isWriter, toldUntilMs: this.marks.servedUntilMs });
    if (!this.#isComplete && this.marks.epoch > 0) this.#isComplete = this.notReady === undefined;
    if (!hasMore && this.#options.log.hasCaughtUp) this.#news.tell();
    return hasMore;
  }

  report(assignment: Assignment, bounds: ReportBounds, panes: readonly TakenPane[]): void {
    const { epoch, partitions, firstEndMs } = assignment;
    if (epoch === undefined) throw new RangeError("cannot report: the assignment has no epoch");
    // The log voids it anyway: the partitions have moved, and their members continue from what the log says.
    if (this.marks.epoch > epoch.number) return;
    const read = partitions.map(({ topic, partition, position: offset }) => ({ topic, partition, offset }));
    this.#send({ ...this.#head(epoch, read, firstEndMs), ...bounds, isMarker: false }, panes);
  }

  /** Resolves when the log has all reports so far; to false where the member stops before. */
  settled(): Promise<boolean> {
    return this.#options.sender.settled();
  }

  // GroupLog

  async catchUp(
    lookUpCommits: () => Promise<readonly CommitMetadata[]>,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.#hasBegun) {
      const commits = await lookUpCommits();
      // A lookup that was interrupted may lack commits: the next session repeats it.
      if (signal.aborted) return;
      this.#hasBegun = true;
      this.#begin(commits);
    }
    const { log } = this.#options;
    while (!signal.aborted && (!log.hasCaughtUp || this.windows.isBusy)) await this.#news.wait(signal);
  }

  async mark(
    { epoch, partitions }: {
      readonly epoch: AssignmentEpoch;
      readonly partitions: readonly TopicPartition[];
    },
    signal: AbortSignal,
  ): Promise<boolean> {
    // The log voids it anyway; the caller asks again until the next rebalance.
    if (this.marks.epoch > epoch.number) return false;
    const read = partitions.map((partition) => ({ ...partition, offset: 0 }));
    const nothing = { boundMs: -Infinity, cutMs: -Infinity, isIdle: false };
    this.#send({ ...this.#head(epoch, read, -Infinity), ...nothing, isMarker: true }, []);
    const number = this.#number;
    while (!signal.aborted) {
      if (this.#heard.number >= number) return this.#heard.outcome === "taken";
      if (this.marks.epoch > epoch.number) return false;
      await this.#news.wait(signal);
    }
    return false;
  }

  markOf(partition: TopicPartition): LogMark | undefined {
    return this.marks.markOf(partition);
  }

  progress(): WindowProgress {
    const { committedUntilMs: closedUntilMs, windows } = this;
    const logFrom = windows.rebuildFrom(closedUntilMs);
    return { closedUntilMs, firstEndMs: windows.firstEndMs, reported: { cutMs: -Infinity, logFrom } };
  }

  /** The topic has every window up to here; all closed ones where there is no topic. */
  get #servedUntilMs(): number {
    return this.#served === undefined ? this.windows.window.closedUntilMs : this.#served.servedUntilMs;
  }

  /**
   * Any commit with a place in the log would do; the newest needs the least of the log. Several may have the same window:
   * the lowest place is right in any case, as another one may be of a log that has been deleted since.
   */
  #begin(commits: readonly CommitMetadata[]): void {
    const { log, topic } = this.#options;
    const [newest] = commits.toSorted((a, b) => {
      // Infinities have no difference.
      if (a.closedUntilMs !== b.closedUntilMs) return a.closedUntilMs > b.closedUntilMs ? -1 : 1;
      return (a.reported?.logFrom ?? 0) - (b.reported?.logFrom ?? 0);
    });
    const closedUntilMs = newest?.closedUntilMs ?? -Infinity;
    const firstEndMs = commits.reduce((latest, one) => Math.max(latest, one.firstEndMs), -Infinity);
    this.windows.start({ closedUntilMs, firstEndMs });
    // The commits may be of another slide. The window continues behind its own last one.
    if (topic !== undefined) this.#served = new ServedWindows(topic, this.windows.window.closedUntilMs);
    const logFrom = newest?.reported?.logFrom ?? 0;
    log.readFrom(logFrom, (logEnd) => this.windows.lose({ logFrom, logEnd }));
  }

  #takeRecord(): boolean {
    const { log: { queue } } = this.#options;
    const hasNext = queue?.head(({ message }) => {
      throw new Error(`the pane log cannot be read at offset ${queue.position}: ${message}`);
    });
    if (queue === undefined || !hasNext) return false;
    const { records: { bytes, valueStarts, valueEnds, offsets }, cursor } = queue;
    const value = valueStarts[cursor] < 0 ? null : bytes.subarray(valueStarts[cursor], valueEnds[cursor]);
    const { clock, log } = this.#options;
    const offset = offsets[cursor];
    const taken = this.windows.take(value, offset, clock.nowMs());
    queue.advance(cursor + 1);
    this.epochs.meet(this.marks.met);
    if (taken.kind !== "part") this.totals.heard(taken.kind);
    if ("reason" in taken && taken.reason !== undefined) log.impossible(offset, taken.reason);
    if (!("head" in taken)) return true;
    const { member, number } = taken.head;
    if (member === this.id && number > this.#heard.number) this.#heard = { number, outcome: taken.kind };
    this.#news.tell();
    return true;
  }

  #close(closed: ClosedWindow): void {
    this.#last = closed;
    this.#served?.put(closed);
    this.#options.show(closed);
  }

  #head(
    { number: epoch, list }: AssignmentEpoch,
    partitions: readonly ReadPartition[],
    firstEndMs: number,
  ): Omit<ReportHead, "isMarker" | keyof ReportBounds> {
    return {
      epoch,
      member: this.id,
      number: ++this.#number,
      firstEndMs: Math.max(firstEndMs, this.marks.firstEndMs),
      servedUntilMs: this.#servedUntilMs,
      list,
      partitions,
    };
  }

  #send(head: ReportHead, panes: readonly TakenPane[]): void {
    const { words, fingerprint, sender } = this.#options;
    const parts = encodeReport(head, panes, { words, fingerprint });
    const values = parts.map(({ value }) => value);
    sender.put(values);
    this.windows.expect(parts, words);
    this.totals.sent(values, panes.reduce((sum, { counts }) => sum + counts.ids.length, 0));
  }
}
