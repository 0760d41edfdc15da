// GroupWindows makes the windows of the whole group from the pane log. A window closes at the record of the log with which
// all partitions have been reported up to its end. So its content depends on the log alone: every reader closes the same
// windows with the same content.

import type { TopicPartition } from "../kafka/topic_partition.ts";
import type { SlidingWindow } from "../window/sliding_window.ts";
import type { WindowResult } from "../window/window_result.ts";
import type { WordTable } from "../words/word_table.ts";
import { GroupMarks, type ReportOutcome } from "./group_marks.ts";
import type { SentWords } from "./group_ids.ts";
import { type LogPart, type LogSection, OwnParts } from "./own_parts.ts";
import { inSteps, type PaneWords, runOf } from "./pane_words.ts";
import { whyImpossiblePart } from "./report_checks.ts";
import type { EncodedPart } from "./report_encoder.ts";
import type { ReportHead, ReportId } from "./report.ts";
import { ReportPlaces } from "./report_places.ts";

/** The most memory of the words of reports that wait for their last part. */
const MAX_STAGED_BYTES = 384 * 1024 * 1024;
/** The memory of an entry beside that of its word: an id and a count. */
const ENTRY_BYTES = 12;
/** The memory of a partition that a head lists, and of a report. */
const PARTITION_BYTES = 96;

export interface GroupWindowsOptions {
  /** Only this and `window` use the table. */
  readonly words: WordTable;
  /** A weighted window over this table. */
  readonly window: SlidingWindow;
  readonly lengthMs: number;
  readonly slideMs: number;
  /** Reports with another fingerprint are foreign. */
  readonly fingerprint: Uint8Array;
  /** The most memory of reports whose last part has not come. Default: MAX_STAGED_BYTES. */
  readonly maxStagedBytes?: number;
  /** Decides which reports take effect; a new one by default. */
  readonly marks?: GroupMarks;
  /** Gets each window with the partitions that it is made of. */
  readonly onClosed: (result: WindowResult, partitions: readonly TopicPartition[]) => void;
}

/** `part`: a part of a report that is not complete. `reason`: why no member can have made it. */
export type LogRecord =
  | { readonly kind: "part" }
  | { readonly kind: "foreign"; readonly reason?: string }
  | { readonly kind: ReportOutcome; readonly head: ReportHead };

/** A report whose last part has not come. */
interface StagedReport {
  readonly id: ReportId;
  readonly head: ReportHead;
  /** Where its first part is. */
  readonly logOffset: number;
  nextIndex: number;
  /** Undefined for a report that will not take effect. The window's holders hold the words. */
  readonly words: PaneWords[] | undefined;
  sizeBytes: number;
}

/** Reports that were deleted before they were read. */
interface Loss {
  /** The offset of the first of them. */
  readonly logFrom: number;
  /** The end of the log when the reading began. */
  readonly logEnd: number;
  /** The highest epoch before that end. */
  epoch: number;
  /** The latest cut so far. */
  untilMs: number;
}

export class GroupWindows {
  readonly marks: GroupMarks;
  readonly window: SlidingWindow;
  readonly #options: GroupWindowsOptions;
  /** By member. */
  readonly #staged = new Map<string, StagedReport>();
  #stagedBytes = 0;
  readonly #own: OwnParts;
  /** Words of a report that has taken effect and are not added yet. The window's holders hold them. */
  #additions: (readonly PaneWords[])[] = [];
  /** The number of records that each pane has got from the last report, by the pane's start. */
  #recordsAdded = new Map<number, number>();
  #mayClose = false;
  readonly #places = new ReportPlaces();
  #firstEndMs = -Infinity;
  #loss: Loss | undefined;
  #nextOffset = 0;

  constructor(options: GroupWindowsOptions) {
    this.#options = options;
    this.marks = options.marks ?? new GroupMarks();
    this.window = options.window;
    this.#own = new OwnParts(options.words);
  }

  /** Begins with what a commit says, before the first record. -Infinity for none. */
  start(
    { closedUntilMs, firstEndMs }: { readonly closedUntilMs: number; readonly firstEndMs: number },
  ): void {
    this.#firstEndMs = firstEndMs;
    this.window.reset({ closedUntilMs, firstEndMs });
  }

  /**
   * The log lacks reports from `logFrom` on, but has some before `logEnd`. No window is emitted that may need the former.
   * Call it before the first record.
   */
  lose({ logFrom, logEnd }: { readonly logFrom: number; readonly logEnd: number }): void {
    this.#loss = { logFrom, logEnd, epoch: 0, untilMs: -Infinity };
  }

  /** This member sends these parts, whose words are of the table `sent`. All calls have the same table. */
  expect(parts: readonly EncodedPart[], sent: SentWords): void {
    this.#own.keep(parts, sent);
  }

  /** Whether counts or windows of the last record wait for `advance`. */
  get isBusy(): boolean {
    return this.#additions.length > 0 || this.#mayClose;
  }

  /** The memory of reports whose last part has not come. Words that several entries have count more than once. */
  get stagedBytes(): number {
    return this.#stagedBytes;
  }

  /** End of the first window that may be emitted; -Infinity while nothing bounds it. */
  get firstEndMs(): number {
    return this.#firstEndMs;
  }

  /**
   * Takes the next record of the log. Call `advance` until nothing is left before the next one. `nowMs` is the wall-clock
   * time: readers whose clocks are right agree on which reports are impossible.
   */
  take(value: Uint8Array | null, offset: number, nowMs: number): LogRecord {
    if (this.isBusy) {
      throw new RangeError(`cannot take offset ${offset}: the record before it is not finished`);
    }
    this.#nextOffset = offset + 1;
    const { lengthMs, slideMs, fingerprint } = this.#options;
    const part = this.#own.decode(value, fingerprint);
    if (part === "foreign") return { kind: "foreign" };
    const reason = whyImpossiblePart(part, { nowMs, lengthMs, slideMs }) ??
      (this.marks.hasRoomFor(part.id) ? undefined : "its group has too many members");
    if (reason !== undefined) return { kind: "foreign", reason };
    const { id, index, isLast, head, sections } = part;
    this.marks.meet(id.epoch);
    if (this.#loss !== undefined && offset < this.#loss.logEnd) this.#loss.epoch = this.marks.met;
    if (head !== undefined) {
      this.#discard(id.member);
      if (isLast) return this.#takeWhole(head, offset, sections);
      const words = this.marks.outcomeOf(id) === "taken" ? [] : undefined;
      const sizeBytes = PARTITION_BYTES * (1 + head.list.length + head.partitions.length);
      this.#staged.set(id.member, { id, head, logOffset: offset, nextIndex: 0, words, sizeBytes });
      this.#stagedBytes += sizeBytes;
    }
    const staged = this.#staged.get(id.member);
    // The reading began within this report, or the part has come before.
    if (staged === undefined || !isSame(staged.id, id) || staged.nextIndex !== index) return { kind: "part" };
    return this.#takePart(staged, part);
  }

  /** One step of at most some milliseconds: adds words of the last report, or closes a window. */
  advance(): void {
    const addition = this.#additions.pop();
    if (addition !== undefined) {
      this.#add(addition);
      this.#drop(addition);
    } else if (this.#mayClose) {
      const { onClosed } = this.#options;
      const { list, watermarkMs } = this.marks;
      this.#mayClose = this.window.closeNext(watermarkMs, (result) => onClosed(result, list));
    }
  }

  /**
   * The offset of the log from which all windows after the one that ended at `closedUntilMs` can be made anew; -Infinity
   * stands for all windows. It may not go back from call to call.
   */
  rebuildFrom(closedUntilMs: number): number {
    // A reader that begins there learns of the loss, too.
    if (this.#loss !== undefined) return this.#loss.logFrom;
    const { slideMs, lengthMs } = this.#options;
    const neededFromMs = Math.max(closedUntilMs + slideMs, this.#firstEndMs) - lengthMs;
    let from = Math.min(
      this.#nextOffset,
      this.marks.newestFrom(neededFromMs),
      this.#places.from(neededFromMs),
    );
    for (const { logOffset, words } of this.#staged.values()) {
      if (words !== undefined) from = Math.min(from, logOffset);
    }
    return from;
  }

  #takeWhole(head: ReportHead, offset: number, sections: readonly LogSection[]): LogRecord {
    const outcome = this.#hear(head, offset, sections);
    if (outcome === "taken") {
      const counted = sections.filter(({ startMs }) => this.#counts(startMs));
      for (const ofPane of inSteps(counted)) {
        this.#add(ofPane.map((one) => this.#own.find(one)));
      }
    }
    return { kind: outcome, head };
  }

  #takePart(staged: StagedReport, { id, isLast, sections }: LogPart): LogRecord {
    staged.nextIndex++;
    const { words, head, logOffset } = staged;
    for (const section of sections) {
      if (words === undefined) break;
      const found = this.#own.find(section);
      this.#hold(found);
      words.push(found);
      const sizeBytes = found.wordBytes + found.ids.length * ENTRY_BYTES;
      staged.sizeBytes += sizeBytes;
      this.#stagedBytes += sizeBytes;
    }
    if (this.#stagedBytes > (this.#options.maxStagedBytes ?? MAX_STAGED_BYTES)) {
      this.#discard(id.member);
      return { kind: "foreign", reason: "the reports whose last part is missing are too large" };
    }
    if (!isLast) return { kind: "part" };
    this.#staged.delete(id.member);
    this.#stagedBytes -= staged.sizeBytes;
    const outcome = this.#hear(head, logOffset, words ?? []);
    if (outcome === "taken") this.#additions = inSteps(words ?? []).reverse();
    else this.#drop(words ?? []);
    return { kind: outcome, head };
  }

  #hear(head: ReportHead, logOffset: number, panes: readonly { readonly startMs: number }[]): ReportOutcome {
    const { marks, window } = this;
    const outcome = marks.hear(head, { logOffset, neededFromMs: window.neededFromMs });
    if (outcome !== "taken") return outcome;
    for (const { id } of [...this.#staged.values()]) if (id.epoch < marks.epoch) this.#discard(id.member);
    if (window.closedUntilMs === -Infinity) this.#beginAt(marks.firstEndMs);
    if (this.#loss !== undefined) this.#beginAfter(this.#loss, head);
    this.#places.add(logOffset, panes.reduce((newest, { startMs }) => Math.max(newest, startMs), -Infinity));
    this.#recordsAdded.clear();
    this.#mayClose = this.#loss === undefined;
    return outcome;
  }

  #beginAt(firstEndMs: number): void {
    if (firstEndMs <= this.#firstEndMs) return;
    this.#firstEndMs = firstEndMs;
    this.window.beginAt(firstEndMs);
  }

  /**
   * The epochs before the end of the log may be void by a lost report. Under a newer one each partition is reported again:
   * no report so far, lost, void or not, has a pane that ends after the latest cut so far.
   */
  #beginAfter(loss: Loss, { isMarker, cutMs }: ReportHead): void {
    const { marks } = this;
    if (!isMarker) loss.untilMs = Math.max(loss.untilMs, cutMs);
    if (marks.epoch <= loss.epoch || marks.unreported > 0 || marks.watermarkMs === -Infinity) return;
    this.#loss = undefined;
    this.#beginAt(loss.untilMs + this.#options.lengthMs);
  }

  /** Whether an open window has this pane. It is selected then. */
  #counts(startMs: number): boolean {
    const outcome = this.window.select(startMs);
    return outcome === "counted" || outcome === "late_counted";
  }

  /** Adds one section, or all sections of a pane that has an error. */
  #add(words: readonly PaneWords[]): void {
    const [{ startMs, records, error, ids, counts }] = words;
    if (!this.#counts(startMs)) return;
    const before = this.#recordsAdded.get(startMs) ?? 0;
    const added = Math.max(0, records - before);
    this.#recordsAdded.set(startMs, before + added);
    if (error > 0) this.window.restore({ startMs, records: added, runs: [runOf(words)] });
    else this.window.addWeighted({ ids, idCount: ids.length, weights: counts }, added);
  }

  #hold({ ids }: PaneWords): void {
    const { holders } = this.window;
    holders.reserve(this.#options.words.idLimit);
    holders.addAll(ids);
  }

  #drop(words: readonly PaneWords[]): void {
    const { holders } = this.window;
    for (const { ids } of words) holders.dropAll(ids);
    holders.releaseIdle();
  }

  /** Forgets the parts of the member's last report. */
  #discard(member: string): void {
    const staged = this.#staged.get(member);
    if (staged === undefined) return;
    this.#staged.delete(member);
    this.#stagedBytes -= staged.sizeBytes;
    this.#drop(staged.words ?? []);
  }
}

function isSame(a: ReportId, b: ReportId): boolean {
  return a.epoch === b.epoch && a.member === b.member && a.number === b.number;
}
