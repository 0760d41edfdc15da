// The parts of `/api/v1/status` that the page uses.

import type { KafkaConfig } from "./kcat_line.ts";

export interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  /** Null if it is unknown. */
  readonly lag: number | null;
}

export interface Status {
  readonly version: string;
  readonly name: string;
  readonly uptime_seconds: number;
  /** The daemon's wall clock, in milliseconds since the epoch. */
  readonly now: number;
  readonly health: { readonly ok: boolean; readonly reason?: string };
  readonly ready: { readonly ready: boolean; readonly reason?: string };
  /** Rates are records per second; null means no limit. */
  readonly governor: {
    readonly limit: number | null;
    readonly backpressure: boolean;
    readonly min: number | null;
    readonly max: number | null;
    readonly interval_ms: number;
    /** The last interval that had records. */
    readonly interval: {
      readonly records: number;
      readonly processing_ms: number;
      readonly scheduling_ms: number;
    } | null;
  };
  readonly rates: { readonly records_per_second: number; readonly words_per_second: number } | null;
  readonly totals: {
    readonly records: number;
    readonly words: number;
    readonly skipped_records: Readonly<Record<string, number>>;
    readonly skipped_words: Readonly<Record<string, number>>;
    readonly late: { readonly counted: number; readonly dropped: number };
  };
  readonly window: { readonly length_ms: number; readonly slide_ms: number; readonly time: string };
  readonly watermark: number | null;
  readonly window_end: number | null;
  /** The group whose counts make the windows; null if they are those of this process alone. */
  readonly group: { readonly members: number; readonly partitions: number } | null;
  /** Whether the usual counts of words are still unknown; null if counts are not compared. */
  readonly rising: { readonly learning: boolean } | null;
  /** Whether the words of the stream are still unknown, and the share of new ones that is missed; null if it is off. */
  readonly new: { readonly learning: boolean; readonly miss_rate: number } | null;
  readonly replay: { readonly left: number; readonly total: number } | null;
  readonly process: { readonly resident_memory_bytes: number | null };
  readonly partitions: readonly PartitionStatus[];
  readonly config: {
    readonly top: number;
    readonly window: { readonly lateness: string };
    readonly source: { readonly kafka?: KafkaConfig | null };
  };
}

/** Whether the process behind the second status is another one. */
export function isNewProcess(before: Status, after: Status): boolean {
  return after.uptime_seconds < before.uptime_seconds;
}

/** The sum over all partitions; an unknown lag counts as 0. */
export function totalLag({ partitions }: Status): number {
  return partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0);
}

/** Largest lag first; partitions with unknown lag come before all others. */
export function sortByLag(partitions: readonly PartitionStatus[]): PartitionStatus[] {
  const known = ({ lag }: PartitionStatus) => lag ?? Number.MAX_VALUE;
  return partitions.toSorted((a, b) => {
    return known(b) - known(a) || compareText(a.topic, b.topic) || a.partition - b.partition;
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
