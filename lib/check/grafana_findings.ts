// Judges Grafana: it is there, accepts the token, has this daemon's series in a data source, and has the dashboard.

import type { HttpOutcome } from "../http_client/http_client.ts";
import { formatLocalTime } from "../text/local_time.ts";
import { type DaemonTruth, jsonOf } from "./daemon_facts.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import {
  DASHBOARD_TAG,
  DASHBOARD_UID,
  DATA_SOURCE_UID,
  type DataSourceFacts,
  type GrafanaFacts,
  messageOf,
  SCRAPED_AFTER_MS,
  versionOf,
} from "./grafana_facts.ts";
import { readSamples } from "./prometheus_facts.ts";

const PROVISIONING = "/etc/grafana/provisioning";
const RESTART = "then systemctl restart grafana-server";

export function judgeGrafana(
  facts: GrafanaFacts,
  { daemon, hasToken }: { readonly daemon: DaemonTruth; readonly hasToken: boolean },
): Finding[] {
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
  return [
    ...findings,
    ...judgeDataSources(dataSources, listing, daemon),
    judgeDashboard(dashboard, tagged),
  ];
}

function judgeAbsence({ url, health }: GrafanaFacts): Finding {
  if (health.kind === "failure") {
    return fail(
      "grafana",
      `Grafana does not answer at ${url}: ${health.reason}`,
      health.failure === "refused"
        ? "systemctl start grafana-server; journalctl -u grafana-server -n 50 shows why it ended"
        : "check which process listens there (ss -ltnp), and whether it hangs",
    );
  }
  return fail(
    "grafana",
    `the server at ${url} is not Grafana: status ${health.status} at /api/health`,
    "correct --grafana; with serve_from_sub_path the address includes the path",
  );
}

function judgeOwnHealth({ url, health }: GrafanaFacts, version: string): Finding {
  if (health.kind === "answer" && health.status === 200) {
    return ok("grafana", `Grafana ${version} at ${url}`);
  }
  return fail(
    "grafana",
    `Grafana ${version} at ${url} has lost its database: ${messageOf(health)}`,
    "journalctl -u grafana-server -n 50; check that its disk is not full",
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
      "create another one (Administration, Service accounts), and put it into the file that --grafana-token-file names",
    )
    : fail(
      "grafana",
      "Grafana requires a login (401), and no token was given",
      "create a service account with the role Viewer, and put its token into a file that --grafana-token-file names",
    );
}

function judgeDataSources(
  dataSources: readonly DataSourceFacts[],
  listing: HttpOutcome,
  daemon: DaemonTruth,
): Finding[] {
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
      `Grafana has no data source ${DATA_SOURCE_UID}, and does not list the others: ${messageOf(listing)}`,
      `put ${file}, ${RESTART}; or give the token's service account the permission datasources:read`,
    )];
  }
  const findings = dataSources.map((one) => ({ uid: one.uid, finding: judgeDataSource(one, daemon) }));
  const useful = findings.find(({ finding }) => finding.status !== "FAIL");
  return [
    ...(useful === undefined ? [] : [useful.finding]),
    ...findings.filter(({ finding }) => finding.status === "FAIL").map(({ uid, finding }): Finding => {
      // If another one has the series, only the one that was provisioned has to.
      const isOurs = uid === DATA_SOURCE_UID || useful === undefined;
      return isOurs ? finding : { ...finding, status: "warn" };
    }),
  ];
}

function judgeDataSource({ name, url, health, starts }: DataSourceFacts, daemon: DaemonTruth): Finding {
  const which = `the data source "${name}"${url === "" ? "" : ` (${url})`}`;
  if (!works(health)) {
    return fail(
      "datasource",
      `${which} does not work: ${messageOf(health)}`,
      "correct its URL, as the Grafana server sees it, or start Prometheus there",
    );
  }
  const reaches = `"${name}" reaches Prometheus${url === "" ? "" : ` at ${url}`}`;
  const samples = starts && readSamples(starts);
  if (samples === undefined) {
    return starts === undefined
      ? warn("datasource", `${reaches}, but the daemon's name is not known`, "see the line of the daemon")
      : warn(
        "datasource",
        `${reaches}, but does not tell whether that scrapes this daemon: ${messageOf(starts)}`,
        "give the token's service account the permission datasources:query",
      );
  }
  const remedy =
    "correct its URL: it has to be the Prometheus that scrapes the daemon, see the line of the target";
  if (samples.length === 0) {
    return fail("datasource", `${which} has no series of the daemon "${daemon.name}"`, remedy);
  }
  const { processStartSeconds, uptimeMs = 0 } = daemon;
  const isKnown = processStartSeconds !== undefined && uptimeMs > SCRAPED_AFTER_MS;
  if (isKnown && !samples.some(({ value }) => Math.abs(value - processStartSeconds) <= 1)) {
    const newest = Math.max(...samples.map(({ value }) => value));
    return fail(
      "datasource",
      `${which} has series of another daemon "${daemon.name}", started at ${
        formatLocalTime(newest * 1000)
      }; ` +
        `this one was started at ${formatLocalTime(processStartSeconds * 1000)}`,
      remedy,
    );
  }
  return ok("datasource", `${reaches}, which scrapes "${daemon.name}"`);
}

function works(health: HttpOutcome): boolean {
  return health.kind === "answer" && health.status === 200 && jsonOf(health).at("status").text === "OK";
}

function judgeDashboard(dashboard: HttpOutcome, tagged: HttpOutcome): Finding {
  if (dashboard.kind === "answer" && dashboard.status === 200) {
    return ok("dashboard", `"${jsonOf(dashboard).at("dashboard", "title").text ?? DASHBOARD_UID}" is there`);
  }
  const [other] = tagged.kind === "answer" && tagged.status === 200 ? jsonOf(tagged).items ?? [] : [];
  if (other !== undefined) {
    return ok("dashboard", `"${other.at("title").text ?? ""}" has the tag ${DASHBOARD_TAG}`);
  }
  const isMissing = dashboard.kind === "answer" && dashboard.status === 404;
  return fail(
    "dashboard",
    isMissing
      ? `there is no dashboard with the uid ${DASHBOARD_UID} or the tag ${DASHBOARD_TAG}`
      : `the dashboard is not shown: ${messageOf(dashboard)}`,
    isMissing
      ? "put monitoring/grafana/dashboards/rtcount.json in /etc/grafana/dashboards/rtcount and " +
        `monitoring/grafana/provisioning/dashboards/rtcount.yml in ${PROVISIONING}/dashboards, ${RESTART}`
      : "give the token's service account the role Viewer in the organisation that has the dashboard",
  );
}
