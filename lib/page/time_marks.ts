import { formatClock, formatDay, formatMinutes } from "./quantity.ts";

const DAY_SECONDS = 24 * 60 * 60;
/** Days are shorter by an hour where clocks are put forward. */
const SHORT_DAY_SECONDS = DAY_SECONDS - 60 * 60;

/** What stands at the marks of a time axis, given in seconds: no more than tells them apart. */
export function timeMarks(marks: readonly number[]): string[] {
  const step = marks.length > 1 ? marks[1] - marks[0] : 0;
  const format = step >= SHORT_DAY_SECONDS
    ? formatDay
    : marks.every((seconds) => seconds % 60 === 0)
    ? formatMinutes
    : formatClock;
  return marks.map((seconds) => format(seconds * 1000));
}
