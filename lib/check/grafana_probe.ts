// Probes Grafana through its HTTP API (https://grafana.com/docs/grafana/latest/developers/http_api/).

import type { HttpClient } from "../http_client/http_client.ts";
import type { DaemonTruth } from "./daemon_facts.ts";
import {
  DASHBOARD_TAG,
  DASHBOARD_UID,
  DATA_SOURCE_UID,
  type GrafanaFacts,
  readDataSources,
  SCRAPED_AFTER_MS,
  versionOf,
} from "./grafana_facts.ts";
import { quote } from "./prometheus_facts.ts";

const MAX_DATA_SOURCES = 5;
/** How far back a data source has samples of a running daemon that its Prometheus scrapes. */
const RECENT = "10m";
/** The series of a daemon that is down, or has just been started, must not seem to be missing. */
const LONG_AGO = "1d";

export async function probeGrafana(client: HttpClient, daemon: Promise<DaemonTruth>): Promise<GrafanaFacts> {
  const { url } = client;
  const health = await client.get("/api/health");
  if (versionOf(health) === undefined) return { url, health };
  const [listing, dashboard, tagged] = await Promise.all([
    client.get("/api/datasources"),
    client.get(`/api/dashboards/uid/${DASHBOARD_UID}`),
    client.get(`/api/search?type=dash-db&tag=${DASHBOARD_TAG}`),
  ]);
  // A user without the right to list the data sources may still use the one that was provisioned.
  const listed = readDataSources(listing) ?? [{ uid: DATA_SOURCE_UID, name: DATA_SOURCE_UID, url: "" }];
  const { name, uptimeMs = 0 } = await daemon;
  const lookback = uptimeMs > SCRAPED_AFTER_MS ? RECENT : LONG_AGO;
  const dataSources = await Promise.all(
    listed.slice(0, MAX_DATA_SOURCES).map(async (one) => {
      const uid = encodeURIComponent(one.uid);
      const [health, starts] = await Promise.all([
        client.get(`/api/datasources/uid/${uid}/health`),
        name === undefined ? undefined : client.get(
          `/api/datasources/proxy/uid/${uid}/api/v1/query?query=${
            encodeURIComponent(startsQuery(name, lookback))
          }`,
        ),
      ]);
      return { ...one, health, starts };
    }),
  );
  return { url, health, listing, dataSources, dashboard, tagged };
}

function startsQuery(name: string, lookback: string): string {
  const named = `last_over_time(rtcount_build_info{job_name=${quote(name)}}[${lookback}])`;
  return `last_over_time(process_start_time_seconds[${lookback}]) and on (job, instance) ${named}`;
}
