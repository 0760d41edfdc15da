// Describes the Grafana dashboard. `deno task dashboard` makes monitoring/grafana/dashboards/rtcount.json of it.
//
// The panels query metrics, not the recording rules, so they work with a Prometheus that lacks our rules. A word's series
// ends when the word leaves the top. So the bars ask for one moment, and the lines follow the words that lead at the end
// of the range: topk() at each step would draw thousands of lines for a day of a lively stream.

import type { Dashboard as GrafanaDashboard } from "@grafana/schema";
import { ANNOTATIONS } from "./annotations.ts";
import { placeRows } from "./grid.ts";
import type { JsonOf } from "./json_of.ts";
import { INTAKE } from "./rows/intake.ts";
import { GROUP, OUTPUTS, SNAPSHOTS } from "./rows/optional.ts";
import { NOW, TOP_WORDS } from "./rows/overview.ts";
import { MACHINE, PROCESS } from "./rows/resources.ts";
import { TROUBLE } from "./rows/trouble.ts";
import { DELAYS, WINDOWS } from "./rows/windows.ts";
import { VARIABLES } from "./variables.ts";

type Dashboard = JsonOf<GrafanaDashboard>;

/** In the format of Grafana 10.0 and newer. */
export const dashboard: Dashboard = {
  uid: "rtcount",
  title: "rtcount",
  description:
    "Top words of a Kafka stream over a sliding window, and the state of the daemon that counts them.",
  tags: ["rtcount", "kafka"],
  schemaVersion: 38,
  version: 1,
  editable: false,
  graphTooltip: 1,
  timezone: "browser",
  time: { from: "now-15m", to: "now" },
  refresh: "5s",
  annotations: { list: ANNOTATIONS },
  templating: { list: VARIABLES },
  links: [],
  panels: placeRows([
    NOW,
    TOP_WORDS,
    INTAKE,
    WINDOWS,
    DELAYS,
    TROUBLE,
    GROUP,
    SNAPSHOTS,
    OUTPUTS,
    PROCESS,
    MACHINE,
  ]),
};

/** The text of the JSON file. */
export function formatDashboard(): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
