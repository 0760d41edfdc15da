// What to think of Prometheus: that it is there, scrapes the daemon, holds what the daemon says now, and has the rules.

import { formatLocalTime } from "../text/local_time.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import type { HttpOutcome } from "./http_client.ts";
import {
  type PrometheusFacts,
  type RuleGroupFacts,
  type SeriesFacts,
  type TargetFacts,
  versionOf,
} from "./prometheus_facts.ts";

/** Of the shipped rules, `monitoring/rules/rtcount.yml`. */
export const RULE_GROUPS: readonly string[] = ["rtcount.recording", "rtcount.alerts"];

const MEND_TARGET = "mend the target first";
const RELOAD = "then systemctl reload prometheus";
/** On top of what two scrapes may take: a loaded machine is no failure. */
const SLACK_MS = 5_000;
const MAX_NAMES = 5;

/** What the daemon itself says; undefined parts are not known. */
export interface DaemonTruth {
  /** `HOST:PORT`, where Prometheus should look. */
  readonly address: string;
  readonly name: string | undefined;
  readonly uptimeMs: number | undefined;
  readonly windowEndMs: number | undefined;
  /** As in its metrics. */
  readonly processStartSeconds: number | undefined;
  readonly slideMs: number;
}

export function judgePrometheus(
  facts: PrometheusFacts,
  { daemon, asked }: {
    readonly daemon: DaemonTruth;
    /** False where it was looked for at the usual place alone. */
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
      `not looked at: no Prometheus answers at ${url}`,
      "where there is one, name it with --prometheus URL",
    );
  }
  if (buildInfo.kind === "failure") {
    return fail(
      "prometheus",
      `Prometheus does not answer at ${url}: ${buildInfo.reason}`,
      buildInfo.failure === "refused"
        ? "systemctl start prometheus; journalctl -u prometheus -n 50 says why it ended"
        : "see what listens there (ss -ltnp), and whether the process hangs",
    );
  }
  if (buildInfo.status === 401 || buildInfo.status === 403) {
    return fail(
      "prometheus",
      `Prometheus at ${url} wants a login (${buildInfo.status})`,
      "give it in the address: --prometheus http://USER:PASSWORD@HOST:PORT",
    );
  }
  return fail(
    "prometheus",
    `what answers at ${url} is no Prometheus: status ${buildInfo.status} at /api/v1/status/buildinfo`,
    "correct --prometheus; with --web.route-prefix the path belongs to the address",
  );
}

function judgeTarget({ targets, target }: PrometheusFacts, { address }: DaemonTruth): Finding {
  if (targets === undefined) {
    return fail("target", "Prometheus does not say what it scrapes", "look at its page /targets");
  }
  if (target === undefined) {
    const others = targets.map(({ job, instance }) => `${job} at ${instance}`);
    const shown = others.slice(0, MAX_NAMES).join(", ") + (others.length > MAX_NAMES ? ", ..." : "");
    return fail(
      "target",
      `no target of Prometheus is at ${address}: it scrapes ${shown || "nothing"}`,
      `add to scrape_configs in prometheus.yml: {job_name: rtcount, metrics_path: /, static_configs: ` +
        `[{targets: ["${address}"]}]}; ${RELOAD}`,
    );
  }
  const { job, instance, url } = target;
  if (target.health === "up") return ok("target", `${job} at ${instance} is up, scraped from ${url}`);
  if (target.health === "unknown") {
    return warn("target", `${job} at ${instance} has not been scraped yet`, "check again in a minute");
  }
  return fail(
    "target",
    `${job} at ${instance} is down: ${target.lastError}`,
    "where the daemon's line above is ok: see that scheme, port and metrics_path of the job in prometheus.yml are " +
      "the daemon's (http.listen)",
  );
}

/** Whether what is held is what the daemon says now. */
export function judgeSeries(target: TargetFacts, series: SeriesFacts, daemon: DaemonTruth): Finding {
  const { nowMs, sampleMs, values, jobName } = series;
  const { job, instance, intervalMs, timeoutMs } = target;
  const oldestMs = 2 * intervalMs + timeoutMs + SLACK_MS;
  const isUp = target.health === "up";
  if (sampleMs === undefined) {
    const remedy =
      "see that what answers there is rtcount (metrics_path), and that no metric_relabel_configs " +
      "drops its metrics";
    const message = `there are no series of rtcount from ${job} at ${instance}`;
    return fail("series", message, isUp ? remedy : MEND_TARGET);
  }
  const age = `the newest sample is ${seconds(nowMs - sampleMs)} old`;
  const due = `one is due every ${seconds(intervalMs)}`;
  if (nowMs - sampleMs > oldestMs) {
    const remedy =
      "see that no timestamps come from elsewhere (honor_timestamps, a Pushgateway, federation), and " +
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
  const copy = judgeCopy(values, daemon, oldestMs);
  if (copy !== undefined) return copy;
  return ok("series", `${age}, ${due}, and the values are the daemon's`);
}

/** Fresh samples of old values: something else than the daemon is scraped. */
function judgeCopy(
  values: ReadonlyMap<string, number>,
  daemon: DaemonTruth,
  oldestMs: number,
): Finding | undefined {
  const remedy =
    `see what stands between Prometheus and ${daemon.address}: another process, a proxy that caches`;
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
  const hasSettled = (daemon.uptimeMs ?? 0) > oldestMs;
  if (started === undefined || daemon.processStartSeconds === undefined || !hasSettled) return undefined;
  if (Math.abs(started - daemon.processStartSeconds) <= 1) return undefined;
  return fail(
    "series",
    `the series are of another process, started at ${
      formatLocalTime(started * 1000)
    }; the daemon was started at ` +
      formatLocalTime(daemon.processStartSeconds * 1000),
    remedy,
  );
}

function judgeRules(groups: readonly RuleGroupFacts[] | undefined): Finding[] {
  if (groups === undefined) {
    return [fail("rules", "Prometheus does not say which rules it has", "look at its page /rules")];
  }
  const ours = groups.filter(({ name }) => RULE_GROUPS.includes(name));
  const missing = RULE_GROUPS.filter((name) => !ours.some((group) => group.name === name));
  if (missing.length > 0) {
    return [fail(
      "rules",
      `the rules are not loaded: no group ${missing.join(", no group ")}`,
      "put monitoring/rules/rtcount.yml where rule_files in prometheus.yml looks (/etc/prometheus/rules), " +
        `promtool check config /etc/prometheus/prometheus.yml, ${RELOAD}`,
    )];
  }
  const broken = ours.flatMap((group) => group.broken);
  const findings = broken.slice(0, MAX_NAMES).map(({ name, error }) =>
    fail(
      "rules",
      `the rule ${name} cannot be evaluated: ${error}`,
      "promtool check rules FILE; its page /rules",
    )
  );
  if (broken.length === 0) {
    findings.push(ok("rules", `${ours.map(({ name }) => name).join(", ")} are loaded`));
  }
  const firing = ours.flatMap((group) => group.firing);
  for (const { name, summary, remedy } of firing.slice(0, MAX_NAMES)) {
    findings.push(
      warn("alerts", `${name} is firing: ${summary}`, remedy || "look at Prometheus's page /alerts"),
    );
  }
  if (firing.length > MAX_NAMES) {
    findings.push(
      warn("alerts", `${firing.length - MAX_NAMES} more are firing`, "look at Prometheus's page /alerts"),
    );
  }
  if (firing.length === 0) findings.push(ok("alerts", "none of its alerts is firing"));
  return findings;
}

/** What of an answer to `/api/v1/status` and `/metrics` Prometheus is held against. */
export function processStartOf(metrics: HttpOutcome | undefined): number | undefined {
  if (metrics?.kind !== "answer") return undefined;
  const sample = /^process_start_time_seconds (\S+)$/m.exec(metrics.text);
  return sample === null ? undefined : Number(sample[1]);
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 60_000)} min`;
}
