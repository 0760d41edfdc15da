// Turns the text format into OpenMetrics. prom-client has an OpenMetrics writer, but that renames the counters
// permanently: the next answer in the text format lacks their `_total`.

export const OPEN_METRICS_CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/**
 * Turns Prometheus text 0.0.4 into OpenMetrics 1.0. There a counter's family has no `_total` in its name, bucket bounds
 * always have a fraction, no line is empty, and `# EOF` marks the end. Both formats escape in the same way.
 */
export function toOpenMetrics(text: string): string {
  // Only \n ends a line: label values may contain every other character that ends a line in a regular expression.
  return `${text.split("\n").filter((line) => line !== "").map(convertLine).join("\n")}\n# EOF\n`;
}

function convertLine(line: string): string {
  return line.startsWith("# ")
    ? line.replace(/^# (HELP|TYPE) (\w+)_total /, "# $1 $2 ")
    : line.replace(/^(\w+_bucket\{le="\d+)"/, '$1.0"');
}
