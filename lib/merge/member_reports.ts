// MemberReports takes the counts of this member's partitions by pane, and reports them when its watermark has passed the
// end of a slide. The windows are made from the reports of all members (group_windows.ts).

import type { Aggregation, CloseMoment } from "../pipeline/aggregation.ts";
import { MAX_AHEAD_MS } from "../source/kafka/state_checks.ts";
import type { Assignment, Source, WindowProgress } from "../source/source.ts";
import type { PaneWindow } from "../window/pane_window.ts";
import type { Watermark } from "../window/watermark.ts";
import type { MergingMember } from "./merging_member.ts";

export interface MemberReportsOptions {
  readonly source: Pick<Source, "assignment">;
  readonly member: MergingMember;
  readonly panes: PaneWindow;
  readonly watermark: Watermark;
  /** Takes the skipped records. */
  readonly outputs: { readonly isBlocked: boolean; settled(): Promise<boolean> };
  readonly lengthMs: number;
  readonly slideMs: number;
}

export class MemberReports implements Aggregation {
  readonly isReported = true;
  readonly #options: MemberReportsOptions;
  /** All counts of panes that end here or earlier have been reported. */
  #cutMs = -Infinity;
  /** The state of the log that the watermark knows. */
  #followed = -1;
  /** All records below the offsets that the log has are read again. */
  #hasReread = false;
  /** The last report of this assignment; undefined before the first. */
  #last: { readonly boundMs: number; readonly isIdle: boolean } | undefined;

  constructor(options: MemberReportsOptions) {
    this.#options = options;
  }

  get panes(): PaneWindow {
    return this.#options.panes;
  }

  /** The bound of the last report; -Infinity before the first. */
  get boundMs(): number {
    return this.#last?.boundMs ?? -Infinity;
  }

  get neededFromMs(): number {
    const { member, slideMs, lengthMs } = this.#options;
    return Math.max(member.committedUntilMs + slideMs, member.windows.firstEndMs) - lengthMs;
  }

  get openFromMs(): number {
    return this.#options.panes.oldestPendingMs;
  }

  get isBlocked(): boolean {
    const { member, outputs } = this.#options;
    return member.isBlocked || outputs.isBlocked;
  }

  begin(assignment: Assignment): void {
    const { member, panes, lengthMs } = this.#options;
    const marks = assignment.partitions.map((queue) => member.marks.markOf(queue));
    this.#last = undefined;
    this.#hasReread = false;
    this.#cutMs = Math.max(-Infinity, ...marks.map((mark) => mark?.cutMs ?? -Infinity));
    panes.reset({
      // The bound that the log has of all partitions.
      reportedUntilMs: Math.min(Infinity, ...marks.map((mark) => mark?.boundMs ?? -Infinity)),
      neededFromMs: member.closedFromMs,
      firstFromMs: assignment.firstEndMs - lengthMs,
      cutMs: this.#cutMs,
    });
    this.#follow();
  }

  close(
    assignment: Assignment,
    { moment, nowMs }: { readonly moment: CloseMoment; readonly nowMs: number },
  ): boolean {
    const { source } = this.#options;
    // A report names positions, which are right between two turns.
    if (moment === "crossing" || assignment !== source.assignment) return false;
    const hasMoved = this.#follow();
    if (assignment.partitions.length === 0) return hasMoved;
    // Until the records below the marks are read again, a report would say too much or too little of them.
    this.#hasReread ||= assignment.partitions.every(({ position, reported }) =>
      position >= (reported?.offset ?? 0)
    );
    if (!this.#hasReread) return hasMoved;
    const allUntilMs = moment === "handover" ? nowMs + MAX_AHEAD_MS : -Infinity;
    return this.#report(assignment, allUntilMs) || hasMoved;
  }

  progress(): WindowProgress {
    const progress = this.#options.member.progress();
    // Before the first report the log has of each partition what it had when the assignment began.
    if (this.#last === undefined) return progress;
    return { ...progress, reported: progress.reported && { ...progress.reported, cutMs: this.#cutMs } };
  }

  async settled(): Promise<boolean> {
    const { member, outputs } = this.#options;
    const settled = await Promise.all([member.settled(), outputs.settled()]);
    return !settled.includes(false);
  }

  takeSnapshot(): undefined {
    return undefined;
  }

  /** Takes over what the log has said since the last turn. Returns whether more windows have closed. */
  #follow(): boolean {
    const { member, panes, watermark } = this.#options;
    if (member.marks.taken !== this.#followed) {
      this.#followed = member.marks.taken;
      watermark.othersMs = member.marks.othersMs(member.id);
    }
    const { closedFromMs } = member;
    if (closedFromMs === panes.neededFromMs) return false;
    panes.neededFromMs = closedFromMs;
    return true;
  }

  /**
   * Before a handover all counts of panes up to `allUntilMs` are reported, also those above the bound: other members read no
   * record of them again.
   */
  #report(assignment: Assignment, allUntilMs: number): boolean {
    const { member, panes, slideMs, watermark: { isIdle } } = this.#options;
    // The bound that the log has stands, also while the watermark of a partition is not known.
    const boundMs = Math.max(this.boundMs, panes.reportedUntilMs, this.#boundNow());
    const isKnown = boundMs === this.#last?.boundMs && isIdle === this.#last.isIdle;
    const allMs = Math.min(panes.lastPaneEndMs, Math.floor(allUntilMs / slideMs) * slideMs);
    if (isKnown && (allMs === -Infinity || panes.oldestPendingMs >= allMs)) return false;
    const cutMs = Math.max(this.#cutMs, boundMs, allMs);
    do {
      this.#cutMs = panes.takeBelow(cutMs, (taken, reachedMs) => {
        const bounds = { boundMs: Math.min(boundMs, reachedMs), cutMs: reachedMs, isIdle };
        member.report(assignment, bounds, taken);
      });
      // A watermark that has jumped may pass a hundred panes of long words. The rest follows when there is room, or is read
      // again by the member that takes the partitions over.
    } while (this.#cutMs < cutMs && !member.isBlocked);
    const reportedMs = Math.min(boundMs, this.#cutMs);
    this.#last = { boundMs: reportedMs, isIdle };
    panes.reportedUntilMs = Math.max(panes.reportedUntilMs, reportedMs);
    return true;
  }

  /** An idle member follows the others: its partitions hold nothing back. */
  #boundNow(): number {
    const { member: { id, marks }, watermark, slideMs } = this.#options;
    const ownMs = Math.floor(watermark.streamMs() / slideMs) * slideMs;
    if (!watermark.isIdle) return ownMs;
    return marks.othersAreIdle(id) ? Math.max(ownMs, marks.followMs(id)) : marks.followMs(id);
  }
}
