import assert from "node:assert/strict";
import { formatProgress, ProgressBar } from "../../lib/cli/progress_bar.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

Deno.test("formatProgress() shows share, amount, speed and remaining time, as far as they are known", () => {
  const table: readonly (readonly [[number, number | undefined, number], string])[] = [
    [[0, 4e9, 0], `  0 % ${"░".repeat(30)} 0 B of 4.0 GB  0 B/s`],
    [[1e9, 4e9, 4_000], ` 25 % ${"█".repeat(7)}${"░".repeat(23)} 1.0 GB of 4.0 GB  250 MB/s  12 s left`],
    [[999e6, 1e9, 1_000], ` 99 % ${"█".repeat(29)}░ 999 MB of 1.0 GB  999 MB/s  1 s left`],
    [[2e6, 1e6, 1_000], `100 % ${"█".repeat(30)} 2.0 MB of 1.0 MB  2.0 MB/s  0 s left`],
    [[1e6, 1e9, 1_000], `  0 % ${"░".repeat(30)} 1.0 MB of 1.0 GB  1.0 MB/s  16 min 39 s left`],
    [[1e6, 1e10, 1_000], `  0 % ${"░".repeat(30)} 1.0 MB of 10 GB  1.0 MB/s  2 h 46 min left`],
    [[999_600, undefined, 1_000], "1.0 MB  1.0 MB/s"],
    [[500, undefined, 500], "500 B  1.0 kB/s"],
    [[0, 0, 1_000], "0 B  0 B/s"],
  ];
  for (const [[done, total, elapsedMs], line] of table) {
    assert.equal(formatProgress({ done, total, elapsedMs, unit: "bytes" }), line);
  }
  const records = { done: 1.5e6, total: 4e6, elapsedMs: 1_250, unit: "records" } as const;
  assert.equal(
    formatProgress(records),
    ` 37 % ${"█".repeat(11)}${"░".repeat(19)} 1.5M of 4.0M records  1.2M records/s  3 s left`,
  );
  assert.equal(formatProgress({ ...records, total: undefined }), "1.5M records  1.2M records/s");
});

Deno.test("ProgressBar rewrites one line, at most ten times a second, and erases it", () => {
  const clock = new ManualClock();
  const written: string[] = [];
  const bar = new ProgressBar({
    unit: "bytes",
    write: (text) => written.push(text),
    columns: () => 20,
    clock,
  });
  bar.expect(2_000);
  for (let n = 0; n < 100; n++) {
    bar.add(10);
    clock.advance(10);
  }
  bar.finish();
  bar.add(10);
  bar.finish();
  assert.equal(written.length, 6);
  assert.equal(written[0], "\r\x1b[K 25 % ███████░░░░░░");
  assert.ok(written.slice(0, 5).every((text) => text.length === 23));
  assert.equal(written[5], "\r\x1b[K");
});

Deno.test("ProgressBar shows nothing for short work", () => {
  const written: string[] = [];
  const bar = new ProgressBar({
    unit: "bytes",
    write: (text) => written.push(text),
    columns: () => 80,
    clock: new ManualClock(),
  });
  bar.expect(100);
  bar.add(100);
  bar.finish();
  assert.deepEqual(written, []);
});
