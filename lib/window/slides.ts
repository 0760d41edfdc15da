// Times as whole numbers of slides, so that no rounding can move a record to another pane.

/** The range of JavaScript's Date. A timestamp beyond it counts as the limit itself. */
const MAX_TIME_MS = 8.64e15;

/** The slide of a time; never -0, which would show in results. */
export function slideOf(timeMs: number, slideMs: number): number {
  return Math.floor(Math.min(Math.max(timeMs, -MAX_TIME_MS), MAX_TIME_MS) / slideMs) + 0;
}
