// Judges Prometheus: it is there, scrapes the daemon, has the values that the daemon has now, and has the rules.

import { formatLocalTime } from "../text/local_time.ts";
import type { DaemonTruth } from "./daemon_facts.ts";
import { fail, type Finding, formatAge, listNames, MAX_NAMES, ok, warn } from "./finding.ts";
import {
  type PrometheusFacts,
  type RuleGroupFacts,
  type SeriesFacts,
  type TargetFacts,
  versionOf,
} from "./prometheus_facts.ts";

/** The groups of the shipped rules, `monitoring/rules/rtcount.yml`. */
export const RULE_GROUPS: readonly string[] = ["rtcount.recording", "rtcount.alerts"];

const MEND_TARGET = "mend the target first";
const RELOAD = "then systemctl reload prometheus";
const SEE_ALERTS = "see the page /alerts of Prometheus";
/** Added to the time that two scrapes may take: a loaded machine is no failure. */
const SLACK_MS = 5_000;

export function judgePrometheus(
  facts: PrometheusFacts,
  { daemon, asked }: {
    readonly daemon: DaemonTruth;
    /** False if the user named no address and the usual one was tried. */
    readonly asked: boolean;
  },
): Finding[] {
  const version = versionOf(facts.buildInfo);
  if (version === undefined) return [judgeAbsence(facts, asked)];
  const findings = [ok("prometheus", `Prometheus ${version} at ${facts.url}`)];
  findings.push(judgeTarget(facts, daemon));
  if (facts.target !== undefined && facts.series !== undefined) {
    findings.push(judgeSeries(facts.target, facts.series, daemon));
  }
  return [...findings, ...judgeRules(facts.rules)];
}

function judgeAbsence({ url, buildInfo }: PrometheusFacts, asked: boolean): Finding {
  if (!asked) {
    return warn(
      "prometheus",
      `not checked: no Prometheus answers at ${url}`,
      "if there is one, name its address with --prometheus URL",
    );
  }
  if (buildInfo.kind === "failure") {
    return fail(
      "prometheus",
      `Prometheus does not answer at ${url}: ${buildInfo.reason}`,
      buildInfo.failure === "refused"
        ? "systemctl start prometheus; journalctl -u prometheus -n 50 shows why it ended"
        : "check which process listens there (ss -ltnp), and whether it hangs",
    );
  }
  if (buildInfo.status === 401 || buildInfo.status === 403) {
    return fail(
      "prometheus",
      `Prometheus at ${url} requires a login (${buildInfo.status})`,
      "put USER:PASSWORD into a file that --prometheus-login-file names, or into RTCOUNT_PROMETHEUS_LOGIN in the " +
        "environment",
    );
  }
  return fail(
    "prometheus",
    `the server at ${url} is not Prometheus: status ${buildInfo.status} at /api/v1/status/buildinfo`,
    "correct --prometheus; with --web.route-prefix the address includes the path",
  );
}

function judgeTarget({ targets, target }: PrometheusFacts, { address }: DaemonTruth): Finding {
  if (targets === undefined) {
    return fail("target", "Prometheus does not list its targets", "see its page /targets");
  }
  if (target === undefined) {
    const others = listNames(targets.map(({ job, instance }) => `${job} at ${instance}`));
    return fail(
      "target",
      `no target of Prometheus is at ${address}: it scrapes ${others || "nothing"}`,
      `add to scrape_configs in prometheus.yml: {job_name: rtcount, metrics_path: /, static_configs: ` +
        `[{targets: ["${address}"]}]}; ${RELOAD}`,
    );
  }
  const { job, instance, url, health, lastError } = target;
  if (health === "up") return ok("target", `${job} at ${instance} is up, scraped from ${url}`);
  if (health === "unknown") {
    return warn("target", `${job} at ${instance} has not been scraped yet`, "check again in a minute");
  }
  return fail(
    "target",
    `${job} at ${instance} is down: ${lastError}`,
    "if the daemon's line above is ok: compare the job's scheme, port and metrics_path in prometheus.yml with the " +
      "daemon's http.listen",
  );
}

/** Compares the data in Prometheus with the daemon's own. */
export function judgeSeries(target: TargetFacts, series: SeriesFacts, daemon: DaemonTruth): Finding {
  const { nowMs, sampleMs, values, jobName } = series;
  const { job, instance, intervalMs, timeoutMs } = target;
  const oldestMs = 2 * intervalMs + timeoutMs + SLACK_MS;
  const isUp = target.health === "up";
  if (sampleMs === undefined) {
    const message = `there are no series of rtcount from ${job} at ${instance}`;
    const remedy =
      "check that rtcount answers there (metrics_path), and that no metric_relabel_configs drops its " +
      "metrics";
    return fail("series", message, isUp ? remedy : MEND_TARGET);
  }
  const age = `the newest sample is ${formatAge(nowMs - sampleMs)} old`;
  const due = `one is due every ${formatAge(intervalMs)}`;
  if (nowMs - sampleMs > oldestMs) {
    const remedy =
      "check that no timestamps come from elsewhere (honor_timestamps, a Pushgateway, federation), and " +
      "that the clocks agree";
    return fail("series", `the series are stale: ${age}, ${due}`, isUp ? remedy : MEND_TARGET);
  }
  if (!isUp) return fail("series", `no new samples come: ${age}, ${due}`, MEND_TARGET);
  if (daemon.name !== undefined && jobName !== undefined && jobName !== daemon.name) {
    return fail(
      "series",
      `the target is the daemon "${jobName}", not "${daemon.name}"`,
      `correct the target in prometheus.yml (${daemon.address}); ${RELOAD}`,
    );
  }
  return judgeCopy(values, daemon, oldestMs) ??
    ok("series", `${age}, ${due}, and the values are the daemon's`);
}

/** Finds fresh samples of old values: Prometheus scrapes something other than the daemon. */
function judgeCopy(
  values: ReadonlyMap<string, number>,
  daemon: DaemonTruth,
  oldestMs: number,
): Finding | undefined {
  const remedy =
    `check what stands between Prometheus and ${daemon.address}: another process, or a proxy that caches`;
  const windowEndMs = (values.get("rtcount_window_end_timestamp_seconds") ?? NaN) * 1000;
  const behindMs = (daemon.windowEndMs ?? NaN) - windowEndMs;
  if (behindMs > oldestMs + 2 * daemon.slideMs) {
    return fail(
      "series",
      `the series are stale: the newest window in Prometheus ends at ${formatLocalTime(windowEndMs)}, ` +
        `the daemon's at ${formatLocalTime(daemon.windowEndMs ?? NaN)}`,
      remedy,
    );
  }
  const started = values.get("process_start_time_seconds");
  const isOldEnough = (daemon.uptimeMs ?? 0) > oldestMs;
  if (started === undefined || daemon.processStartSeconds === undefined || !isOldEnough) return undefined;
  if (Math.abs(started - daemon.processStartSeconds) <= 1) return undefined;
  const [theirs, own] = [started, daemon.processStartSeconds].map((time) => formatLocalTime(time * 1000));
  return fail(
    "series",
    `the series are of another process, started at ${theirs}; the daemon was started at ${own}`,
    remedy,
  );
}

function judgeRules(groups: readonly RuleGroupFacts[] | undefined): Finding[] {
  if (groups === undefined) {
    return [fail("rules", "Prometheus does not list its rules", "see its page /rules")];
  }
  const ours = groups.filter(({ name }) => RULE_GROUPS.includes(name));
  const missing = RULE_GROUPS.filter((name) => !ours.some((group) => group.name === name));
  if (missing.length > 0) {
    return [fail(
      "rules",
      `the rules are not loaded: no group ${missing.join(", no group ")}`,
      "put monitoring/rules/rtcount.yml into the folder that rule_files in prometheus.yml names " +
        `(/etc/prometheus/rules), promtool check config /etc/prometheus/prometheus.yml, ${RELOAD}`,
    )];
  }
  const broken = ours.flatMap((group) => group.broken);
  const findings = broken.slice(0, MAX_NAMES).map(({ name, error }) =>
    fail(
      "rules",
      `the rule ${name} cannot be evaluated: ${error}`,
      "promtool check rules FILE; see the page /rules of Prometheus",
    )
  );
  if (broken.length === 0) {
    findings.push(ok("rules", `${ours.map(({ name }) => name).join(", ")} are loaded`));
  }
  const firing = ours.flatMap((group) => group.firing);
  for (const { name, summary, remedy } of firing.slice(0, MAX_NAMES)) {
    findings.push(warn("alerts", `${name} is firing: ${summary}`, remedy || SEE_ALERTS));
  }
  if (firing.length > MAX_NAMES) {
    findings.push(warn("alerts", `${firing.length - MAX_NAMES} more are firing`, SEE_ALERTS));
  }
  if (firing.length === 0) findings.push(ok("alerts", "none of its alerts is firing"));
  return findings;
}
