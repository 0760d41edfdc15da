import assert from "node:assert/strict";
import { formatReplay, ReplayLog } from "../../lib/source/replay_log.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

Deno.test("formatReplay() shows the numbers, and the percentage rounded down", () => {
  assert.equal(
    formatReplay({ left: 360_000, total: 480_000 }),
    "reading back 120000 of 480000 records (25 %)",
  );
  assert.equal(formatReplay({ left: 1, total: 1000 }), "reading back 999 of 1000 records (99 %)");
  assert.equal(formatReplay({ left: 7, total: 7 }), "reading back 0 of 7 records (0 %)");
});

Deno.test("ReplayLog.observe() writes a line every 5 s, and one at the end", () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = new ReplayLog({ clock, log: { info: (line) => lines.push(line) } });
  log.observe(undefined);
  for (let left = 100; left > 0; left -= 10) {
    log.observe({ left, total: 100 });
    clock.advance(1_000);
  }
  assert.deepEqual(lines, ["reading back 50 of 100 records (50 %)"]);
  log.observe(undefined);
  log.observe(undefined);
  assert.deepEqual(lines.slice(1), ["all records are read back"]);
});
