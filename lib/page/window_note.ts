// This file describes the words of a window in one sentence, for the lists that compare it with earlier windows.

import { countOf, formatDuration, formatMoment } from "./quantity.ts";
import type { Status } from "./status.ts";
import type { ClosedWindow } from "./window_history.ts";

/** `which` ends the sentence "Words of the window that ...". */
export function windowNote(
  { startMs, endMs, error }: ClosedWindow,
  status: Status | undefined,
  which: string,
): string {
  const moment = formatMoment(endMs, status?.now ?? endMs);
  const estimate = error === 0
    ? ""
    : ` Estimates: a count is at most ${countOf(error, "occurrence")} too high.`;
  return `Words of the ${formatDuration(endMs - startMs)} before ${moment} that ${which}.${estimate}`;
}
