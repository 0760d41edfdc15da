// Probes Prometheus through its HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/).

import type { HttpClient } from "../http_client/http_client.ts";
import type { DaemonTruth } from "./daemon_facts.ts";
import {
  findTarget,
  type PrometheusFacts,
  quote,
  readRules,
  readSamples,
  readTargets,
  type Sample,
  type SeriesFacts,
  type TargetFacts,
  versionOf,
} from "./prometheus_facts.ts";

/** This metric exists from the start and changes with every window. */
const PULSE = "rtcount_windows_closed_total";

export async function probePrometheus(client: HttpClient, daemon: DaemonTruth): Promise<PrometheusFacts> {
  const { url } = client;
  const buildInfo = await client.get("/api/v1/status/buildinfo");
  if (versionOf(buildInfo) === undefined) return { url, buildInfo };
  const [targetsAnswer, rulesAnswer, named] = await Promise.all([
    client.get("/api/v1/targets?state=active"),
    client.get("/api/v1/rules"),
    findNamed(client, daemon),
  ]);
  const targets = readTargets(targetsAnswer);
  const target = findTarget(targets ?? [], { daemon, named });
  const series = target && await probeSeries(client, target);
  return { url, buildInfo, targets, target, series, rules: readRules(rulesAnswer) };
}

/** The daemons of that name. If a group has several members, the one that started when the daemon did comes first. */
async function findNamed(
  client: HttpClient,
  { name, processStartSeconds }: DaemonTruth,
): Promise<{ job: string; instance: string }[]> {
  if (name === undefined) return [];
  const named = `rtcount_build_info{job_name=${quote(name)}}`;
  const on = "on (job, instance)";
  const samples = await query(client, `process_start_time_seconds and ${on} ${named} or ${on} ${named}`);
  const distance = ({ value }: Sample) =>
    processStartSeconds === undefined ? 0 : Math.abs(value - processStartSeconds);
  return samples.toSorted((a, b) => distance(a) - distance(b))
    .map(({ labels }) => ({ job: labels("job") ?? "", instance: labels("instance") ?? "" }));
}

async function probeSeries(client: HttpClient, { job, instance }: TargetFacts): Promise<SeriesFacts> {
  const labels = `job=${quote(job)},instance=${quote(instance)}`;
  const names = "rtcount_window_end_timestamp_seconds|process_start_time_seconds|rtcount_build_info";
  const [time, recent, long, values] = await Promise.all([
    query(client, "vector(time())"),
    // A range has the samples as they were taken. An instant would hide those of a target that has just gone.
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

/** The newest sample of each series that an instant query finds. A query that fails finds none. */
async function query(client: HttpClient, expression: string): Promise<readonly Sample[]> {
  return readSamples(await client.get(`/api/v1/query?query=${encodeURIComponent(expression)}`)) ?? [];
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : seconds * 1000;
}
