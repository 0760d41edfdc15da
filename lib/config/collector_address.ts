// The address of an OpenTelemetry collector, and the environment variable that stands for it.

import type { ConfigProblem } from "./config_error.ts";
import { childIn, type Path, type Places } from "./places.ts";
import { parseHttpAddress } from "../http_client/http_address.ts";

/** OpenTelemetry's specification names this variable. */
const VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT";
const KEY: Path = ["metrics", "otlp", "endpoint"];

export const WANTED_COLLECTOR = "an http or https address without a login";

/** A login would be shown wherever the configuration is. */
export function isCollectorAddress(text: string): boolean {
  const address = parseHttpAddress(text);
  return address !== undefined && address.authorization === undefined && !/[?#]/.test(text);
}

/**
 * Puts the variable in place of a key that neither the file nor the command line has. A wrong variable is left out, as
 * OpenTelemetry's specification says, and returned as a hint.
 */
export function addCollector(
  root: Record<string, unknown>,
  { env, places }: { readonly env: (name: string) => string | undefined; readonly places: Places },
): ConfigProblem | undefined {
  const value = env(VARIABLE);
  const isGiven = KEY.reduce<unknown>(childIn, root) !== undefined;
  if (value === undefined || value === "" || isGiven) return undefined;
  if (!isCollectorAddress(value)) {
    return { file: VARIABLE, path: KEY.join("."), message: `is left out, wanted ${WANTED_COLLECTOR}` };
  }
  const metrics = mappingIn(root, "metrics");
  const otlp = metrics && mappingIn(metrics, "otlp");
  // The schema reports a value that is no mapping.
  if (otlp === undefined) return undefined;
  otlp.endpoint = value;
  places.set(KEY, { file: VARIABLE });
  return undefined;
}

/** The mapping under a key; a new one for a key that is absent. */
function mappingIn(holder: Record<string, unknown>, key: string): Record<string, unknown> | undefined {
  const value = holder[key] ??= {};
  return typeof value === "object" && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
}
