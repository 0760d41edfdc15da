import assert from "node:assert/strict";
import type { TargetFacts } from "../../lib/check/prometheus_facts.ts";
import { findTarget } from "../../lib/check/prometheus_facts.ts";

function target(job: string, instance: string, url = `http://${instance}/metrics`): TargetFacts {
  return { job, instance, url, health: "up", lastError: "", intervalMs: 15_000, timeoutMs: 10_000 };
}

const PROMETHEUS = target("prometheus", "localhost:9090");

Deno.test("findTarget() finds the daemon by host and port, whatever the target's labels", () => {
  const rows: [url: string, host: string, port: number, found: boolean][] = [
    ["http://localhost:8000/", "127.0.0.1", 8000, true],
    ["http://127.0.0.1:8000/metrics", "localhost", 8000, true],
    ["http://[::1]:8000/", "127.0.0.1", 8000, true],
    ["http://localhost:8001/", "127.0.0.1", 8000, false],
    ["http://10.0.0.5:8000/", "127.0.0.1", 8000, false],
    ["http://10.0.0.5:8000/", "10.0.0.5", 8000, true],
    ["http://counter.example/", "counter.example", 80, true],
    ["https://counter.example/", "counter.example", 443, true],
    ["no address", "127.0.0.1", 8000, false],
  ];
  for (const [url, host, port, found] of rows) {
    const one = target("app", "label", url);
    const got = findTarget([PROMETHEUS, one], { daemon: { host, port }, named: [] });
    assert.equal(got === one, found, url);
  }
});

Deno.test("findTarget() finds the daemon by its name if Prometheus knows another address", () => {
  const one = target("app", "counter.example:8000");
  const daemon = { host: "127.0.0.1", port: 8000 };
  assert.equal(
    findTarget([PROMETHEUS, one], { daemon, named: [{ job: "app", instance: one.instance }] }),
    one,
  );
  const likelier = target("app", "other.example:8000");
  assert.equal(
    findTarget([one, likelier], { daemon, named: [{ job: "app", instance: "gone:1" }, likelier, one] }),
    likelier,
  );
  assert.equal(
    findTarget([PROMETHEUS, one], { daemon, named: [{ job: "app", instance: "gone:1" }] }),
    undefined,
  );
});
