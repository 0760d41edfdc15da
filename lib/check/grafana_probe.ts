// Looks at Grafana through its HTTP API (https://grafana.com/docs/grafana/latest/developers/http_api/).

import {
  DASHBOARD_TAG,
  DASHBOARD_UID,
  DATA_SOURCE_UID,
  type GrafanaFacts,
  readDataSources,
  versionOf,
} from "./grafana_facts.ts";
import { HttpClient } from "./http_client.ts";

/** A health check of Grafana's asks the data source in turn. */
const TIMEOUT_MS = 8_000;
const MAX_DATA_SOURCES = 5;

export async function probeGrafana(
  url: string,
  { token, signal }: { readonly token: string | undefined; readonly signal: AbortSignal },
): Promise<GrafanaFacts> {
  const client = new HttpClient(url, { token, signal, timeoutMs: TIMEOUT_MS });
  const health = await client.get("/api/health");
  if (versionOf(health) === undefined) return { url: client.url, health };
  const [listing, dashboard, tagged] = await Promise.all([
    client.get("/api/datasources"),
    client.get(`/api/dashboards/uid/${DASHBOARD_UID}`),
    client.get(`/api/search?type=dash-db&tag=${DASHBOARD_TAG}`),
  ]);
  // Who may not list them may still use the one that was provisioned.
  const listed = readDataSources(listing) ?? [{ uid: DATA_SOURCE_UID, name: DATA_SOURCE_UID, url: "" }];
  const dataSources = await Promise.all(
    listed.slice(0, MAX_DATA_SOURCES).map(async (one) => {
      return {
        ...one,
        health: await client.get(`/api/datasources/uid/${encodeURIComponent(one.uid)}/health`),
      };
    }),
  );
  return { url: client.url, health, listing, dataSources, dashboard, tagged };
}
