// Formats metrics as an ExportMetricsServiceRequest of OTLP 1, in the JSON of protobuf: 64-bit whole numbers are text, and
// so are numbers that JSON does not have. Names and labels are those that Prometheus scrapes; counts are totals since the
// start.

import type { MetricFamily, Sample } from "../metrics/metric_family.ts";

/** AGGREGATION_TEMPORALITY_CUMULATIVE */
const CUMULATIVE = 2;
/** Nanoseconds do not fit into a number. */
const NANOSECONDS_PER_MS = 1_000_000n;

/** The process whose metrics these are. */
export interface OtlpResource {
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** Differs for every process. */
  readonly serviceInstanceId: string;
}

export interface ExportTimes {
  /** When counting began. */
  readonly startMs: number;
  readonly nowMs: number;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

export function formatExportRequest(
  families: readonly MetricFamily[],
  resource: OtlpResource,
  times: ExportTimes,
): string {
  const metrics = families.filter(({ samples }) => samples.length > 0).map((family) => ({
    name: family.name,
    description: family.help,
    ...dataOf(family, { timeUnixNano: nanoseconds(times.nowMs) }, nanoseconds(times.startMs)),
  }));
  return JSON.stringify({
    resourceMetrics: [{
      resource: {
        attributes: [
          attribute("service.name", resource.serviceName),
          attribute("service.version", resource.serviceVersion),
          attribute("service.instance.id", resource.serviceInstanceId),
        ],
      },
      scopeMetrics: [{ scope: { name: "rtcount", version: resource.serviceVersion }, metrics }],
    }],
  });
}

function dataOf(
  { type, name, samples }: MetricFamily,
  time: { readonly timeUnixNano: string },
  startTimeUnixNano: string,
): Record<string, unknown> {
  const aggregationTemporality = CUMULATIVE;
  if (type === "gauge") {
    return { gauge: { dataPoints: samples.map((each) => ({ ...numberPoint(each), ...time })) } };
  }
  const times = { startTimeUnixNano, ...time };
  if (type === "counter") {
    const dataPoints = samples.map((each) => ({ ...numberPoint(each), ...times }));
    return { sum: { aggregationTemporality, isMonotonic: true, dataPoints } };
  }
  return {
    histogram: { aggregationTemporality, dataPoints: [{ ...histogramPoint(name, samples), ...times }] },
  };
}

function numberPoint({ labels, value }: Sample): Record<string, unknown> {
  const attributes = Object.entries(labels).map(([key, each]) => attribute(key, String(each)));
  return { attributes, asDouble: double(value) };
}

/** Prometheus adds up the buckets, OTLP does not. The bucket without an upper bound comes last. */
function histogramPoint(name: string, samples: readonly Sample[]): Record<string, unknown> {
  const buckets = samples.filter((each) => each.name === `${name}_bucket`);
  const [sum] = samples.filter((each) => each.name === `${name}_sum`);
  const counts = buckets.map(({ value }, i) => value - (i === 0 ? 0 : buckets[i - 1].value));
  return {
    attributes: [],
    count: String(buckets.at(-1)?.value ?? 0),
    sum: double(sum?.value ?? 0),
    bucketCounts: counts.map(String),
    explicitBounds: buckets.slice(0, -1).map(({ labels }) => Number(labels.le)),
  };
}

function attribute(key: string, text: string): Attribute {
  return { key, value: { stringValue: text } };
}

function double(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms)) * NANOSECONDS_PER_MS);
}
