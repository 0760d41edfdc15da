// Looks at a running daemon over HTTP: once for what it says of itself, and then until something moves.

import type { Clock } from "../async/clock.ts";
import { type DaemonFacts, type ProgressSample, readProgress } from "./daemon_facts.ts";
import { HttpClient, type HttpOutcome } from "./http_client.ts";
import { JsonValue } from "./json_value.ts";

/** It answers from memory; whoever takes longer does not turn. */
const ANSWER_MS = 3_000;
const SAMPLE_INTERVAL_MS = 250;
/** Between the first look and the last, at least and at most. */
const PATIENCE_MS = { least: 3_000, most: 10_000 };

export async function probeDaemon(
  url: string,
  options: {
    readonly slideMs: number;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<DaemonFacts> {
  const client = new HttpClient(url, { timeoutMs: ANSWER_MS, signal: options.signal });
  const health = await client.get("/healthz");
  if (health.kind === "failure") return { url: client.url, health };
  const [ready, status, metrics] = await Promise.all([
    client.get("/readyz"),
    client.get("/api/v1/status"),
    client.get("/metrics"),
  ]);
  const facts = { url: client.url, health, ready, status, metrics };
  const first = progressOf(status, options.clock);
  if (first === undefined) return facts;
  return { ...facts, progress: { first, last: await sampleUntilMoved(client, first, options) } };
}

/** Until a window has closed and records have been taken, or patience is at an end. */
async function sampleUntilMoved(
  client: HttpClient,
  first: ProgressSample,
  { slideMs, clock, signal }: { slideMs: number; clock: Clock; signal: AbortSignal },
): Promise<ProgressSample> {
  const patienceMs = Math.min(Math.max(2 * slideMs + 1_000, PATIENCE_MS.least), PATIENCE_MS.most);
  let last = first;
  while (last.atMs - first.atMs < patienceMs && !signal.aborted) {
    if (last.windowEndMs !== first.windowEndMs && last.taken !== first.taken) break;
    await clock.sleep(SAMPLE_INTERVAL_MS, signal);
    const next = progressOf(await client.get("/api/v1/status"), clock);
    if (next === undefined) break;
    last = next;
  }
  return last;
}

function progressOf(status: HttpOutcome, clock: Clock): ProgressSample | undefined {
  if (status.kind !== "answer" || status.status !== 200) return undefined;
  return readProgress(JsonValue.parse(status.text), clock.monotonicMs());
}
