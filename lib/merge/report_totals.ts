// ReportTotals counts the reports that this member has sent and those that it has read, since its start.

import type { ReportOutcome } from "./group_marks.ts";

/** `sent` by this member, the others as it reads the pane log. */
export type ReportResult = "sent" | ReportOutcome | "foreign";

export class ReportTotals {
  readonly results: Record<ReportResult, number> = {
    sent: 0,
    taken: 0,
    repeated: 0,
    outdated: 0,
    foreign: 0,
  };
  /** Bytes of the reports sent. */
  bytes = 0;
  /** Words with a count in the reports sent. */
  words = 0;

  sent(parts: readonly Uint8Array[], words: number): void {
    this.results.sent++;
    for (const { length } of parts) this.bytes += length;
    this.words += words;
  }

  heard(result: ReportOutcome | "foreign"): void {
    this.results[result]++;
  }
}
