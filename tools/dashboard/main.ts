// `deno task dashboard`: writes the dashboard where Grafana's provisioning takes it from.

import { formatDashboard } from "./dashboard.ts";

const FILE = new URL("../../monitoring/grafana/dashboards/rtcount.json", import.meta.url);

await Deno.writeTextFile(FILE, formatDashboard());
