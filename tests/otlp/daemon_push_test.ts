import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../lib/async/clock.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { startDaemon } from "../../lib/daemon/daemon.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { OtlpCollector, readRequest } from "./otlp_collector.ts";

const INTERVAL_MS = 15_000;

/** The system's clock, on which the interval of the pushes is short. */
const CLOCK: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === INTERVAL_MS ? 50 : ms, signal),
};

Deno.test("startDaemon() pushes the figures of /metrics, and nothing without an endpoint", async () => {
  await using collector = new OtlpCollector();
  const text =
    "source: {synthetic: {tasks: [{name: a, rate: 50}]}}\nhttp: {listen: 127.0.0.1:0}\noutput: {console: false}";
  const start = (endpoint?: string) =>
    startDaemon({
      config: parseConfig(text, {
        env: (name) => name === "OTEL_EXPORTER_OTLP_ENDPOINT" ? endpoint : undefined,
      }),
      log: silentLog,
      stdout() {},
      clock: CLOCK,
    });
  const daemon = await start(collector.url);
  await collector.received(2);
  const scraped = await (await fetch(`${daemon.url}/metrics`)).text();
  await daemon.stop();
  const pushes = collector.pushes.length;
  const { path, contentType, body } = collector.pushes[pushes - 1];
  assert.deepEqual([path, contentType], ["/v1/metrics", "application/json"]);
  const { points, resource } = readRequest(body);
  assert.equal(resource["service.name"], "rtcount");
  const names = new Set(points.map(({ name }) => name));
  for (const [, name] of scraped.matchAll(/^(\w+)(?:\{| )/gm)) {
    if (name !== "rtcount_window_word_occurrences") assert.ok(names.has(name), name);
  }
  const build = points.find(({ name }) => name === "rtcount_build_info");
  assert.equal(build?.attributes.job_name, "rtcount");

  const quiet = await start();
  await new Promise((resolve) => setTimeout(resolve, 0));
  await quiet.stop();
  assert.equal(collector.pushes.length, pushes);
});
