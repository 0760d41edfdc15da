// Durations such as `10s`: a whole number and a unit. `0` needs no unit.

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The source of a regular expression for what `parseDuration` accepts. */
export const durationPattern = "^(0|[0-9]+(ms|s|m|h|d))$";

const DURATION = new RegExp(durationPattern);

/** Milliseconds of a text such as `500ms`; undefined for other text, and beyond exact numbers. */
export function parseDuration(text: string): number | undefined {
  const unit = DURATION.exec(text)?.[2];
  if (unit === undefined) return text === "0" ? 0 : undefined;
  const ms = Number(text.slice(0, -unit.length)) * UNITS_MS[unit];
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** The shortest text that parses to `ms`, a whole number. A minute is `60s`, as is usual for windows. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms === UNITS_MS.m) return "60s";
  for (const unit of ["d", "h", "m", "s"]) {
    if (ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}
