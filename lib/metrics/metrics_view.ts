// The states that a scrape reads from the rest of the daemon.

import type { WindowResult } from "../window/window_result.ts";

/** The daemon as the metrics see it, read at each scrape. */
export interface MetricsView {
  /** The last closed window, with or without records; undefined before the first. */
  lastWindow(): WindowResult | undefined;
  /** Running total. */
  windowsClosed(): number;
  /** -Infinity while it is not known. */
  watermarkMs(): number;
  /** Records per second allowed now; Infinity without a limit. */
  limit(): number;
  /** The settings in force that alert rules compare the other values with. */
  settings(): MetricsSettings;
  /** Records per second of each synthetic task, or allowed per topic. */
  gaugeRates(): Iterable<readonly [taskName: string, rate: number]>;
  /** The partitions assigned now; the lag is undefined until it is known. */
  partitions(): Iterable<{ topic: string; partition: number; lag: number | undefined }>;
  outputs(): Iterable<OutputTotals>;
  isReady(): boolean;
}

/** Running totals of one output topic, in records. */
export interface OutputTotals {
  /** Its name in the metrics. */
  readonly output: "kafka" | "dead_letters";
  /** The topic has them. */
  readonly sent: number;
  /** The queue had no room for them, or the daemon stopped before it could send them. */
  readonly dropped: number;
  /** The broker refused them permanently. */
  readonly failed: number;
  /** Attempts to send that failed and are repeated; a number of attempts, not of records. */
  readonly retries: number;
  /** They wait in the queue or are being sent; a state, not a total. */
  readonly queued: number;
}

/** Alert rules need these values, since they cannot read the configuration. */
export interface MetricsSettings {
  readonly windowSlideMs: number;
  /** Records per second below which backpressure does not go; undefined without backpressure. */
  readonly rateMin: number | undefined;
}
