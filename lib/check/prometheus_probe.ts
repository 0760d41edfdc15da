// Looks at Prometheus through its HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/).

import { HttpClient } from "./http_client.ts";
import {
  dataOf,
  type PrometheusFacts,
  readRules,
  readTargets,
  type SeriesFacts,
  type TargetFacts,
  versionOf,
} from "./prometheus_facts.ts";
import { findTarget } from "./target_match.ts";

/** Any series of rtcount's would do; this one is there from the start and changes with every window. */
const PULSE = "rtcount_windows_closed_total";

export async function probePrometheus(
  url: string,
  options: {
    readonly daemon: { readonly host: string; readonly port: number };
    /** The daemon's name, and when its process started, where they are known. */
    readonly name: string | undefined;
    readonly startedSeconds: number | undefined;
    readonly signal: AbortSignal;
  },
): Promise<PrometheusFacts> {
  const { daemon, name, startedSeconds, signal } = options;
  const client = new HttpClient(url, { signal });
  const buildInfo = await client.get("/api/v1/status/buildinfo");
  if (versionOf(buildInfo) === undefined) return { url: client.url, buildInfo };
  const [targetsAnswer, rulesAnswer, named] = await Promise.all([
    client.get("/api/v1/targets?state=active"),
    client.get("/api/v1/rules"),
    name === undefined ? [] : findNamed(client, name, startedSeconds),
  ]);
  const targets = readTargets(targetsAnswer);
  const target = findTarget(targets ?? [], { daemon, named });
  const series = target && await probeSeries(client, target);
  return { url: client.url, buildInfo, targets, target, series, rules: readRules(rulesAnswer) };
}

/** Those that call themselves so; of several members of a group first the one that started when the daemon did. */
async function findNamed(
  client: HttpClient,
  name: string,
  startedSeconds: number | undefined,
): Promise<{ job: string; instance: string }[]> {
  const named = `rtcount_build_info{job_name=${quote(name)}}`;
  const on = "on (job, instance)";
  const samples = await query(client, `process_start_time_seconds and ${on} ${named} or ${on} ${named}`);
  const awayOf = ({ value }: Sample) => startedSeconds === undefined ? 0 : Math.abs(value - startedSeconds);
  return samples.toSorted((a, b) => awayOf(a) - awayOf(b))
    .map(({ labels }) => ({ job: labels("job") ?? "", instance: labels("instance") ?? "" }));
}

async function probeSeries(client: HttpClient, { job, instance }: TargetFacts): Promise<SeriesFacts> {
  const labels = `job=${quote(job)},instance=${quote(instance)}`;
  const names = "rtcount_window_end_timestamp_seconds|process_start_time_seconds|rtcount_build_info";
  const [time, recent, long, values] = await Promise.all([
    query(client, "vector(time())"),
    // All samples as they were taken; an instant would hide those of a target that has just gone.
    query(client, `${PULSE}{${labels}}[10m]`),
    query(client, `max_over_time(timestamp(${PULSE}{${labels}})[1d:1m])`),
    query(client, `{__name__=~"${names}",${labels}}`),
  ]);
  return {
    nowMs: (time[0]?.value ?? NaN) * 1000,
    sampleMs: inMs(recent[0]?.atSeconds) ?? inMs(long[0]?.value),
    values: new Map(values.map(({ labels, value }) => [labels("__name__") ?? "", value])),
    jobName: values.map(({ labels }) => labels("job_name")).find((one) => one !== undefined),
  };
}

interface Sample {
  readonly labels: (name: string) => string | undefined;
  readonly atSeconds: number;
  readonly value: number;
}

/** An instant query: the newest sample of each series found. What cannot be answered has none. */
async function query(client: HttpClient, expression: string): Promise<Sample[]> {
  const answer = await client.get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
  const samples = dataOf(answer)?.at("result").items ?? [];
  return samples.map((sample) => {
    const newest = sample.at("values").items?.at(-1) ?? sample.at("value");
    return {
      labels: (name) => sample.at("metric", name).text,
      atSeconds: newest.at(0).number ?? NaN,
      value: Number(newest.at(1).text ?? NaN),
    };
  });
}

/** A string of PromQL, which is one of Go. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : seconds * 1000;
}
