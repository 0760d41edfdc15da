// What to think of Grafana: that it is there, lets us in, reaches Prometheus, and has the dashboard.

import { fail, type Finding, ok, warn } from "./finding.ts";
import {
  DASHBOARD_TAG,
  DASHBOARD_UID,
  DATA_SOURCE_UID,
  type DataSourceFacts,
  type GrafanaFacts,
  messageOf,
  versionOf,
} from "./grafana_facts.ts";
import type { HttpOutcome } from "./http_client.ts";
import { JsonValue } from "./json_value.ts";

const PROVISIONING = "/etc/grafana/provisioning";
const RESTART = "then systemctl restart grafana-server";

export function judgeGrafana(facts: GrafanaFacts, { hasToken }: { readonly hasToken: boolean }): Finding[] {
  const version = versionOf(facts.health);
  const { listing, dataSources = [], dashboard, tagged } = facts;
  if (version === undefined || listing === undefined || dashboard === undefined || tagged === undefined) {
    return [judgeAbsence(facts)];
  }
  const findings = [judgeOwnHealth(facts, version)];
  if (isUnauthorised(listing) && isUnauthorised(dashboard)) {
    findings.push(judgeRefusal(listing, hasToken));
    return findings;
  }
  return [...findings, ...judgeDataSources(dataSources, listing), judgeDashboard(dashboard, tagged)];
}

function judgeAbsence({ url, health }: GrafanaFacts): Finding {
  if (health.kind === "failure") {
    return fail(
      "grafana",
      `Grafana does not answer at ${url}: ${health.reason}`,
      health.failure === "refused"
        ? "systemctl start grafana-server; journalctl -u grafana-server -n 50 says why it ended"
        : "see what listens there (ss -ltnp), and whether the process hangs",
    );
  }
  return fail(
    "grafana",
    `what answers at ${url} is no Grafana: status ${health.status} at /api/health`,
    "correct --grafana; with serve_from_sub_path the path belongs to the address",
  );
}

function judgeOwnHealth({ url, health }: GrafanaFacts, version: string): Finding {
  if (health.kind === "answer" && health.status === 200) {
    return ok("grafana", `Grafana ${version} at ${url}`);
  }
  return fail(
    "grafana",
    `Grafana ${version} at ${url} has lost its database: ${messageOf(health)}`,
    "journalctl -u grafana-server -n 50; see that its disk is not full",
  );
}

function isUnauthorised(outcome: HttpOutcome): boolean {
  return outcome.kind === "answer" && outcome.status === 401;
}

function judgeRefusal(listing: HttpOutcome, hasToken: boolean): Finding {
  return hasToken
    ? fail(
      "grafana",
      `Grafana refuses the token (401): ${messageOf(listing)}`,
      "it may be wrong, expired, or of another Grafana: make one (Administration, Service accounts) and put it " +
        "into the file that --grafana-token-file names",
    )
    : fail(
      "grafana",
      "Grafana wants a login (401), and no token was given",
      "make a service account with the role Viewer, put its token into a file, name it with --grafana-token-file",
    );
}

function judgeDataSources(dataSources: readonly DataSourceFacts[], listing: HttpOutcome): Finding[] {
  const file = `monitoring/grafana/provisioning/datasources/rtcount.yml in ${PROVISIONING}/datasources`;
  const mayList = listing.kind === "answer" && listing.status === 200;
  if (dataSources.length === 0) {
    return [
      fail("datasource", "Grafana has no data source of the type prometheus", `put ${file}, ${RESTART}`),
    ];
  }
  if (!mayList && dataSources.every(({ health }) => health.kind === "answer" && health.status === 404)) {
    return [fail(
      "datasource",
      `Grafana has no data source ${DATA_SOURCE_UID}, and its others are not shown: ${messageOf(listing)}`,
      `put ${file}, ${RESTART}; or give the token's service account the permission datasources:read`,
    )];
  }
  const broken = dataSources.filter(({ health }) => !works(health));
  const working = dataSources.filter(({ health }) => works(health));
  const findings = working.slice(0, 1).map(({ name, url }) =>
    ok("datasource", `"${name}" reaches Prometheus${url === "" ? "" : ` at ${url}`}`)
  );
  for (const { uid, name, url, health } of broken) {
    const message = `the data source "${name}"${url === "" ? "" : ` (${url})`} does not work: ${
      messageOf(health)
    }`;
    const remedy = "correct its URL, as seen from the Grafana server, or start Prometheus there";
    // Another one may be nobody's business.
    const isOurs = uid === DATA_SOURCE_UID || working.length === 0;
    findings.push(isOurs ? fail("datasource", message, remedy) : warn("datasource", message, remedy));
  }
  return findings;
}

function works(health: HttpOutcome): boolean {
  return health.kind === "answer" && health.status === 200 &&
    JsonValue.parse(health.text).at("status").text === "OK";
}

function judgeDashboard(dashboard: HttpOutcome, tagged: HttpOutcome): Finding {
  if (dashboard.kind === "answer" && dashboard.status === 200) {
    const title = JsonValue.parse(dashboard.text).at("dashboard", "title").text ?? DASHBOARD_UID;
    return ok("dashboard", `"${title}" is there`);
  }
  const others = tagged.kind === "answer" && tagged.status === 200
    ? JsonValue.parse(tagged.text).items ?? []
    : [];
  if (others.length > 0) {
    return ok("dashboard", `"${others[0].at("title").text ?? ""}" has the tag ${DASHBOARD_TAG}`);
  }
  const isMissing = dashboard.kind === "answer" && dashboard.status === 404;
  return fail(
    "dashboard",
    isMissing
      ? `there is no dashboard with the uid ${DASHBOARD_UID} or the tag ${DASHBOARD_TAG}`
      : `the dashboard cannot be seen: ${messageOf(dashboard)}`,
    isMissing
      ? "put monitoring/grafana/dashboards/rtcount.json in /etc/grafana/dashboards/rtcount and " +
        `monitoring/grafana/provisioning/dashboards/rtcount.yml in ${PROVISIONING}/dashboards, ${RESTART}`
      : "give the token's service account the role Viewer in the organisation that has the dashboard",
  );
}
