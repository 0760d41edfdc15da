// Says in a sentence which records are skipped, by how much clocks differ, and how to count them.

import type { RecordSkipReason } from "../records/skip_reason.ts";

export interface SkippedOfReason {
  readonly records: number;
  /** How far the last one is dated ahead of the clock; negative for an old one, NaN without a timestamp. */
  readonly aheadMs: number;
}

export function formatSkips(skipped: ReadonlyMap<RecordSkipReason, SkippedOfReason>): string {
  const parts = [...skipped].map(([reason, { records, aheadMs }]) => {
    const count = records === 1 ? "1 record was" : `${records} records were`;
    return `${count} skipped as ${reason}${explain(reason, Math.round(Math.abs(aheadMs) / 1000))}`;
  });
  return parts.join("; ");
}

/** The cause of a reason and its remedy. */
function explain(reason: RecordSkipReason, seconds: number): string {
  switch (reason) {
    case "future":
      return `, the last one dated ${seconds} s ahead of this machine's clock: check the clocks of this machine ` +
        "and of the producers, or raise window.max_future";
    case "before_start":
      return `, the last one dated ${seconds} s before this machine's clock and before the first window: to count ` +
        "them use another source.kafka.group with source.kafka.start: earliest, or correct the producers' clock " +
        "or time zone";
    case "no_timestamp":
      return ": set message.timestamp.type=LogAppendTime for the topic, or window.time: processing";
    default:
      return ": see the log";
  }
}
