// Formats numbers, durations and times; times are in the reader's time zone.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** `1,234`. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `1,234` up to a billion, then `1.2B`. */
export function formatFigure(count: number): string {
  return count < 1e9 ? formatCount(count) : formatCompact(count);
}

/** `1 record`, `1,234 records`. */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** One decimal for small numbers. */
export function formatExpected(expected: number): string {
  return expected < 10 ? expected.toFixed(1) : formatCount(Math.round(expected));
}

/** `× 5.3` */
export function formatFactor(factor: number): string {
  return `× ${factor < 100 ? factor.toFixed(1) : formatCount(Math.round(factor))}`;
}

/** `12.3 %` of a share from 0 to 1. */
export function formatShare(share: number): string {
  return share > 0 && share < 0.0005 ? "<0.1 %" : `${oneDecimal.format(share * 100)} %`;
}

/** `0.4`, `12`, `1,234`. */
export function formatRate(rate: number): string {
  return rate > 0 && rate < 10 ? oneDecimal.format(rate) : whole.format(rate);
}

/** `1.2K`, for axes. */
export function formatCompact(value: number): string {
  return compact.format(value);
}

/** `340 ms`, `2.4 s`. */
export function formatMilliseconds(ms: number): string {
  if (ms >= SECOND) return `${oneDecimal.format(ms / SECOND)} s`;
  return `${ms > 0 && ms < 10 ? oneDecimal.format(ms) : whole.format(ms)} ms`;
}

/** `2.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 10 * SECOND) return `${oneDecimal.format(Math.max(0, ms) / SECOND)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return twoUnits(ms, [MINUTE, "min"], [SECOND, "s"]);
  if (ms < DAY) return twoUnits(ms, [HOUR, "h"], [MINUTE, "min"]);
  return twoUnits(ms, [DAY, "d"], [HOUR, "h"]);
}

/** `62 MB`. */
export function formatMegabytes(bytes: number): string {
  return `${whole.format(bytes / 1e6)} MB`;
}

/** `10:00:02`. */
export const formatClock = timeFormat({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
/** `10:00`, for axes whose marks are minutes apart. */
export const formatMinutes = timeFormat({ hour: "2-digit", minute: "2-digit" });
/** `25 Nov`, for axes whose marks are days apart. */
export const formatDay = timeFormat({ day: "numeric", month: "short" });
const formatDate = timeFormat({ day: "numeric", month: "short", year: "numeric" });

/** `10:00:02`, with the date if it is more than half a day away. */
export function formatMoment(ms: number, nowMs: number): string {
  const isNear = Math.abs(nowMs - ms) < DAY / 2 || !isDate(ms);
  return isNear ? formatClock(ms) : `${formatDate(ms)}, ${formatClock(ms)}`;
}

/** Formats a time, or the number itself if no date can represent it. */
function timeFormat(options: Intl.DateTimeFormatOptions): (ms: number) => string {
  const format = new Intl.DateTimeFormat("en-GB", options);
  return (ms) => isDate(ms) ? format.format(ms) : String(ms);
}

function isDate(ms: number): boolean {
  return !Number.isNaN(new Date(ms).getTime());
}

type Unit = readonly [ms: number, name: string];

function twoUnits(ms: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % large) / small);
  const first = `${Math.floor(ms / large)} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}
