// The counts that one run reports.

import type { RecordSkipReason } from "../../lib/records/skip_reason.ts";
import type { Tally } from "../../lib/pipeline/pipeline.ts";

export class RunTally implements Tally {
  taken = 0;
  replayed = 0;
  counted = 0;
  filtered = 0;
  late = 0;
  lateDropped = 0;
  readonly skipped = new Map<RecordSkipReason, number>();

  /** Records that were taken and are in no other count. */
  get unaccounted(): number {
    const skipped = [...this.skipped.values()].reduce((sum, records) => sum + records, 0);
    return this.taken - this.counted - this.filtered - this.lateDropped - skipped;
  }

  recordsTaken(_topic: string, records: number): void {
    this.taken += records;
  }

  recordsReplayed(_topic: string, records: number): void {
    this.replayed += records;
  }

  recordsCounted(records: number): void {
    this.counted += records;
  }

  recordsFiltered(_topic: string, records: number): void {
    this.filtered += records;
  }

  recordsSkipped(reason: RecordSkipReason, records: number): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + records);
  }

  lateRecords(outcome: string, records: number): void {
    this.late += records;
    if (outcome === "dropped") this.lateDropped += records;
  }

  wordsCounted(): void {}
  wordsSkipped(): void {}
  batch(): void {}
}
