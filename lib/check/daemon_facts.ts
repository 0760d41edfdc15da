// What was seen of a running daemon: its answers, and how far it had come at the first look and at the last.

import type { HttpOutcome } from "./http_client.ts";
import type { JsonValue } from "./json_value.ts";

/** How far a daemon has come; what it does not say is undefined. */
export interface ProgressSample {
  /** By the monotonic clock. */
  readonly atMs: number;
  /** End of the newest closed window. */
  readonly windowEndMs: number | undefined;
  /** Sum of the positions of its partitions. */
  readonly taken: number;
  /** Sum of their lags, as far as they are known. */
  readonly lag: number;
}

export interface DaemonFacts {
  readonly url: string;
  /** To `/healthz`, `/readyz`, `/api/v1/status`, `/metrics`; the last three are missing where the first did not come. */
  readonly health: HttpOutcome;
  readonly ready?: HttpOutcome;
  readonly status?: HttpOutcome;
  readonly metrics?: HttpOutcome;
  /** The first look and the last; none where there was no status to read. */
  readonly progress?: { readonly first: ProgressSample; readonly last: ProgressSample };
}

/** @param status what `/api/v1/status` says */
export function readProgress(status: JsonValue, atMs: number): ProgressSample {
  const partitions = status.at("partitions").items ?? [];
  const sum = (name: string) => partitions.reduce((sum, one) => sum + (one.at(name).number ?? 0), 0);
  return { atMs, windowEndMs: status.at("window_end").number, taken: sum("position"), lag: sum("lag") };
}
