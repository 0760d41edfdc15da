// These functions read a timestamp from a field, in milliseconds since the epoch. They return NaN for a value that is no
// timestamp. As in Kafka, a timestamp is from 1970 on. It is also one that a Date can hold.

const MAX_TIME_MS = 8.64e15;
/** Seconds are rounded to this first: a double of today's time is exact to 0.24 µs, so rounding removes its error. */
const MICROSECONDS = 1_000_000;
const MS_PER_MINUTE = 60_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** With an offset, a time of this year can be one of 1970. */
const FIRST_YEAR = 1969;

const SPACE = 0x20;
const PLUS = 0x2b;
const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const LOWER_T = 0x74;
const LOWER_Z = 0x7a;
const LOWER_BIT = 0x20;

/** A whole number of milliseconds. */
export function unixMsTime(number: number): number {
  return Number.isInteger(number) ? checked(number) : NaN;
}

/** Seconds; a fraction of a millisecond is cut off. */
export function unixTime(seconds: number): number {
  return checked(Math.floor(Math.round(seconds * MICROSECONDS) / 1000));
}

/**
 * The text `bytes[start..end)` by RFC 3339: a date, T or a space, a time with any fraction of a second, and Z or an offset.
 * A leap second counts as the first one of the next minute.
 */
export function rfc3339Time(bytes: Uint8Array, start: number, end: number): number {
  const year = digitsAt(bytes, start, 4);
  const month = digitsAt(bytes, start + 5, 2);
  const day = digitsAt(bytes, start + 8, 2);
  const hour = digitsAt(bytes, start + 11, 2);
  const minute = digitsAt(bytes, start + 14, 2);
  const second = digitsAt(bytes, start + 17, 2);
  const between = bytes[start + 10];
  const isTime = year >= FIRST_YEAR && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) &&
    bytes[start + 4] === DASH && bytes[start + 7] === DASH &&
    (between === SPACE || (between | LOWER_BIT) === LOWER_T) &&
    hour <= 23 && minute <= 59 && second <= 60 && bytes[start + 13] === COLON && bytes[start + 16] === COLON;
  if (!isTime) return NaN;
  let at = start + 19;
  let ms = 0;
  if (bytes[at] === DOT && at < end) {
    const first = ++at;
    for (let place = 100; at < end && isDigit(bytes[at]); place /= 10, at++) {
      if (place >= 1) ms += (bytes[at] - ZERO) * place;
    }
    if (at === first) return NaN;
  }
  const offsetMinutes = offsetAt(bytes, at, end);
  return checked(Date.UTC(year, month - 1, day, hour, minute, second, ms) - offsetMinutes * MS_PER_MINUTE);
}

function checked(timeMs: number): number {
  return timeMs >= 0 && timeMs <= MAX_TIME_MS ? timeMs + 0 : NaN;
}

/** The offset from UTC that the text ends with; NaN for anything else. */
function offsetAt(bytes: Uint8Array, at: number, end: number): number {
  const sign = bytes[at];
  if ((sign | LOWER_BIT) === LOWER_Z) return at + 1 === end ? 0 : NaN;
  const hours = digitsAt(bytes, at + 1, 2);
  const minutes = digitsAt(bytes, at + 4, 2);
  const isOffset = (sign === PLUS || sign === DASH) && bytes[at + 3] === COLON && at + 6 === end &&
    hours <= 23 && minutes <= 59;
  if (!isOffset) return NaN;
  return (hours * 60 + minutes) * (sign === DASH ? -1 : 1);
}

/** NaN unless `count` digits stand there. Beyond the text stand no digits, or the offset does not end it. */
function digitsAt(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    if (!isDigit(bytes[i])) return NaN;
    value = value * 10 + bytes[i] - ZERO;
  }
  return value;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

function daysIn(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeapYear ? 29 : MONTH_DAYS[month - 1];
}
