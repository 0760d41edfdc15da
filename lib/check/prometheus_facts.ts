// The facts about Prometheus, and how they are read from its answers.

import { parseHttpAddress } from "../http_client/http_address.ts";
import type { HttpOutcome } from "../http_client/http_client.ts";
import type { JsonValue } from "../text/json_value.ts";
import { isLoopback } from "../text/address.ts";
import { jsonOf } from "./daemon_facts.ts";

/** An active target. */
export interface TargetFacts {
  readonly job: string;
  readonly instance: string;
  readonly url: string;
  /** `up`, `down`, or `unknown` before the first scrape. */
  readonly health: string;
  readonly lastError: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** The data that Prometheus has of one target. Times are by its clock. */
export interface SeriesFacts {
  readonly nowMs: number;
  /** Time of the newest sample of the last day. The target itself may be gone. */
  readonly sampleMs: number | undefined;
  /** By name, for metrics without labels of their own. */
  readonly values: ReadonlyMap<string, number>;
  /** A label of rtcount_build_info. */
  readonly jobName: string | undefined;
}

export interface RuleGroupFacts {
  readonly name: string;
  readonly file: string;
  /** Rules that cannot be evaluated. */
  readonly broken: readonly { readonly name: string; readonly error: string }[];
  readonly firing: readonly { readonly name: string; readonly summary: string; readonly remedy: string }[];
}

export interface PrometheusFacts {
  readonly url: string;
  readonly buildInfo: HttpOutcome;
  /** The rest is missing unless a Prometheus answers. */
  readonly targets?: readonly TargetFacts[] | undefined;
  /** The daemon's target. */
  readonly target?: TargetFacts | undefined;
  readonly series?: SeriesFacts | undefined;
  readonly rules?: readonly RuleGroupFacts[] | undefined;
}

export function versionOf(buildInfo: HttpOutcome): string | undefined {
  return dataOf(buildInfo)?.at("version").text;
}

/** The data in a successful answer of the API. */
function dataOf(outcome: HttpOutcome): JsonValue | undefined {
  const answer = jsonOf(outcome);
  return answer.at("status").text === "success" ? answer.at("data") : undefined;
}

export function readTargets(outcome: HttpOutcome): readonly TargetFacts[] | undefined {
  return dataOf(outcome)?.at("activeTargets").items?.map((target) => ({
    job: target.at("labels", "job").text ?? "",
    instance: target.at("labels", "instance").text ?? "",
    url: target.at("scrapeUrl").text ?? "",
    health: target.at("health").text ?? "unknown",
    lastError: target.at("lastError").text ?? "",
    // Versions before 2.30 do not tell; Prometheus's defaults are likely.
    intervalMs: parsePrometheusDuration(target.at("scrapeInterval").text ?? "") ?? 60_000,
    timeoutMs: parsePrometheusDuration(target.at("scrapeTimeout").text ?? "") ?? 10_000,
  }));
}

export interface Sample {
  readonly labels: (name: string) => string | undefined;
  readonly atSeconds: number;
  readonly value: number;
}

/** The newest sample of each series in the answer to a query; undefined if the query failed. */
export function readSamples(outcome: HttpOutcome): readonly Sample[] | undefined {
  return dataOf(outcome)?.at("result").items?.map((sample) => {
    const newest = sample.at("values").items?.at(-1) ?? sample.at("value");
    return {
      labels: (name) => sample.at("metric", name).text,
      atSeconds: newest.at(0).number ?? NaN,
      value: Number(newest.at(1).text ?? NaN),
    };
  });
}

/** A string literal of PromQL, which has the syntax of Go's. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/**
 * Finds the target at the daemon's host and port, or else the one whose series have the daemon's name: Prometheus may
 * know the daemon by another address than this machine does.
 */
export function findTarget(
  targets: readonly TargetFacts[],
  { daemon, named }: {
    readonly daemon: { readonly host: string; readonly port: number };
    /** The likeliest first. */
    readonly named: readonly { readonly job: string; readonly instance: string }[];
  },
): TargetFacts | undefined {
  return targets.find(({ url }) => isAt(url, daemon)) ??
    named.map((one) => targets.find(({ job, instance }) => one.job === job && one.instance === instance))
      .find((target) => target !== undefined);
}

function isAt(url: string, { host, port }: { readonly host: string; readonly port: number }): boolean {
  const target = parseHttpAddress(url);
  if (target?.port !== port) return false;
  return target.host === host || (isLoopback(target.host) && isLoopback(host));
}

export function readRules(outcome: HttpOutcome): readonly RuleGroupFacts[] | undefined {
  return dataOf(outcome)?.at("groups").items?.map((group) => {
    const rules = group.at("rules").items ?? [];
    return {
      name: group.at("name").text ?? "",
      file: group.at("file").text ?? "",
      broken: rules.filter((rule) => rule.at("health").text === "err").map((rule) => {
        return { name: rule.at("name").text ?? "", error: rule.at("lastError").text ?? "" };
      }),
      firing: rules.flatMap((rule) => {
        const alerts = (rule.at("alerts").items ?? []).filter((alert) => alert.at("state").text === "firing");
        return alerts.map((alert) => ({
          name: rule.at("name").text ?? "",
          summary: alert.at("annotations", "summary").text ?? "",
          remedy: alert.at("annotations", "remedy").text ?? "",
        }));
      }),
    };
  });
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** Milliseconds of a duration as Prometheus writes it, `1m30s`; undefined for any other text. */
export function parsePrometheusDuration(text: string): number | undefined {
  if (!/^(\d+(ms|[smhdwy]))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/gy)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit], 0);
}
