// Outputs that keep what they are given, and settle when a test says so.

import type {
  ClosedWindow,
  SkippedBatch,
  SkippedRecord,
  WindowOutputs,
} from "../../lib/pipeline/window_outputs.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";

export class FakeOutputs implements WindowOutputs {
  isBlocked = false;
  settlement: Promise<boolean> = Promise.resolve(true);
  /** The windows with records. */
  readonly results: WindowResult[] = [];
  readonly skipped: string[] = [];

  emit(closed: ClosedWindow): void {
    if (closed.result.records > 0) this.results.push(closed.result);
  }

  emitSkipped({ queue: { partition, records }, index, reason }: SkippedRecord): void {
    this.skipped.push(`${partition}:${records.offsets[index]} ${reason}`);
  }

  emitSkippedBatch({ queue: { partition, position }, problem: { reason, records } }: SkippedBatch): void {
    this.skipped.push(`${partition}:${position} ${reason} ${records}`);
  }

  settled(): Promise<boolean> {
    return this.settlement;
  }
}
