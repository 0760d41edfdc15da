// Makes docs/metrics.md from the table of metrics.

import { METRICS } from "../../lib/metrics/metric_table.ts";
import { code, markdownTable } from "./markdown_table.ts";

const INTRODUCTION = `# Metrics reference

<!-- deno task docs makes this file from lib/metrics/metric_table.ts. -->

Every metric at \`/metrics\`, in the order there. Values in parentheses are all values of a label. Counters
begin at 0 with each start of the process. A metric whose value is unknown is left out. With \`merge.enabled\`
one member of a group exports the metrics of the last window, so that a sum is right.
`;

export function metricsPage(): string {
  const rows = Object.values(METRICS).map(({ name, type, labels, help }) => {
    const shown = Object.entries(labels).map(([label, values]) =>
      values.length === 0 ? code(label) : `${code(label)} (${values.map(code).join(", ")})`
    );
    return [code(name), type, shown.join(", "), help];
  });
  return `${INTRODUCTION}\n${markdownTable(["Metric", "Type", "Labels", "Meaning"], rows)}\n`;
}
