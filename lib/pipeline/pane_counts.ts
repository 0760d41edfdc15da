// PaneCounts is the interface through which the lanes count words.

import type { RecordOutcome } from "../window/sliding_window.ts";
import type { WeightedWords } from "../window/window_options.ts";

/** The panes as a lane uses them: it selects the pane of a run of records, then adds the words of the run. */
export interface PaneCounts {
  readonly paneStartMs: number;
  /** End of the selected pane, exclusive. */
  readonly paneEndMs: number;
  /** All timestamps of the selected pane have the same outcome until the next `close` or `begin`. */
  select(timestampMs: number): RecordOutcome;
  /** The first `idCount` of `ids` are all words of these records. */
  add(ids: Int32Array, idCount: number, records: number): void;
  /** As `add`, where words have weights. */
  addWeighted(words: WeightedWords, records: number): void;
}

/** Panes that start before these times need no offset to be read again from. */
export interface NeededPanes {
  /** Start of the oldest pane that an open window covers; -Infinity where all are needed. */
  readonly neededFromMs: number;
  /** Start of the oldest pane with counts that are not reported; as `neededFromMs` where counts are not reported. */
  readonly openFromMs: number;
}
