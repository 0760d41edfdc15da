// timeMarks labels the marks on the time axis of a chart.

import { formatClock, formatDay, formatMinutes } from "./quantity.ts";

const DAY_SECONDS = 24 * 60 * 60;
/** A day is an hour shorter when clocks go forward. */
const SHORT_DAY_SECONDS = DAY_SECONDS - 60 * 60;

/** Labels for marks in seconds: as short as tells them apart. */
export function timeMarks(marks: readonly number[]): string[] {
  const step = marks.length > 1 ? marks[1] - marks[0] : 0;
  const format = step >= SHORT_DAY_SECONDS
    ? formatDay
    : marks.every((seconds) => seconds % 60 === 0)
    ? formatMinutes
    : formatClock;
  return marks.map((seconds) => format(seconds * 1000));
}
