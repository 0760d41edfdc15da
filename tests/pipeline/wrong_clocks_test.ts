// Records dated ahead of the clock: in a backlog, in a replay, and beyond `max_future`.

import assert from "node:assert/strict";
import { fakeBatch } from "../fakes/fake_source.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { at, rig } from "./pipeline_rig.ts";

const NOW_MS = 1_000_000;

Deno.test("Pipeline.turn() closes no window by a record ahead of the clock before the rest of the backlog", () => {
  const { source, windows, closed, run, counts } = rig({ latenessMs: 2_000 });
  const [queue] = source.assign([{}], { closedUntilMs: 980_000, firstEndMs: 982_000 });
  queue.highWatermark = 3;
  queue.push(fakeBatch([at(0, 981_000), at(1, NOW_MS + 30_000, "fast")]));
  run(1);
  assert.equal(closed.length, 0, "the clock is later than the backlog");
  queue.push(fakeBatch([at(2, 985_000)]));
  run();
  assert.equal(counts["late counted"] ?? counts["late dropped"] ?? 0, 0);
  assert.equal(windows.last?.result.endMs, 998_000, "at the end of the log it counts as the clock");
});

Deno.test("Pipeline.turn() counts a record ahead of the clock as the time at which its fetch was sent", () => {
  const { source, windows, run } = rig({ clock: new ManualClock({ nowMs: NOW_MS, monotonicMs: 50_000 }) });
  const [queue] = source.assign([{}], { closedUntilMs: 980_000, firstEndMs: 982_000 });
  queue.highWatermark = 1;
  queue.highWatermarkAskedMs = 40_000;
  queue.push(fakeBatch([at(0, NOW_MS + 30_000, "fast")], { arrivedMs: 40_100 }));
  run();
  assert.equal(windows.last?.result.endMs, 990_000, "a process that was frozen since may not have read all");
});

Deno.test("Pipeline.turn() closes windows in a stream of records ahead of the clock that never ends", () => {
  const clock = new ManualClock({ nowMs: NOW_MS });
  const { source, pipeline, windows } = rig({ clock });
  const [queue] = source.assign([{}], { closedUntilMs: 980_000, firstEndMs: 982_000 });
  for (let offset = 0; offset < 400; offset += 4) {
    queue.push(fakeBatch([0, 1, 2, 3].map((n) => at(offset + n, clock.nowMs() + 200))));
    queue.highWatermark = offset + 10;
    pipeline.turn();
    clock.advance(100);
  }
  const endMs = windows.last?.result.endMs ?? 0;
  assert.ok(endMs >= clock.nowMs() - 4_000, `${endMs}`);
});

Deno.test("Pipeline.turn() closes no window during a replay, and continues with the noted watermark", () => {
  const { source, closed, run, counts } = rig({ latenessMs: 2_000 });
  const [queue] = source.assign([{
    replayUntil: 3,
    earlier: { offset: 3, watermarkMs: 984_000, future: [{ offset: 1, fromMs: 992_000 }] },
  }], { closedUntilMs: 980_000, firstEndMs: 982_000 });
  queue.highWatermark = 9;
  queue.push(fakeBatch([at(0, 991_000, "fast"), at(1, 992_000, "skipped"), at(2, 980_500)]));
  run();
  assert.deepEqual(closed.map(({ endMs }) => endMs), [982_000, 984_000], "up to the noted watermark");
  assert.deepEqual(counts, { "replayed events": 3 });
  queue.push(fakeBatch([at(3, 985_000)]));
  run();
  assert.deepEqual(closed.map(({ endMs }) => endMs), [982_000, 984_000]);
  queue.push(fakeBatch([at(4, 997_000)]));
  run();
  const { records, top } = closed.at(-1) ?? {};
  assert.deepEqual(
    [records, top?.map(({ word }) => word)],
    [2, ["a", "fast"]],
    "skipped once, skipped again",
  );
});

Deno.test("Pipeline saves the watermark and the records skipped as future with its progress and its snapshots", async () => {
  const { source, pipeline, run, counts } = rig();
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([at(0, 990_000), at(1, NOW_MS + 70_000), at(2, 991_000)]));
  run();
  assert.equal(counts["skipped future"], 1);
  await pipeline.finish();
  const future = [{ offset: 1, fromMs: NOW_MS + 70_000 }];
  assert.deepEqual(source.saved.at(-1)?.partitions[0].notes, { watermarkMs: 991_000, future });
  assert.deepEqual(pipeline.takeSnapshot()?.partitions[0].future, future);
});

Deno.test("Pipeline.turn() skips records dated before the first window, and counts them once over runs", () => {
  const first = { closedUntilMs: -Infinity, firstEndMs: 990_000 };
  const records = [at(0, 900_000), at(1, 900_001), at(2, 985_000), at(3, 979_999)];
  const { source, run, counts } = rig();
  const [queue] = source.assign([{}], first);
  queue.push(fakeBatch(records));
  run();
  assert.equal(counts["skipped before_start"], 3);
  assert.deepEqual([counts["taken events"], counts.counted], [4, 1]);
  const again = rig();
  const [replayed] = again.source.assign([{ replayUntil: 4 }], first);
  replayed.push(fakeBatch(records));
  again.run();
  assert.deepEqual(again.counts, { "replayed events": 4 });
});

Deno.test("Pipeline.skipping names batches that cannot be decoded", () => {
  const { source, pipeline, run } = rig();
  const [queue] = source.assign([{}]);
  const problem = { reason: "corrupt", records: 5, message: "its CRC is wrong" } as const;
  queue.push(fakeBatch([], { nextOffset: 5, problem }));
  queue.push(fakeBatch([], { nextOffset: 10, problem }));
  run();
  assert.equal(pipeline.skipping, "10 records were skipped as corrupt: see the log");
});

Deno.test("Pipeline.skipping names what is skipped while nothing is counted, and by how much clocks differ", () => {
  const clock = new ManualClock({ nowMs: NOW_MS });
  const { source, pipeline, run } = rig({ clock });
  const [queue] = source.assign([{}], { closedUntilMs: -Infinity, firstEndMs: 990_000 });
  assert.equal(pipeline.skipping, undefined);
  queue.push(fakeBatch([at(0, NOW_MS + 3_600_000), at(1, NOW_MS + 7_200_000), at(2, 640_000), at(3, NaN)]));
  run();
  const text = pipeline.skipping ?? "";
  assert.match(text, /^2 records were skipped as future, the last one dated 7200 s ahead of .*clock/);
  assert.match(text, /; 1 record was skipped as before_start, the last one dated 360 s before .*earliest/);
  assert.match(text, /; 1 record was skipped as no_timestamp: set /);
  queue.push(fakeBatch([at(4, 995_000)]));
  run();
  assert.equal(pipeline.skipping, undefined);
  queue.push(fakeBatch([at(5, NOW_MS + 3_600_000)]));
  run();
  assert.equal(pipeline.skipping, undefined, "records are counted, too");
  clock.advance(10_000);
  assert.match(pipeline.skipping ?? "", /^1 record was skipped as future/);
});
