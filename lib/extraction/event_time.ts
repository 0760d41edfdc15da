// Reads the event time of a record from its value.

import { type FoundValues, VALUE } from "../formats/found_values.ts";
import { parseNumber } from "../text/number_text.ts";
import { rfc3339Time, unixMsTime, unixTime } from "../text/timestamp.ts";
import type { TimestampRule } from "./reading_rules.ts";

/** The time in milliseconds since the epoch; NaN if the value is not there, or not of the format. */
export function eventTimeMs(
  found: FoundValues,
  row: number,
  path: number,
  format: TimestampRule["format"],
): number {
  const kind = found.kind(row, path);
  if (kind !== (format === "rfc3339" ? VALUE.text : VALUE.number)) return NaN;
  const bytes = found.bytes(row, path);
  const start = found.start(row, path);
  const end = found.end(row, path);
  if (format === "rfc3339") return rfc3339Time(bytes, start, end);
  const number = parseNumber(bytes, start, end);
  return format === "unix" ? unixTime(number) : unixMsTime(number);
}
