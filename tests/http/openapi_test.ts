// The description of the HTTP surface against what a daemon answers, and a server whose view says what no healthy daemon
// does. Whatever is described must have been seen, and whatever is seen must be described, down to the last key.

import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parseConfig } from "../../lib/config/load.ts";
import { startDaemon } from "../../lib/daemon/daemon.ts";
import { MAX_STREAMS } from "../../lib/http/event_streams.ts";
import openApi from "../../lib/http/openapi.json" with { type: "json" };
import { startHttpServer } from "../../lib/http/server.ts";
import { EventParser } from "../../lib/top/event_parser.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { fakeView } from "../fakes/fake_view.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Readers are to ignore keys that they do not know; here none may be there that is not described. */
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in schema && schema.type === "object"
    ? { ...inner, additionalProperties: false }
    : inner;
}

const ajv = new Ajv2020({ strict: false });
ajv.addSchema(closed(openApi as Json) as Record<string, Json>, "openapi");

function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
}

function assertValid(pointer: readonly string[], value: unknown): void {
  const validate = ajv.compile({ $ref: `openapi#/${pointer.map(escapePointer).join("/")}` });
  assert.ok(validate(value), `${pointer.join(" ")}: ${ajv.errorsText(validate.errors)}`);
}

const seen = new Set<string>();

/** Holds an answer against what is described for the path. */
async function check(url: string, path: string, target: string, init: RequestInit = {}): Promise<void> {
  const response = await fetch(url + target, init);
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  seen.add(`${path} ${response.status} ${type}`);
  const content = ["paths", path, "get", "responses", String(response.status), "content", type, "schema"];
  if (type === "text/event-stream") return await checkEvents(response);
  const text = await response.text();
  assertValid(content, type === "application/json" ? JSON.parse(text) : text);
}

async function checkEvents(response: Response): Promise<void> {
  const parser = new EventParser();
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? assert.fail();
  for (let events = 0; events < 2;) {
    for (const { id, type, data } of parser.push((await reader.read()).value ?? assert.fail("it ended"))) {
      assertValid(["components", "schemas", "Window"], JSON.parse(data));
      assert.deepEqual([type, id], ["window", String(JSON.parse(data).window_end)]);
      events++;
    }
  }
  await reader.cancel();
}

const CONFIG = `
source: {synthetic: {tasks: [{name: t, rate: 1000}], words_per_record: 3}}
window: {length: 1s, slide: 100ms, lateness: 0s}
new_words: {enabled: true, learn: 0s}
http: {listen: "127.0.0.1:0"}
output: {console: false}
`;

async function askDaemon(): Promise<void> {
  const daemon = await startDaemon({ config: parseConfig(CONFIG), log: silentLog, stdout() {} });
  const { url } = daemon;
  const topOf = async () => {
    const { top } = await (await fetch(`${url}/api/v1/top`)).json();
    return top?.[0]?.[0] as string | undefined;
  };
  let word = await topOf();
  while (word === undefined) word = await topOf();
  await check(url, "/", "/");
  for (const accept of ["text/plain", "application/openmetrics-text"]) {
    await check(url, "/metrics", "/metrics", { headers: { accept } });
    await check(url, "/", "/", { headers: { accept } });
  }
  await check(url, "/", "/", { headers: { accept: "text/html" } });
  await check(url, "/healthz", "/healthz");
  await check(url, "/readyz", "/readyz");
  await check(url, "/api/v1/top", "/api/v1/top");
  await check(url, "/api/v1/top", "/api/v1/top?k=1000");
  await check(url, "/api/v1/top", "/api/v1/top?k=0");
  await check(url, "/api/v1/rising", "/api/v1/rising");
  await check(url, "/api/v1/rising", "/api/v1/rising?k=1001");
  await check(url, "/api/v1/new", "/api/v1/new");
  await check(url, "/api/v1/new", "/api/v1/new?k=1001");
  await check(url, "/api/v1/words/{word}", `/api/v1/words/${word}`);
  await check(url, "/api/v1/words/{word}", "/api/v1/words/no%2Fsuch/word");
  await check(url, "/api/v1/words/{word}", "/api/v1/words/%FF");
  await check(url, "/api/v1/stream", "/api/v1/stream");
  await check(url, "/api/v1/stream", "/api/v1/stream?last_event_id=0");
  await check(url, "/api/v1/stream", "/api/v1/stream?last_event_id=x");
  await check(url, "/api/v1/status", "/api/v1/status");
  await check(url, "/api/v1/openapi.json", "/api/v1/openapi.json");
  const general = [["/nowhere", "GET"], ["/metrics", "POST"]] as const;
  for (const [target, method] of general) {
    assertValid(["components", "schemas", "Error"], await (await fetch(url + target, { method })).json());
  }
  await daemon.stop();
}

async function askServerInTrouble(): Promise<void> {
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    log: { warn() {}, error() {} },
    view: fakeView({
      health: () => ({ ok: false, reason: "nothing has been processed for 20 s" }),
      ready: () => ({ ready: false, reason: "connecting to 127.0.0.1:9092" }),
      word: () => ({ kind: "unknown", reason: "the partitions have changed: wait for the next window" }),
    }),
  });
  const { url } = server;
  await check(url, "/healthz", "/healthz");
  await check(url, "/readyz", "/readyz");
  await check(url, "/api/v1/top", "/api/v1/top");
  await check(url, "/api/v1/rising", "/api/v1/rising");
  await check(url, "/api/v1/new", "/api/v1/new");
  await check(url, "/api/v1/words/{word}", "/api/v1/words/a");
  const streams = await Promise.all(
    Array.from({ length: MAX_STREAMS }, () => fetch(`${url}/api/v1/stream`)),
  );
  await check(url, "/api/v1/stream", "/api/v1/stream");
  await Promise.all(streams.map(({ body }) => body?.cancel()));
  await server.stop();
}

function checkAllSeen(): void {
  const described = Object.entries(openApi.paths).flatMap(([path, { get }]) =>
    Object.entries(get.responses).flatMap(([status, response]) =>
      Object.keys((response as { content: Record<string, unknown> }).content)
        .map((type) => `${path} ${status} ${type}`)
    )
  );
  assert.deepEqual([...seen].sort(), described.sort());
}

Deno.test("lib/http/openapi.json is what is answered", async (t) => {
  await t.step("by a daemon", askDaemon);
  await t.step("by a server whose daemon is in trouble", askServerInTrouble);
  await t.step("and nothing else", checkAllSeen);
});
