// One registry, two formats. prom-client can write OpenMetrics, but in doing so it renames its counters for good, so
// that the next answer in the other format lacks their `_total`; and it would double the one that is there.

export const OPEN_METRICS_CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/**
 * Turns Prometheus text 0.0.4 into OpenMetrics 1.0: a counter's family is named without the `_total` that its samples
 * carry, bucket bounds always have a fraction, there are no empty lines, and the end is marked. Escaping is the same in
 * both.
 */
export function toOpenMetrics(text: string): string {
  // Lines end at \n alone: label values may hold every other thing that is a line end to a regular expression.
  return `${text.split("\n").filter((line) => line !== "").map(convertLine).join("\n")}\n# EOF\n`;
}

function convertLine(line: string): string {
  return line.startsWith("# ")
    ? line.replace(/^# (HELP|TYPE) (\w+)_total /, "# $1 $2 ")
    : line.replace(/^(\w+_bucket\{le="\d+)"/, '$1.0"');
}
