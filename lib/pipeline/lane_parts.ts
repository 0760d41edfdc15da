// LaneParts are the settings and the parts that all lanes of a pipeline share.

import type { PaneCounts } from "./pane_counts.ts";
import type { RecordTally } from "./record_tally.ts";
import type { RunCounter } from "./run_counter.ts";
import type { SkipReporter } from "./skip_reporter.ts";
import type { TurnTime } from "./turn_time.ts";
import type { RecordTexts } from "../extraction/record_texts.ts";
import type { Watermark } from "../window/watermark.ts";

/** The settings by which records are judged. */
export interface RecordRules {
  readonly time: "event" | "processing";
  readonly slideMs: number;
  readonly latenessMs: number;
  /** A record further ahead of the clock is skipped. */
  readonly maxFutureMs: number;
  /** A larger record is skipped. */
  readonly maxRecordBytes: number;
}

/** The parts that all lanes of a pipeline share. */
export interface LaneParts {
  readonly texts: RecordTexts;
  readonly counter: RunCounter;
  readonly panes: PaneCounts;
  /** Whether counts are reported before their windows close. */
  readonly isReported: boolean;
  readonly watermark: Watermark;
  readonly tally: RecordTally;
  readonly skips: SkipReporter;
  readonly turnTime: TurnTime;
  readonly rules: RecordRules;
  /** Called when a partition's watermark has crossed a slide, so that windows may close. */
  readonly onCrossing: () => void;
}
