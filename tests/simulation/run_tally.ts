// The counts that one run reports.

import type { RecordSkipReason } from "../../lib/records/skip_reason.ts";
import type { Tally } from "../../lib/pipeline/pipeline.ts";

export class RunTally implements Tally {
  taken = 0;
  replayed = 0;
  late = 0;
  readonly skipped = new Map<RecordSkipReason, number>();

  recordsTaken(_topic: string, records: number): void {
    this.taken += records;
  }

  recordsReplayed(_topic: string, records: number): void {
    this.replayed += records;
  }

  recordsSkipped(reason: RecordSkipReason, records: number): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + records);
  }

  lateRecords(_outcome: string, records: number): void {
    this.late += records;
  }

  wordsCounted(): void {}
  wordsSkipped(): void {}
  batch(): void {}
}
