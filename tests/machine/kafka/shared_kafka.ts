// One broker for all tests of a file, or of the whole run: the one KAFKA_BROKERS names, else one started on import.

import { startKafka } from "./broker.ts";
import { missingForKafka } from "./distribution.ts";

/** Its brokers, separated by commas; empty if there is none. */
export const bootstrap: string = await find();

/** Whether there is none. For `ignore` of the tests that need one. */
export const missing: boolean = bootstrap === "";

async function find(): Promise<string> {
  const given = Deno.env.get("KAFKA_BROKERS");
  if (given) return given;
  const reason = await missingForKafka();
  if (reason !== undefined) {
    console.error(`no Kafka: ${reason}`);
    return "";
  }
  const kafka = await startKafka();
  // Nothing can be waited for when a test file's modules unload.
  globalThis.addEventListener("unload", () => kafka.stopSync());
  return kafka.bootstrap;
}

/** A name that no other test, and no earlier run on the same broker, has used. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}
