// Runs the configurations that open the README's "Use" on made-up records, through `rtcount count`.

import assert from "node:assert/strict";
import { runCount } from "../../lib/cli/count.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { readingRules } from "../../lib/settings/reading_settings.ts";
import { wordRules } from "../../lib/settings/word_settings.ts";

const START_MS = 1_764_496_800_000;

const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
const [, use] = readme.split("\n## Use\n");
const [hotKeys, topClients, topErrors] = [...use.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, yaml]) =>
  yaml
);

interface Sent {
  readonly key?: string;
  readonly value: unknown;
}

/** The top of the window that covers all records. */
async function topOf(yaml: string, records: readonly Sent[]): Promise<unknown> {
  const config = parseConfig(yaml, { file: "README.md" });
  const lines = records.map(({ key = null, value }, offset) => {
    const payload = typeof value === "string" ? value : JSON.stringify(value);
    return JSON.stringify({ topic: "t", partition: 0, offset, ts: START_MS + offset, key, payload });
  });
  let output = "";
  await runCount({
    files: [],
    format: "kcat",
    output: "json",
    rules: wordRules(config),
    window: {
      lengthMs: config.window.length,
      slideMs: config.window.slide,
      maxWords: config.window.max_words,
    },
    top: config.top,
    reading: readingRules(config),
    stdin: ReadableStream.from([new TextEncoder().encode(lines.join("\n"))]),
    stdout: (text) => output += text,
    log: { warn: (message, fields) => assert.fail(`${message} ${JSON.stringify(fields)}`) },
  });
  return JSON.parse(output.split("\n")[0]).top;
}

Deno.test("README.md: hot keys of a topic", async () => {
  const records = ["customer-17", "customer-4, Berlin", "customer-17", "customer-99", "customer-17"];
  assert.deepEqual(await topOf(hotKeys, records.map((key) => ({ key, value: "order placed, paid" }))), [
    ["customer-17", 3],
    ["customer-4, Berlin", 1],
    ["customer-99", 1],
  ]);
});

/** A line of nginx with `escape=json`. */
function request(remote_addr: string, status: number, body_bytes_sent: number): Sent {
  return {
    value: {
      time: "2026-11-30T10:00:00+00:00",
      remote_addr,
      request: `GET /api/items?id=${status} HTTP/1.1`,
      status,
      body_bytes_sent,
      request_time: 0.123,
      http_user_agent: "Mozilla/5.0 (X11; Linux x86_64)",
    },
  };
}

Deno.test("README.md: top client addresses of nginx logs with status >= 500, by bytes", async () => {
  const records = [
    request("203.0.113.7", 200, 90_000),
    request("203.0.113.7", 502, 157),
    request("198.51.100.23", 500, 4_096),
    request("198.51.100.23", 503, 4_096),
    request("2001:db8::1", 499, 1_000_000),
    request("2001:db8::1", 504, 0),
  ];
  assert.deepEqual(await topOf(topClients, records), [["198.51.100.23", 8_192], ["203.0.113.7", 157]]);
});

function message(service: string, level: string, message: string): Sent {
  return { value: { time: "2026-11-30T10:00:00Z", level, service, message, thread: "http-nio-8080-exec-7" } };
}

Deno.test("README.md: top error messages with ids masked", async () => {
  const records = [
    message("orders", "ERROR", "order 4711 not found, retry 1 of 3"),
    message("orders", "ERROR", "order 815 not found, retry 2 of 3"),
    message("orders", "INFO", "order 815 placed"),
    message("payment", "ERROR", "no answer for 0f8fad5b-d9cb-469f-a165-70867728950e in 3000 ms"),
    message("payment", "ERROR", "no answer for 7c9e6679-7425-40de-944b-e07fc1f90ae7 in 2500 ms"),
    message("payment", "ERROR", "no answer for 1f2e3d4c-7425-40de-944b-e07fc1f90ae8 in 2999 ms"),
    message("orders", "FATAL", "trace 4bf92f3577b34da6a3ce929d0e0e4736 has no end"),
  ];
  assert.deepEqual(await topOf(topErrors, records), [
    ["payment: no answer for <UUID> in <N> ms", 3],
    ["orders: order <N> not found, retry <N> of <N>", 2],
    ["orders: trace <ID> has no end", 1],
  ]);
});
