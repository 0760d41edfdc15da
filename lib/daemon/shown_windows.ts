// ShownWindows are the windows that HTTP and the metrics show: those of this process, or those of its group.

import type { ClosedWindow } from "../pipeline/window_outputs.ts";
import type { SlidingWindow } from "../window/sliding_window.ts";
import type { WordTable } from "../words/word_table.ts";

export interface ShownWindows {
  /** The newest closed window, with or without records. */
  readonly last: ClosedWindow | undefined;
  /** Whether the counts of the newest closed window are still there. */
  readonly isCurrent: boolean;
  readonly window: SlidingWindow;
  /** The words of the window. */
  readonly words: WordTable;
  readonly watermarkMs: number;
  /** Whether this process exports the metrics of windows. One member of a group does, so that a sum is right. */
  readonly isWriter: boolean;
}
