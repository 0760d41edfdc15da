// A configuration with the keys `tls` and `sasl` of a Kafka source, and the problems that loading it finds.

import assert from "node:assert/strict";
import { ConfigError } from "../../lib/config/config_error.ts";
import { loadConfig } from "../../lib/config/load.ts";

export const SECRET = "hunter2";

/** A file whose fifth line begins with what is given; `tls` and `sasl` stand at four columns. */
export function kafka(lines: string): string {
  return `source:\n  kafka:\n    brokers: [a:1]\n    topics: [t]\n    ${lines}\n`;
}

export async function problemsOf(
  text: string,
  read: Partial<Parameters<typeof loadConfig>[0]> = {},
): Promise<string[]> {
  const readTextFile = () => Promise.reject(new Deno.errors.NotFound("No such file"));
  try {
    await loadConfig({ file: "f.yaml", text, readTextFile, ...read });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split("\n").map((line) => line.replace(/^f\.yaml:/, ""));
  }
  return [];
}
