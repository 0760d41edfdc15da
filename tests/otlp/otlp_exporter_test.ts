import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import type { HttpOutcome } from "../../lib/http_client/http_client.ts";
import type { Log } from "../../lib/log/log.ts";
import { collectorAt, pushMetrics } from "../../lib/otlp/otlp_exporter.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { readRequest } from "./otlp_collector.ts";

const INTERVAL_MS = 15_000;
const URL = "http://collector.example:4318/v1/metrics";

function answer(status: number): HttpOutcome {
  return { kind: "answer", status, text: "" };
}

/** An exporter of one metric, which counts how often it was asked, and a collector that gives `outcomes`, then 200. */
function rig(...outcomes: readonly (HttpOutcome | Promise<HttpOutcome>)[]) {
  const clock = new ManualClock();
  const logged: string[] = [];
  const bodies: string[] = [];
  const log: Log = {
    ...silentLog,
    info: (message) => logged.push(`info: ${message}`),
    warn: (message) => logged.push(`warn: ${message}`),
  };
  const left = [...outcomes];
  const stopping = new AbortController();
  let asked = 0;
  const done = pushMetrics({
    collector: {
      url: URL,
      post(path, { contentType, body }) {
        assert.deepEqual([path, contentType], ["", "application/json"]);
        bodies.push(body);
        return Promise.resolve(left.shift() ?? answer(200));
      },
    },
    resource: { serviceName: "job", serviceVersion: "1.2.3", serviceInstanceId: "one" },
    families: () => {
      const samples = [{ name: "asked_total", labels: {}, value: ++asked }];
      return Promise.resolve([{ name: "asked_total", help: "Calls.", type: "counter", samples }]);
    },
    clock,
    log,
  }, stopping.signal);
  async function pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 250) {
      clock.advance(250);
      await settle();
    }
  }
  return { bodies, logged, pass, stop: () => (stopping.abort(), done) };
}

/** The value that each body carries. */
function valuesOf(bodies: readonly string[]): number[] {
  return bodies.map((body) => readRequest(body).points[0].value);
}

Deno.test("pushMetrics() pushes every 15 s", async () => {
  const { bodies, logged, pass, stop } = rig();
  await pass(INTERVAL_MS - 250);
  assert.deepEqual(bodies, []);
  await pass(250);
  assert.deepEqual(valuesOf(bodies), [1]);
  await pass(2 * INTERVAL_MS);
  assert.deepEqual(valuesOf(bodies), [1, 2, 3]);
  assert.deepEqual(logged, [`info: metrics are pushed to ${URL} every 15 s`]);
  await stop();
});

Deno.test("pushMetrics() sends a push three times at most, and again only where the protocol allows it", async () => {
  const cases: [outcomes: HttpOutcome[], sent: number][] = [
    [[answer(200)], 1],
    [[answer(503), answer(429), answer(200)], 3],
    [[answer(502), answer(504), answer(503), answer(200)], 3],
    [[{ kind: "failure", failure: "refused", reason: "connection refused" }, answer(204)], 2],
    [[answer(400), answer(200)], 1],
    [[answer(401)], 1],
    [[answer(301)], 1],
  ];
  for (const [outcomes, sent] of cases) {
    const { bodies, pass, stop } = rig(...outcomes);
    await pass(INTERVAL_MS + 10_000);
    assert.deepEqual(valuesOf(bodies), Array(sent).fill(1), JSON.stringify(outcomes));
    await stop();
  }
});

Deno.test("pushMetrics() logs an outage once a minute, and its end", async () => {
  const refused: HttpOutcome = { kind: "failure", failure: "refused", reason: "connection refused" };
  const { logged, pass, stop } = rig(...Array(9).fill(refused));
  await pass(4 * INTERVAL_MS + 10_000);
  assert.deepEqual(logged.slice(1), [
    `warn: the metrics cannot be pushed to ${URL}: connection refused; trying again`,
    "info: recovered",
  ]);
  await stop();
});

Deno.test("pushMetrics() has one push under way at most, and ends when it is told to", async () => {
  const never = Promise.withResolvers<HttpOutcome>();
  const { bodies, pass, stop } = rig(never.promise);
  await pass(10 * INTERVAL_MS);
  assert.equal(bodies.length, 1);
  const stopped = stop();
  never.resolve({ kind: "failure", failure: "silent", reason: "no answer" });
  await stopped;
  assert.equal(bodies.length, 1);
});

Deno.test("collectorAt() adds /v1/metrics where it is missing", () => {
  const options = { clock: new ManualClock(), signal: new AbortController().signal };
  const cases: [endpoint: string, url: string][] = [
    ["http://localhost:4318", "http://localhost:4318/v1/metrics"],
    ["http://localhost:4318/", "http://localhost:4318/v1/metrics"],
    ["https://host/otel/", "https://host/otel/v1/metrics"],
    ["http://localhost:4318/v1/metrics", "http://localhost:4318/v1/metrics"],
  ];
  for (const [endpoint, url] of cases) assert.equal(collectorAt(endpoint, options).url, url);
});

Deno.test("collectorAt() reads no long answer", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("x".repeat(70_000)),
  );
  const signal = new AbortController().signal;
  const collector = collectorAt(`http://127.0.0.1:${server.addr.port}`, { clock: systemClock, signal });
  const outcome = await collector.post("", { contentType: "application/json", body: "{}" });
  assert.equal(outcome.kind === "failure" && outcome.reason, "the answer is longer than 65536 bytes");
});
