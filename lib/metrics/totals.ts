// The totals and rates that `/api/v1/status` shows beside the metrics.

/** Totals since the start, by the names that `/api/v1/status` gives them. */
export interface Totals {
  /** Replays are not included. */
  readonly records: number;
  readonly words: number;
  readonly replayed: number;
  readonly skipped_records: Readonly<Record<string, number>>;
  readonly skipped_words: Readonly<Record<string, number>>;
  readonly late: Readonly<Record<string, number>>;
  readonly rebalances: number;
  readonly consumer_restarts: number;
}

/** Per second, in the last rate interval; replays are not included. */
export interface Rates {
  readonly records: number;
  readonly words: number;
}
