import assert from "node:assert/strict";
import { processStartSeconds, readProcessStats } from "../../lib/metrics/process_stats.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

Deno.test(
  "readProcessStats() reads memory and CPU time without any permission",
  { permissions: "none" },
  () => {
    const { residentMemoryBytes, cpuSeconds } = readProcessStats();
    assert.ok(residentMemoryBytes !== undefined && residentMemoryBytes > 10e6 && residentMemoryBytes < 4e9);
    assert.ok(cpuSeconds !== undefined && cpuSeconds > 0);
    let sum = 0;
    for (let i = 0; i < 20_000_000; i++) sum += i % 7;
    assert.ok(sum > 0);
    assert.ok((readProcessStats().cpuSeconds ?? 0) > cpuSeconds);
  },
);

Deno.test("readProcessStats() agrees with /proc", { ignore: Deno.build.os !== "linux" }, async () => {
  const status = await Deno.readTextFile("/proc/self/status");
  const rssBytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  const { residentMemoryBytes = 0 } = readProcessStats();
  assert.ok(Math.abs(residentMemoryBytes - rssBytes) < 0.2 * rssBytes, `${residentMemoryBytes}, ${rssBytes}`);
});

Deno.test("processStartSeconds() is the wall clock at the zero of the monotonic clock", () => {
  assert.equal(
    processStartSeconds(new ManualClock({ nowMs: 1_763_805_600_500, monotonicMs: 1500 })),
    1_763_805_599,
  );
});
