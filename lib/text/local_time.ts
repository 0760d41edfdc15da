// Formats local time for the log and the console.

/** `2026-11-22 10:00:02` in the time zone of the process, or the milliseconds where a date cannot express them. */
export function formatLocalTime(ms: number): string {
  const date = new Date(ms);
  // Timestamps of records have a larger range than dates.
  if (Number.isNaN(date.getTime())) return String(ms);
  const day = [padded(date.getFullYear(), 4), padded(date.getMonth() + 1), padded(date.getDate())];
  const time = [padded(date.getHours()), padded(date.getMinutes()), padded(date.getSeconds())];
  return `${day.join("-")} ${time.join(":")}`;
}

function padded(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}
