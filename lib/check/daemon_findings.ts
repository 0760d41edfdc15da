// Judges the daemon: it runs, is the one of the configuration, is ready, and makes progress.

import { differingKeys } from "../config/reload.ts";
import type { HttpOutcome } from "../http_client/http_client.ts";
import { JsonValue } from "../text/json_value.ts";
import { RECORD_SKIP_REASONS, type RecordSkipReason } from "../records/skip_reason.ts";
import { formatLocalTime } from "../text/local_time.ts";
import { unsaltedAll } from "../text/salted_json.ts";
import { type DaemonFacts, jsonOf, type ProgressSample } from "./daemon_facts.ts";
import { judgeMember } from "./member_findings.ts";
import { fail, type Finding, formatAge, listNames, ok, warn } from "./finding.ts";

const READ_LOG = "journalctl -u rtcount -n 50";
/** After this time a stream that does not move counts as stalled. */
const STALLED_MS = 2_500;
/** The checker's command line may set these keys otherwise than the daemon's. */
const IGNORED_KEYS = /^(log|http\.listen)(\.|$)/;

/** The share of skipped records that deserves a warning. */
const MANY_SKIPPED = 0.01;
const SKIP_REMEDIES: Partial<Record<RecordSkipReason, string>> = {
  future: "check the clocks of this machine and of the producers (timedatectl), or raise window.max_future",
  before_start:
    "to count old records use another source.kafka.group with source.kafka.start: earliest; if their " +
    "dates are wrong, check clock and time zone of the producers",
  no_timestamp: "set message.timestamp.type=LogAppendTime for the topic, or window.time: processing",
  too_large: "raise words.max_record_bytes",
};

/** The daemon that the configuration describes. */
export interface ExpectedDaemon {
  readonly version: string;
  /** In the form that `showConfig` gives it. */
  readonly config: unknown;
  readonly slideMs: number;
}

/** @param expected undefined if the configuration is wrong */
export function judgeDaemon(facts: DaemonFacts, expected: ExpectedDaemon | undefined): Finding[] {
  const { url, health } = facts;
  if (health.kind === "failure") return [judgeAbsence(url, health)];
  if (health.status === 401) {
    return [fail(
      "daemon",
      `${url} requires a login (401)`,
      "put USER:PASSWORD into a file that --login-file names, or into RTCOUNT_LOGIN in the environment",
    )];
  }
  const status = jsonOf(facts.status);
  const version = status.at("version").text;
  const name = status.at("name").text;
  if (version === undefined || name === undefined) {
    return [fail(
      "daemon",
      `the server at ${url} is not rtcount: ${describe(facts.status)} at /api/v1/status`,
      "stop that server or give the daemon another http.listen; if the daemon listens elsewhere, name that with --url",
    )];
  }
  const findings = [judgeIdentity({ url, version, name, status }, expected)];
  if (health.status !== 200) {
    findings.push(fail(
      "health",
      `/healthz answers ${health.status}: ${reasonIn(health)}`,
      `save its log (${READ_LOG}), then systemctl restart rtcount`,
    ));
  }
  const readiness = judgeReadiness(facts);
  findings.push(readiness, ...judgeSkipped(status));
  if (expected === undefined) return findings;
  findings.push(...judgeApplied(status, name, expected));
  // A daemon that stands still for a reported reason is no quiet stream.
  if (facts.progress !== undefined && readiness.status !== "FAIL") {
    findings.push(judgeMovement(facts.progress, expected.slideMs), ...judgeMember(facts, expected.slideMs));
  }
  return findings;
}

function judgeAbsence(url: string, { failure, reason }: Extract<HttpOutcome, { kind: "failure" }>): Finding {
  switch (failure) {
    case "refused":
      return fail(
        "daemon",
        `the daemon is not running, or listens elsewhere: ${reason} at ${url}`,
        `systemctl start rtcount (after four failures in an hour first systemctl reset-failed rtcount); ` +
          `${READ_LOG} shows why it ended; if it listens elsewhere, name that address with --url`,
      );
    case "silent":
      return fail(
        "daemon",
        `the daemon hangs (stalled, or stopped by a signal): ${reason} from ${url}`,
        "if ps shows the state T, a signal stopped it: kill -CONT PID; otherwise systemctl restart rtcount" +
          (url.startsWith("https:") ? "; without TLS the address begins with http" : ""),
      );
    default:
      return fail(
        "daemon",
        `the daemon does not answer at ${url}: ${reason}`,
        "check which process listens there (ss -ltnp); with TLS the address begins with https",
      );
  }
}

function judgeIdentity(
  { url, version, name, status }: { url: string; version: string; name: string; status: JsonValue },
  expected: ExpectedDaemon | undefined,
): Finding {
  if (expected !== undefined && version !== expected.version) {
    return warn(
      "daemon",
      `"${name}" at ${url} is rtcount ${version}, but this checker is ${expected.version}`,
      "systemctl restart rtcount, to run the installed version",
    );
  }
  const uptime = formatAge((status.at("uptime_seconds").number ?? 0) * 1000);
  return ok("daemon", `"${name}" at ${url}, rtcount ${version}, up for ${uptime}`);
}

/** Judges whether the daemon runs with the configuration that was checked. */
function judgeApplied(status: JsonValue, name: string, { version, config }: ExpectedDaemon): Finding[] {
  const wanted = JsonValue.parse(JSON.stringify(config));
  if (wanted.at("name").text !== name) {
    return [fail(
      "applied",
      `the daemon there is "${name}", but the configuration is for "${wanted.at("name").text}"`,
      `name the daemon's own file with --config (for rtcount@${name} also --set name=${name}), or the address of ` +
        "this configuration's daemon with --url",
    )];
  }
  const group = ["source", "kafka", "group"];
  const [runs, is] = [status.at("config", ...group).text, wanted.at(...group).text];
  if (runs !== is) {
    return [fail(
      "applied",
      `the daemon reads for the group "${runs ?? ""}", but the configuration says "${is ?? ""}"`,
      "if the file is right, systemctl restart rtcount",
    )];
  }
  // Another version has other keys.
  if (status.at("version").text !== version) return [];
  const keys = differingKeys(wanted.salted, status.at("config").salted).map(unsaltedAll)
    .filter((key) => !IGNORED_KEYS.test(key));
  if (keys.length === 0) return [];
  return [warn(
    "applied",
    `the daemon runs with values that differ from the configuration: ${listNames(keys)}`,
    "systemctl reload rtcount, or restart it if its log says that a key needs a restart",
  )];
}

function judgeReadiness({ ready, progress }: DaemonFacts): Finding {
  if (ready?.kind === "answer" && ready.status === 200) {
    const text = ready.text.trim();
    if (text === "ok") return ok("ready", "/readyz answers 200");
    return warn("ready", `/readyz answers 200: ${text}`, "follow the remedy that it names");
  }
  const message = ready?.kind === "answer"
    ? `/readyz answers ${ready.status}: ${reasonIn(ready)}`
    : describe(ready);
  const moves = progress !== undefined && progress.last.position !== progress.first.position;
  if (moves) return warn("ready", `${message}; it makes progress`, "check again in a minute");
  return fail("ready", message, `mend the named cause, see the lines above; ${READ_LOG} shows more`);
}

/** Judges the records that were read and are in no window, since the daemon started. */
function judgeSkipped(status: JsonValue): Finding[] {
  const records = status.at("totals", "records").number ?? 0;
  const skipped = RECORD_SKIP_REASONS.map((reason) => {
    return { reason, number: status.at("totals", "skipped_records", reason).number ?? 0 };
  }).filter(({ number }) => number > 0).sort((a, b) => b.number - a.number);
  if (skipped.length === 0) return [];
  const sum = skipped.reduce((sum, { number }) => sum + number, 0);
  const named = skipped.map(({ reason, number }) => `${number} as ${reason}`).join(", ");
  const message = `since its start the daemon has skipped records: ${named}; it has read ${records}`;
  if (sum < records * MANY_SKIPPED) return [ok("skipped", message)];
  return [
    warn("skipped", message, SKIP_REMEDIES[skipped[0].reason] ?? `${READ_LOG} shows the first of them`),
  ];
}

/** Compares two samples: windows close, and records are read. */
export function judgeMovement(
  { first, last }: { readonly first: ProgressSample; readonly last: ProgressSample },
  slideMs: number,
): Finding {
  const elapsedMs = last.atMs - first.atMs;
  const within = `within ${(elapsedMs / 1000).toFixed(1)} s`;
  const closes = last.windowEndMs !== first.windowEndMs;
  const reads = last.position !== first.position;
  const newest = last.windowEndMs === undefined
    ? "no window has closed yet"
    : `the newest window ends at ${formatLocalTime(last.windowEndMs)}`;
  if (closes && reads) {
    return ok(
      "windows",
      `windows close and records are read ${within}; ${newest}, the lag is ${last.lag} records`,
    );
  }
  if (reads) {
    const why = slideMs > elapsedMs
      ? "a window takes longer"
      : "it is catching up, or a partition blocks the watermark";
    return ok("windows", `records are read ${within}, and no window closed (${why}); ${newest}`);
  }
  if (first.lag > 0 && last.lag > 0 && elapsedMs >= STALLED_MS) {
    return fail(
      "windows",
      `the daemon has stalled: ${last.lag} records wait, and it read none ${within}; ${newest}`,
      "see the lines above for Kafka; with isolation: read_committed an open transaction blocks the records after " +
        `it; ${READ_LOG}; systemctl restart rtcount`,
    );
  }
  const quiet = closes ? "windows close without new records" : "no window closed";
  return warn(
    "windows",
    `the stream is quiet: no record came ${within}, ${quiet}; ${newest}`,
    "check that a producer writes to the topics",
  );
}

/** The reason that a failing answer gives. */
function reasonIn(answer: Extract<HttpOutcome, { kind: "answer" }>): string {
  return jsonOf(answer).at("error").text ?? `status ${answer.status}`;
}

function describe(outcome: HttpOutcome | undefined): string {
  if (outcome === undefined) return "no answer";
  return outcome.kind === "failure" ? outcome.reason : `status ${outcome.status}`;
}
