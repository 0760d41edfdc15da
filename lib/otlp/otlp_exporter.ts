// Pushes the metrics to an OpenTelemetry collector by OTLP/HTTP with JSON. Counts are totals, so a push that fails loses
// nothing but its own moment: it is repeated a few times, and the next one brings newer numbers.

import { backOffMs } from "../async/back_off.ts";
import type { Clock } from "../async/clock.ts";
import { parseHttpAddress } from "../http_client/http_address.ts";
import { HttpClient, type HttpOutcome } from "../http_client/http_client.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { MetricFamily } from "../metrics/metric_family.ts";
import { formatExportRequest, type OtlpResource } from "./export_request.ts";

/** The time between two pushes. */
const INTERVAL_MS = 15_000;
/** A push with its repetitions is over before the next one is due. */
const MAX_ATTEMPTS = 3;
const TIMEOUT_MS = 3_000;
/** An answer names at most an error. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** The answers after which OTLP allows a repetition. */
const REPEATABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const SIGNAL_PATH = "/v1/metrics";
const PUSH = "push";

/** The part of an HttpClient that is needed. */
export type CollectorClient = Pick<HttpClient, "url" | "post">;

export interface OtlpExporterOptions {
  readonly collector: CollectorClient;
  readonly resource: OtlpResource;
  readonly families: () => Promise<readonly MetricFamily[]>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * @param endpoint an http or https address; `/v1/metrics` is added where it does not end with that
 * @param signal ends every request
 */
export function collectorAt(
  endpoint: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): CollectorClient {
  const address = parseHttpAddress(endpoint);
  if (address === undefined) throw new RangeError(`"${endpoint}" is no http or https address`);
  const url = address.url.endsWith(SIGNAL_PATH) ? address.url : address.url + SIGNAL_PATH;
  return new HttpClient({ ...address, url }, {
    clock,
    signal,
    timeoutMs: TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
}

/** Pushes until `signal` ends it. It never rejects for what a collector does. */
export async function pushMetrics(options: OtlpExporterOptions, signal: AbortSignal): Promise<void> {
  const { collector, resource, families, clock, log } = options;
  const { url } = collector;
  const outage = new Outage({ log, clock });
  const startMs = clock.nowMs();
  log.info(`metrics are pushed to ${url} every ${INTERVAL_MS / 1_000} s`);
  while (true) {
    await clock.sleep(INTERVAL_MS, signal);
    if (signal.aborted) return;
    const body = formatExportRequest(await families(), resource, { startMs, nowMs: clock.nowMs() });
    const fault = await push(collector, body, { clock, signal });
    if (signal.aborted) return;
    if (fault === undefined) outage.works(PUSH);
    else outage.failed(PUSH, `the metrics cannot be pushed to ${url}: ${fault}`);
  }
}

/** Returns why the push failed. */
async function push(
  collector: CollectorClient,
  body: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<string | undefined> {
  for (let attempt = 1;; attempt++) {
    const outcome = await collector.post("", { contentType: "application/json", body });
    const fault = faultOf(outcome);
    const isOver = fault === undefined || attempt === MAX_ATTEMPTS || signal.aborted;
    if (isOver || (outcome.kind === "answer" && !REPEATABLE.has(outcome.status))) return fault;
    await clock.sleep(backOffMs(attempt, Math.random()), signal);
  }
}

function faultOf(outcome: HttpOutcome): string | undefined {
  if (outcome.kind === "failure") return outcome.reason;
  const { status } = outcome;
  return status >= 200 && status < 300 ? undefined : `the collector answers with status ${status}`;
}
