// The facts about a running daemon: its answers, and how far it had come in the first sample and in the last.

import type { HttpAddress } from "../http_client/http_address.ts";
import type { HttpOutcome } from "../http_client/http_client.ts";
import { JsonValue } from "../text/json_value.ts";
import { formatAddress } from "../text/address.ts";

/** How far a daemon had come at one moment. */
export interface ProgressSample {
  /** By the monotonic clock. */
  readonly atMs: number;
  /** End of the newest closed window; undefined before the first. */
  readonly windowEndMs: number | undefined;
  /** Sum of the positions of its partitions. */
  readonly position: number;
  /** Sum of the lags that are known. */
  readonly lag: number;
}

export interface DaemonFacts {
  readonly url: string;
  /** The answers of `/healthz`, `/readyz`, `/api/v1/status` and `/metrics`. Without the first, the others are missing. */
  readonly health: HttpOutcome;
  readonly ready?: HttpOutcome;
  readonly status?: HttpOutcome;
  readonly metrics?: HttpOutcome;
  /** Missing if the status cannot be read. */
  readonly progress?: { readonly first: ProgressSample; readonly last: ProgressSample };
}

/** The daemon's own facts, to compare with Prometheus and Grafana. Undefined values are not known. */
export interface DaemonTruth {
  readonly host: string;
  readonly port: number;
  /** `HOST:PORT` */
  readonly address: string;
  readonly name: string | undefined;
  readonly uptimeMs: number | undefined;
  readonly windowEndMs: number | undefined;
  readonly processStartSeconds: number | undefined;
  readonly slideMs: number;
}

/** @param status the answer of `/api/v1/status` */
export function readProgress(status: JsonValue, atMs: number): ProgressSample {
  const partitions = status.at("partitions").items ?? [];
  const sum = (name: string) => partitions.reduce((sum, one) => sum + (one.at(name).number ?? 0), 0);
  return { atMs, windowEndMs: status.at("window_end").number, position: sum("position"), lag: sum("lag") };
}

/** @param expected.name the name in the configuration, if that can be read */
export function readTruth(
  facts: DaemonFacts | undefined,
  { address: { host, port }, name, slideMs }: {
    readonly address: HttpAddress;
    readonly name: string | undefined;
    readonly slideMs: number;
  },
): DaemonTruth {
  const status = jsonOf(facts?.status);
  const uptimeSeconds = status.at("uptime_seconds").number;
  return {
    host,
    port,
    address: formatAddress({ host, port }),
    name: name ?? status.at("name").text,
    uptimeMs: uptimeSeconds === undefined ? undefined : uptimeSeconds * 1000,
    windowEndMs: status.at("window_end").number,
    processStartSeconds: metricOf(facts?.metrics, "process_start_time_seconds"),
    slideMs,
  };
}

/** The value of a metric without labels in the answer of `/metrics`. */
export function metricOf(metrics: HttpOutcome | undefined, name: string): number | undefined {
  const start = `${name} `;
  const text = metrics?.kind === "answer" ? metrics.text : "";
  const line = text.split("\n").find((line) => line.startsWith(start));
  return line === undefined ? undefined : Number(line.slice(start.length));
}

/** The answer as JSON, whatever its status. */
export function jsonOf(outcome: HttpOutcome | undefined): JsonValue {
  return outcome?.kind === "answer" ? JsonValue.parse(outcome.text) : JsonValue.nothing;
}
