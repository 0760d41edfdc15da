// Probes a running daemon over HTTP: once for its answers, and then until it makes progress.

import type { Clock } from "../async/clock.ts";
import type { HttpClient, HttpOutcome } from "../http_client/http_client.ts";
import { type DaemonFacts, jsonOf, type ProgressSample, readProgress } from "./daemon_facts.ts";

const SAMPLE_INTERVAL_MS = 250;
/** Between the first sample and the last. */
const PATIENCE_MS = { least: 3_000, most: 10_000 };

export async function probeDaemon(
  client: HttpClient,
  options: { readonly slideMs: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<DaemonFacts> {
  const { url } = client;
  const health = await client.get("/healthz");
  if (health.kind === "failure") return { url, health };
  const [ready, status, metrics] = await Promise.all([
    client.get("/readyz"),
    client.get("/api/v1/status"),
    client.get("/metrics"),
  ]);
  const facts = { url, health, ready, status, metrics };
  const first = sampleOf(status, options.clock);
  if (first === undefined) return facts;
  return { ...facts, progress: { first, last: await sampleUntilMoved(client, first, options) } };
}

/** Samples until a window has closed and records have been read, or patience is at an end. */
async function sampleUntilMoved(
  client: HttpClient,
  first: ProgressSample,
  { slideMs, clock, signal }: { slideMs: number; clock: Clock; signal: AbortSignal },
): Promise<ProgressSample> {
  const patienceMs = Math.min(Math.max(2 * slideMs + 1_000, PATIENCE_MS.least), PATIENCE_MS.most);
  let last = first;
  while (last.atMs - first.atMs < patienceMs && !signal.aborted) {
    if (last.windowEndMs !== first.windowEndMs && last.position !== first.position) break;
    await clock.sleep(SAMPLE_INTERVAL_MS, signal);
    const next = sampleOf(await client.get("/api/v1/status"), clock);
    if (next === undefined) break;
    last = next;
  }
  return last;
}

function sampleOf(status: HttpOutcome, clock: Clock): ProgressSample | undefined {
  if (status.kind !== "answer" || status.status !== 200) return undefined;
  return readProgress(jsonOf(status), clock.monotonicMs());
}
