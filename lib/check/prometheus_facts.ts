// What was seen of Prometheus, and what of its answers matters.

import type { HttpOutcome } from "./http_client.ts";
import { JsonValue } from "./json_value.ts";

/** A target that is scraped now, or is meant to be. */
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

/** What Prometheus holds of one target. Times are its own. */
export interface SeriesFacts {
  readonly nowMs: number;
  /** Of the newest sample of the last day, whether its target is still there or not. */
  readonly sampleMs: number | undefined;
  /** The values of series without labels of their own, by name. */
  readonly values: ReadonlyMap<string, number>;
  /** Label of rtcount_build_info. */
  readonly jobName: string | undefined;
}

export interface RuleGroupFacts {
  readonly name: string;
  readonly file: string;
  /** Rules that cannot be evaluated, with why. */
  readonly broken: readonly { readonly name: string; readonly error: string }[];
  readonly firing: readonly { readonly name: string; readonly summary: string; readonly remedy: string }[];
}

export interface PrometheusFacts {
  readonly url: string;
  readonly buildInfo: HttpOutcome;
  /** The rest is missing where that is no Prometheus that answers. */
  readonly targets?: readonly TargetFacts[] | undefined;
  /** The daemon's. */
  readonly target?: TargetFacts | undefined;
  readonly series?: SeriesFacts | undefined;
  readonly rules?: readonly RuleGroupFacts[] | undefined;
}

export function versionOf(buildInfo: HttpOutcome): string | undefined {
  return dataOf(buildInfo)?.at("version").text;
}

/** What a successful answer of the API carries. */
export function dataOf(outcome: HttpOutcome): JsonValue | undefined {
  if (outcome.kind !== "answer") return undefined;
  const answer = JsonValue.parse(outcome.text);
  return answer.at("status").text === "success" ? answer.at("data") : undefined;
}

export function readTargets(outcome: HttpOutcome): readonly TargetFacts[] | undefined {
  return dataOf(outcome)?.at("activeTargets").items?.map((target) => ({
    job: target.at("labels", "job").text ?? "",
    instance: target.at("labels", "instance").text ?? "",
    url: target.at("scrapeUrl").text ?? "",
    health: target.at("health").text ?? "unknown",
    lastError: target.at("lastError").text ?? "",
    // Older than 2.30 it does not say; its own default is what it then most often is.
    intervalMs: parsePrometheusDuration(target.at("scrapeInterval").text ?? "") ?? 60_000,
    timeoutMs: parsePrometheusDuration(target.at("scrapeTimeout").text ?? "") ?? 10_000,
  }));
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

/** Milliseconds of a duration as Prometheus writes it, `1m30s`; undefined where it is none. */
export function parsePrometheusDuration(text: string): number | undefined {
  if (!/^(\d+(ms|[smhdwy]))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit], 0);
}
