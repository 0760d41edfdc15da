// The rules of a group that merges its counts. A test leaves one out, to see that it is needed.

import { GroupMarks, type ReportOutcome } from "../../lib/merge/group_marks.ts";
import type { ReportId } from "../../lib/merge/report.ts";

export type Rule =
  | "older epochs are void"
  | "a report counts once"
  | "no two assignments share an epoch"
  | "a member reads up to its marker"
  | "the log says what is counted"
  | "re-reading comes before reporting"
  | "a report has a cut beside its bound"
  | "who holds the group back waits for nobody"
  | "acknowledged before committed"
  | "only its reader closes for a partition"
  | "a commit's offset covers the newest reports";

/** The marks of a group without a rule; all other rules are kept. */
export class MarksWithout extends GroupMarks {
  readonly #rule: Rule | undefined;

  constructor(rule: Rule | undefined) {
    super();
    this.#rule = rule;
  }

  override outcomeOf(id: ReportId): ReportOutcome {
    const outcome = super.outcomeOf(id);
    if (outcome === "outdated" && this.#rule === "older epochs are void") return "taken";
    if (outcome === "repeated" && this.#rule === "a report counts once") return "taken";
    return outcome;
  }

  override newestFrom(neededFromMs: number): number {
    if (this.#rule === "a commit's offset covers the newest reports") return Infinity;
    return super.newestFrom(neededFromMs);
  }

  override get watermarkMs(): number {
    if (this.#rule !== "only its reader closes for a partition") return super.watermarkMs;
    const marks = this.list.map((one) => this.markOf(one));
    if (marks.some((mark) => mark === undefined)) return -Infinity;
    const holding = marks.flatMap((mark) => mark === undefined || mark.isIdle ? [] : [mark.boundMs]);
    return holding.length > 0 ? Math.min(...holding) : super.watermarkMs;
  }
}
