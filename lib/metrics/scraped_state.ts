// ScrapedState is the state of the daemon at the time of a scrape. The metrics show it beside the events that they
// count themselves.

import type { REPORT_RESULTS } from "./metric_table.ts";
import type { WindowResult } from "../window/window_result.ts";

export interface ScrapedState {
  /** The last closed window, with or without records; undefined before the first. */
  readonly lastWindow: WindowResult | undefined;
  /** Whether this process shows the metrics of the last window. One member of a group does. */
  readonly showsWindow: boolean;
  /** Running total. */
  readonly windowsClosed: number;
  /** Running total; 0 where new words are not looked for. */
  readonly newWords: number;
  /** -Infinity while it is not known. */
  readonly watermarkMs: number;
  /** Records per second allowed now; Infinity without a limit. */
  readonly limit: number;
  /** The slide of the windows. Alert rules need this and `rateMin`, since they cannot read the configuration. */
  readonly slideMs: number;
  /** Records per second below which backpressure does not go; undefined without backpressure. */
  readonly rateMin: number | undefined;
  /** Records per second of each synthetic task, or allowed per topic. */
  readonly gaugeRates: Iterable<readonly [taskName: string, rate: number]>;
  /** The partitions assigned now; the lag is undefined until it is known. */
  readonly partitions: readonly { topic: string; partition: number; lag: number | undefined }[];
  readonly outputs: readonly OutputTotals[];
  /** Undefined where the windows are those of this process alone. */
  readonly merge: MergeState | undefined;
  readonly isReady: boolean;
}

/** A member of a group that combines its counts. */
export interface MergeState {
  /** Running totals of reports. */
  readonly results: Readonly<Record<typeof REPORT_RESULTS[number], number>>;
  /** Running totals of the reports sent. */
  readonly bytes: number;
  readonly words: number;
  /** The bound of the last report; -Infinity before one. */
  readonly reportedMs: number;
  /** Records of the pane log. */
  readonly lag: number;
  /** Partitions without a report since the last rebalance. */
  readonly unheard: number;
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
