// Local time as the log and the console show it.

/** `2026-11-22 10:00:02` in the process's time zone; a moment that no date can name is shown as its milliseconds. */
export function formatLocalTime(ms: number): string {
  const date = new Date(ms);
  // Record timestamps come from outside, and reach further than dates do.
  if (Number.isNaN(date.getTime())) return String(ms);
  const day = [padded(date.getFullYear(), 4), padded(date.getMonth() + 1), padded(date.getDate())];
  const time = [padded(date.getHours()), padded(date.getMinutes()), padded(date.getSeconds())];
  return `${day.join("-")} ${time.join(":")}`;
}

function padded(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}
