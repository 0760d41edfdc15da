// What to think of the daemon: that it runs, is the one of the configuration, is ready, and gets on.

import { differingKeys } from "../config/reload.ts";
import { formatLocalTime } from "../text/local_time.ts";
import type { DaemonFacts, ProgressSample } from "./daemon_facts.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import type { HttpOutcome } from "./http_client.ts";
import { JsonValue } from "./json_value.ts";

const READ_LOG = "journalctl -u rtcount -n 50";
/** A stream that has had time to move, and has not. */
const STALLED_MS = 2_500;
/** What the checker is told differently than the daemon. */
const IGNORED_KEYS = /^(log|http\.listen)(\.|$)/;
const MAX_KEYS = 5;

/** What the daemon is held against. Undefined where the configuration is wrong. */
export interface ExpectedDaemon {
  readonly version: string;
  /** As `showConfig` gives it. */
  readonly config: unknown;
  readonly slideMs: number;
}

export function judgeDaemon(facts: DaemonFacts, expected: ExpectedDaemon | undefined): Finding[] {
  const { url, health } = facts;
  if (health.kind === "failure") return [judgeAbsence(url, health)];
  if (health.status === 401) {
    return [fail(
      "daemon",
      `${url} wants a user's name and password (401)`,
      "give them in the address: --url http://USER:PASSWORD@HOST:PORT",
    )];
  }
  const status = facts.status?.kind === "answer" ? JsonValue.parse(facts.status.text) : new JsonValue(null);
  const version = status.at("version").text;
  const name = status.at("name").text;
  if (version === undefined || name === undefined) {
    return [fail(
      "daemon",
      `what answers at ${url} is not rtcount: ${describe(facts.status)} at /api/v1/status`,
      "stop what listens there, or give the daemon another http.listen; --url says where it is",
    )];
  }
  const findings = [judgeIdentity({ url, version, name, status }, expected)];
  if (health.status !== 200) {
    findings.push(fail(
      "health",
      `/healthz answers ${health.status}: ${reasonIn(health)}`,
      `systemctl restart rtcount; before that save what it says: ${READ_LOG}`,
    ));
  }
  const readiness = judgeReadiness(facts);
  findings.push(readiness);
  if (expected === undefined) return findings;
  findings.push(...judgeApplied(status, name, expected));
  // What stands still for a reason that has been told is not a quiet stream.
  if (facts.progress !== undefined && readiness.status !== "FAIL") {
    findings.push(judgeMovement(facts.progress, expected.slideMs));
  }
  return findings;
}

function judgeAbsence(url: string, failure: Extract<HttpOutcome, { kind: "failure" }>): Finding {
  switch (failure.failure) {
    case "refused":
      return fail(
        "daemon",
        `the daemon is not running, or listens elsewhere: ${failure.reason} at ${url}`,
        `systemctl start rtcount (after four failures in an hour systemctl reset-failed rtcount first); ` +
          `${READ_LOG} says why it ended; --url if it listens elsewhere`,
      );
    case "silent":
      return fail(
        "daemon",
        `the daemon hangs (stalled, or stopped by a signal): ${failure.reason} from ${url}`,
        "see whether the process is stopped (state T in ps) or spins (top): kill -CONT PID, or " +
          `systemctl restart rtcount${
            url.startsWith("https:") ? "; without TLS the address begins with http" : ""
          }`,
      );
    default:
      return fail(
        "daemon",
        `the daemon cannot be asked at ${url}: ${failure.reason}`,
        "see what listens there (ss -ltnp); with TLS the address begins with https",
      );
  }
}

function judgeIdentity(
  { url, version, name, status }: { url: string; version: string; name: string; status: JsonValue },
  expected: ExpectedDaemon | undefined,
): Finding {
  const uptime = formatSeconds(status.at("uptime_seconds").number ?? 0);
  if (expected !== undefined && version !== expected.version) {
    return warn(
      "daemon",
      `"${name}" at ${url} is rtcount ${version}, this checker is ${expected.version}`,
      "systemctl restart rtcount runs what is installed",
    );
  }
  return ok("daemon", `"${name}" at ${url}, rtcount ${version}, up for ${uptime}`);
}

/** Whether it runs with the configuration that was checked. */
function judgeApplied(status: JsonValue, name: string, { version, config }: ExpectedDaemon): Finding[] {
  const wanted = new JsonValue(config);
  if (wanted.at("name").text !== name) {
    return [fail(
      "applied",
      `the daemon there is "${name}", the configuration is of "${wanted.at("name").text}"`,
      `name the daemon's own file with --config (of rtcount@${name} with --set name=${name}, as its unit has it), or ` +
        "where this one's daemon listens with --url",
    )];
  }
  const group = ["source", "kafka", "group"];
  const [runs, is] = [status.at("config", ...group).text, wanted.at(...group).text];
  if (runs !== is) {
    return [fail(
      "applied",
      `the daemon reads for the group "${runs ?? ""}", the configuration says "${is ?? ""}"`,
      "systemctl restart rtcount, if the file is right",
    )];
  }
  // Another version has other keys.
  if (status.at("version").text !== version) return [];
  const keys = differingKeys(config, status.at("config").raw).filter((key) => !IGNORED_KEYS.test(key));
  if (keys.length === 0) return [];
  const more = keys.length > MAX_KEYS ? ` and ${keys.length - MAX_KEYS} more` : "";
  return [warn(
    "applied",
    `the daemon runs with other values than the configuration has: ${
      keys.slice(0, MAX_KEYS).join(", ")
    }${more}`,
    "systemctl reload rtcount, or restart where its log says that a key takes a restart",
  )];
}

function judgeReadiness({ ready, progress }: DaemonFacts): Finding {
  if (ready?.kind === "answer" && ready.status === 200) return ok("ready", "/readyz answers 200");
  const message = ready?.kind === "answer"
    ? `/readyz answers ${ready.status}: ${reasonIn(ready)}`
    : describe(ready);
  const moves = progress !== undefined && progress.last.taken !== progress.first.taken;
  if (moves) return warn("ready", `${message}; it gets on`, "wait for it: check again in a minute");
  return fail("ready", message, `mend what it names, see the lines above; more in ${READ_LOG}`);
}

/** Whether windows close and records are taken in, by two looks. */
export function judgeMovement(
  { first, last }: { readonly first: ProgressSample; readonly last: ProgressSample },
  slideMs: number,
): Finding {
  const elapsedMs = last.atMs - first.atMs;
  const within = `within ${(elapsedMs / 1000).toFixed(1)} s`;
  const closes = last.windowEndMs !== first.windowEndMs;
  const takes = last.taken !== first.taken;
  const newest = last.windowEndMs === undefined
    ? "no window has closed yet"
    : `the newest window ends at ${formatLocalTime(last.windowEndMs)}`;
  if (closes && takes) {
    return ok("windows", `windows close and records are taken in ${within}; ${newest}, ${last.lag} behind`);
  }
  if (takes) {
    const why = slideMs > elapsedMs
      ? "a window takes longer"
      : "it is catching up, or a partition holds back";
    return ok("windows", `records are taken in ${within}, and no window closed (${why}); ${newest}`);
  }
  if (first.lag > 0 && last.lag > 0 && elapsedMs >= STALLED_MS) {
    return fail(
      "windows",
      `the daemon has stalled: ${last.lag} records wait, and none was taken in ${within}; ${newest}`,
      "see the lines above for Kafka; with isolation: read_committed a transaction that is open holds back what " +
        `comes after it. ${READ_LOG}; systemctl restart rtcount`,
    );
  }
  const quiet = closes ? "windows close without new records" : "no window closed";
  return warn(
    "windows",
    `the stream is quiet: no record came ${within}, ${quiet}; ${newest}`,
    "see whether anything is produced to the topics",
  );
}

/** What a failing answer says of itself. */
function reasonIn({ text, status }: Extract<HttpOutcome, { kind: "answer" }>): string {
  return JsonValue.parse(text).at("error").text ?? `status ${status}`;
}

function describe(outcome: HttpOutcome | undefined): string {
  if (outcome === undefined) return "nothing";
  return outcome.kind === "failure" ? outcome.reason : `status ${outcome.status}`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
