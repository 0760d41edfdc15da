import assert from "node:assert/strict";
import { formatExportRequest } from "../../lib/otlp/export_request.ts";
import { parseExposition } from "../metrics/exposition.ts";
import { eventfulMetrics } from "../metrics/sample_metrics.ts";
import { readRequest } from "./otlp_collector.ts";

const RESOURCE = { serviceName: "job", serviceVersion: "1.2.3", serviceInstanceId: "one" };
const TIMES = { startMs: Date.UTC(2026, 10, 22, 9), nowMs: Date.UTC(2026, 10, 22, 10) };

function keyOf(name: string, labels: Iterable<readonly [string, string]>): string {
  return JSON.stringify([name, ...[...labels].sort()]);
}

Deno.test("formatExportRequest() has the names, labels and values that a scrape has", async () => {
  const metrics = eventfulMetrics();
  const { points, resource } = readRequest(
    formatExportRequest(await metrics.families(metrics.state), RESOURCE, TIMES),
  );
  const pushed = new Map(
    points.map(({ name, attributes, value }) => [keyOf(name, Object.entries(attributes)), value]),
  );
  assert.equal(pushed.size, points.length, "no sample occurs twice");
  const scraped = new Map<string, number>();
  for (const { samples } of parseExposition((await metrics.render("text")).body).values()) {
    for (const { name, labels, value } of samples) scraped.set(keyOf(name, labels), value);
  }
  assert.ok(scraped.size > 50);
  assert.deepEqual([...pushed.keys()].sort(), [...scraped.keys()].sort());
  for (const [key, value] of scraped) {
    if (!key.includes("process_")) assert.equal(pushed.get(key), value, key);
  }
  assert.deepEqual(resource, {
    "service.name": "job",
    "service.version": "1.2.3",
    "service.instance.id": "one",
  });
});

Deno.test("formatExportRequest() writes numbers that JSON does not have as protobuf's JSON does", () => {
  const samples = [Infinity, -Infinity, NaN].map((value, i) => ({ name: "g", labels: { i }, value }));
  const text = formatExportRequest([{ name: "g", help: "h", type: "gauge", samples }], RESOURCE, TIMES);
  const { metrics: [{ gauge }] } = JSON.parse(text).resourceMetrics[0].scopeMetrics[0];
  assert.deepEqual(gauge.dataPoints.map(({ asDouble }: { asDouble: unknown }) => asDouble), [
    "Infinity",
    "-Infinity",
    "NaN",
  ]);
  assert.equal(gauge.dataPoints[0].timeUnixNano, "1795341600000000000");
});

Deno.test("formatExportRequest() leaves out a metric without a sample", () => {
  const text = formatExportRequest([{ name: "g", help: "h", type: "gauge", samples: [] }], RESOURCE, TIMES);
  assert.deepEqual(readRequest(text).points, []);
});
