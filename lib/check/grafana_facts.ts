// What was seen of Grafana, and what of its answers matters.

import type { HttpOutcome } from "./http_client.ts";
import { JsonValue } from "./json_value.ts";

/** As provisioned by `monitoring/grafana/`. */
export const DATA_SOURCE_UID = "rtcount-prometheus";
export const DASHBOARD_UID = "rtcount";
export const DASHBOARD_TAG = "rtcount";

export interface DataSourceFacts {
  readonly uid: string;
  readonly name: string;
  readonly url: string;
  /** Of Grafana's own attempt to ask it something. */
  readonly health: HttpOutcome;
}

export interface GrafanaFacts {
  readonly url: string;
  readonly health: HttpOutcome;
  /** To the list of data sources; missing with all below where that is no Grafana that answers. */
  readonly listing?: HttpOutcome;
  /** Those of Prometheus. */
  readonly dataSources?: readonly DataSourceFacts[];
  readonly dashboard?: HttpOutcome;
  /** To the search for dashboards with the tag. */
  readonly tagged?: HttpOutcome;
}

export function versionOf(health: HttpOutcome): string | undefined {
  if (health.kind !== "answer") return undefined;
  const answer = JsonValue.parse(health.text);
  // A version alone may be of anything.
  return answer.at("database").text === undefined ? undefined : answer.at("version").text;
}

/** Those of Prometheus among all data sources; undefined where they may not be listed. */
export function readDataSources(listing: HttpOutcome): Omit<DataSourceFacts, "health">[] | undefined {
  if (listing.kind !== "answer" || listing.status !== 200) return undefined;
  return JsonValue.parse(listing.text).items?.filter((one) => one.at("type").text === "prometheus").map((
    one,
  ) => ({
    uid: one.at("uid").text ?? "",
    name: one.at("name").text ?? "",
    url: one.at("url").text ?? "",
  }));
}

/** What Grafana says of an answer that is no success. */
export function messageOf(outcome: HttpOutcome): string {
  if (outcome.kind === "failure") return outcome.reason;
  return JsonValue.parse(outcome.text).at("message").text ?? `status ${outcome.status}`;
}
