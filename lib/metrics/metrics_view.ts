// What the metrics ask for when somebody scrapes: states that are kept elsewhere.

import type { WindowResult } from "../window/window_result.ts";

/** States, read at scrape time. */
export interface MetricsView {
  /** The last closed window, one without records included; undefined before the first. */
  lastWindow(): WindowResult | undefined;
  /** Running total. */
  windowsClosed(): number;
  /** -Infinity: not known. */
  watermarkMs(): number;
  /** Records per second allowed now; Infinity: no limit. */
  limit(): number;
  /** What of the configuration in force the other values are measured by. */
  settings(): MetricsSettings;
  /** Records per second of each synthetic task, or allowed per topic. */
  gaugeRates(): Iterable<readonly [taskName: string, rate: number]>;
  /** Those assigned now; a lag of undefined is not known yet. */
  partitions(): Iterable<{ topic: string; partition: number; lag: number | undefined }>;
  /** Of the topics that are put out to. */
  outputs(): Iterable<OutputTotals>;
  isReady(): boolean;
}

/** Running totals of one output, and what waits for it now; records. */
export interface OutputTotals {
  readonly output: string;
  readonly sent: number;
  readonly dropped: number;
  readonly failed: number;
  /** Attempts at sending. */
  readonly retries: number;
  readonly queued: number;
}

/** Without these a rule would have to know the configuration. */
export interface MetricsSettings {
  readonly windowSlideMs: number;
  /** Records per second below which backpressure does not go; undefined without backpressure. */
  readonly rateMin: number | undefined;
}
