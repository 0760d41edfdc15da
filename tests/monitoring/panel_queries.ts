// The queries of the dashboard, with Grafana's variables filled in.

import { dashboard } from "../../tools/dashboard/dashboard.ts";

type Panel = NonNullable<typeof dashboard.panels>[number];
type GraphPanel = Exclude<Panel, { readonly type: "row" }>;

/** Grafana's `$__rate_interval`: four times the longest scrape interval. */
const RATE_INTERVAL = "1m";
/** Grafana's `$__interval` for queries with this "Min step", while the screen has room for it. */
const INTERVAL = "1m";
const RANGE = "15m";

/** A query with the title of its panel. */
export interface PanelQuery {
  readonly title: string;
  /** With Grafana's variables. */
  readonly expr: string;
  /** Whether it asks for one moment, not for a range of time. */
  readonly instant: boolean;
  readonly range: boolean;
  /** Grafana's "Min step". */
  readonly interval: string | undefined;
}

/** All rows and panels, those in collapsed rows included. */
export function allPanels(): Panel[] {
  return (dashboard.panels ?? []).flatMap((panel) => {
    return "panels" in panel ? [panel, ...(panel.panels as Panel[] ?? [])] : [panel];
  });
}

/** All panels with queries. */
export function graphPanels(): GraphPanel[] {
  return allPanels().filter((panel): panel is GraphPanel => "targets" in panel);
}

export function queriesOf(panel: GraphPanel): PanelQuery[] {
  return (panel.targets ?? []).map(({ expr, instant, range, interval }) => ({
    title: panel.title ?? "",
    expr: String(expr),
    instant: instant === true,
    range: range === true,
    interval: interval === undefined ? undefined : String(interval),
  }));
}

export function panelQueries(): PanelQuery[] {
  return graphPanels().flatMap(queriesOf);
}

/** Fills in the variables as Grafana does; it escapes the values of regular expressions. */
export function fillIn(expr: string, chosen: { readonly job: string; readonly instance: string }): string {
  const instance = chosen.instance.replaceAll(".", "\\\\.");
  const filled = expr.replaceAll("$job", chosen.job)
    .replaceAll("$instance", instance)
    .replaceAll("$host", `(${instance.replaceAll(/:[0-9]+/g, "")})`)
    .replaceAll("$node_job", ".+")
    .replaceAll("$__rate_interval", RATE_INTERVAL)
    .replaceAll("$__interval", INTERVAL)
    .replaceAll("$__range", RANGE);
  if (filled.includes("$")) throw new Error(`a variable of ${expr} is not filled in`);
  return filled;
}
