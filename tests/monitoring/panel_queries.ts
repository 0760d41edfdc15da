// What the dashboard asks Prometheus for.

import { dashboard } from "../../tools/dashboard/dashboard.ts";

/** Four times the longest scrape interval, as Grafana has it. */
const RATE_INTERVAL = "1m";

/** One query, and the title of its panel. */
export interface PanelQuery {
  readonly title: string;
  /** With Grafana's variables. */
  readonly expr: string;
  /** Of one moment; else over a range of time. */
  readonly instant: boolean;
}

export function panelQueries(): PanelQuery[] {
  return (dashboard.panels ?? []).flatMap((panel) => {
    if (!("targets" in panel)) return [];
    return (panel.targets ?? []).map(({ expr, instant }) => {
      return { title: panel.title ?? "", expr: String(expr), instant: instant === true };
    });
  });
}

/** As Grafana fills in the variables; it escapes what is to be a regular expression. */
export function fillIn(expr: string, chosen: { readonly job: string; readonly instance: string }): string {
  const filled = expr.replaceAll("$job", chosen.job)
    .replaceAll("$instance", chosen.instance.replaceAll(".", "\\\\."))
    .replaceAll("$__rate_interval", RATE_INTERVAL);
  if (filled.includes("$")) throw new Error(`nobody fills in all of ${expr}`);
  return filled;
}
