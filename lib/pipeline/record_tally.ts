// RecordTally is the interface through which the lanes count records and words in the metrics.

import type { RecordSkipReason } from "../records/skip_reason.ts";

/**
 * Counts records and words, once per run. Every record taken is counted, late and dropped, filtered, or skipped for a reason.
 * Records that an earlier run has taken are only replayed.
 */
export interface RecordTally {
  recordsTaken(topic: string, records: number, bytes: number): void;
  recordsReplayed(topic: string, records: number): void;
  /** They fail a condition, so they are in no window. */
  recordsFiltered(topic: string, records: number): void;
  /** They are in windows; some of them are late. */
  recordsCounted(records: number): void;
  recordsSkipped(reason: RecordSkipReason, records: number): void;
  lateRecords(outcome: "counted" | "dropped", records: number): void;
  wordsCounted(words: number): void;
  wordsSkipped(reason: "too_long" | "too_short" | "stop_word", words: number): void;
}
