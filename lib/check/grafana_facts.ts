// The facts about Grafana, and how they are read from its answers.

import type { HttpOutcome } from "../http_client/http_client.ts";
import { jsonOf } from "./daemon_facts.ts";

/** These are provisioned by `monitoring/grafana/`. */
export const DATA_SOURCE_UID = "rtcount-prometheus";
export const DASHBOARD_UID = "rtcount";
export const DASHBOARD_TAG = "rtcount";

/** A daemon that started later may not have been scraped yet. */
export const SCRAPED_AFTER_MS = 120_000;

export interface DataSourceFacts {
  readonly uid: string;
  readonly name: string;
  readonly url: string;
  /** The result of Grafana's own query to the data source. */
  readonly health: HttpOutcome;
  /** The start times of the daemons of our daemon's name; undefined if the name is not known. */
  readonly starts: HttpOutcome | undefined;
}

export interface GrafanaFacts {
  readonly url: string;
  readonly health: HttpOutcome;
  /** The list of all data sources. Unless a Grafana answers, it is missing, and all facts below too. */
  readonly listing?: HttpOutcome;
  /** The data sources of the type Prometheus. */
  readonly dataSources?: readonly DataSourceFacts[];
  readonly dashboard?: HttpOutcome;
  /** The dashboards that have the tag. */
  readonly tagged?: HttpOutcome;
}

export function versionOf(health: HttpOutcome): string | undefined {
  const answer = jsonOf(health);
  // Other servers have a version too.
  return answer.at("database").text === undefined ? undefined : answer.at("version").text;
}

/** The data sources of the type Prometheus; undefined without the right to list them. */
export function readDataSources(
  listing: HttpOutcome,
): readonly Pick<DataSourceFacts, "uid" | "name" | "url">[] | undefined {
  if (listing.kind !== "answer" || listing.status !== 200) return undefined;
  return jsonOf(listing).items?.filter((one) => one.at("type").text === "prometheus").map((one) => ({
    uid: one.at("uid").text ?? "",
    name: one.at("name").text ?? "",
    url: one.at("url").text ?? "",
  }));
}

/** The reason that Grafana gives for a failure. */
export function messageOf(outcome: HttpOutcome): string {
  if (outcome.kind === "failure") return outcome.reason;
  return jsonOf(outcome).at("message").text ?? `status ${outcome.status}`;
}
