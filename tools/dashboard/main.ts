// `deno task dashboard`: writes the dashboard into the folder of Grafana's provisioning.

import { formatDashboard } from "./dashboard.ts";

const FILE = new URL("../../monitoring/grafana/dashboards/rtcount.json", import.meta.url);

await Deno.writeTextFile(FILE, formatDashboard());
