// Tests of the pipeline on a manual clock with a source that a test feeds. A naive recount checks that counts are exact.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Progress } from "../../lib/source/source.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { fakeBatch } from "../fakes/fake_source.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { at, rig, UNLIMITED } from "./pipeline_rig.ts";
import { recount, shown, sorted, streams } from "./recounted_stream.ts";
import { settle } from "../fakes/settle.ts";

/** `deno task test:unit` bounds the time of each property. This one needs all its runs. */
const ALL_RUNS_MS = 60_000;

const ends = (closed: readonly WindowResult[]) => closed.map(({ endMs }) => endMs);

Deno.test("Pipeline.turn() closes windows as the watermark passes, including the first ones", () => {
  const { source, run, closed } = rig();
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([at(0, 1_000, "a,b"), at(1, 3_500, "a"), at(2, 8_000, "c")]));
  run();
  assert.deepEqual(ends(closed), [2_000, 4_000, 6_000, 8_000]);
  assert.deepEqual(closed[1].top, [{ word: "a", count: 2 }, { word: "b", count: 1 }]);
  assert.deepEqual([closed[1].records, closed[1].words, closed[1].distinct], [2, 3, 2]);
});

Deno.test("Pipeline.turn() closes windows while nothing arrives", () => {
  const { source, run, closed, windows } = rig();
  const [queue] = source.assign([{}]);
  queue.highWatermark = 1;
  queue.push(fakeBatch([at(0, 1_000)], { arrivedMs: 100 }));
  run();
  assert.deepEqual(ends(closed), []);
  queue.seeEnd(1_100);
  run();
  assert.deepEqual(ends(closed), [2_000]);
  queue.seeEnd(60_100);
  run();
  assert.deepEqual(ends(closed), [2_000, 4_000, 6_000, 8_000, 10_000]);
  assert.deepEqual([windows.last?.result.endMs, windows.last?.result.records], [60_000, 0]);
});

Deno.test("Pipeline.turn() judges each record by the windows closed before it, even within one batch", () => {
  const { source, run, counts, closed } = rig({ lengthMs: 4_000 });
  const [queue] = source.assign([{}]);
  queue.push(
    fakeBatch([
      at(0, 1_000, "a"),
      at(1, 5_000, "b"),
      at(2, 3_000, "c"),
      at(3, 1_500, "d"),
      at(4, 9_000, "e"),
    ]),
  );
  run();
  assert.equal(counts["late counted"], 1, "one of the two windows that cover it is still open");
  assert.equal(counts["late dropped"], 1);
  assert.deepEqual(closed.map(({ endMs, top }) => [endMs, top.map(({ word }) => word).join("")]), [
    [2_000, "a"],
    [4_000, "a"],
    [6_000, "bc"],
    [8_000, "b"],
  ]);
});

Deno.test("Pipeline.turn() skips invalid records and counts them by reason", () => {
  const { source, run, counts, closed } = rig();
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([
    at(0, 1_000, null),
    at(1, NaN, "no,timestamp"),
    at(2, Date.UTC(9999, 0), "far"),
    at(3, 1_000, "x".repeat(101)),
    at(4, 1_000, ""),
    at(5, 9_000, "b"),
  ]));
  run();
  assert.deepEqual(counts, {
    "taken events": 6,
    "bytes events": 12 + 3 + 101 + 1,
    "skipped no_timestamp": 1,
    "skipped future": 1,
    "skipped too_large": 1,
    "counted": 3,
    "words": 1,
  });
  assert.deepEqual([closed[0].records, closed[0].words], [2, 0]);
});

Deno.test("Pipeline.turn() reports a batch that cannot be decoded and continues", () => {
  const { source, run, counts } = rig();
  const [queue] = source.assign([{}]);
  const problem = { reason: "corrupt" as const, records: 7, message: "the checksum is wrong" };
  queue.push(fakeBatch([], { nextOffset: 7, problem }));
  queue.push(fakeBatch([at(7, 1_000)]));
  run();
  assert.equal(counts["skipped corrupt"], 7);
  assert.equal(counts["taken events"], 1);
});

Deno.test("Pipeline.turn() counts replayed records separately, and never again as late or skipped", () => {
  const { source, run, counts, closed } = rig({ stopWords: ["the"] });
  const [queue] = source.assign([{ startOffset: 5, replayUntil: 9 }], {
    closedUntilMs: 12_000,
    firstEndMs: 14_000,
  });
  queue.push(
    fakeBatch([at(5, 5_000, "old"), at(6, NaN), at(7, 1_000), at(8, 7_000, "the,old"), at(9, 14_000, "new")]),
  );
  run();
  assert.equal(counts["replayed events"], 4);
  assert.equal(counts["taken events"], 1);
  assert.equal(counts["skipped no_timestamp"], undefined);
  assert.equal(counts["late dropped"], undefined);
  assert.equal(counts["words stop_word"], undefined);
  assert.equal(counts["words"], 1);
  assert.deepEqual(closed.map(({ endMs, top }) => [endMs, top]), [[14_000, [{ word: "old", count: 2 }]]]);
});

const JSON_FIELD = { kind: "field", path: "$.m" } as const;

Deno.test("Pipeline.turn() skips records that are not JSON when words come from JSON", () => {
  const { source, run, counts, closed } = rig({ reading: { from: JSON_FIELD } });
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([
    at(0, 1_000, "x"),
    at(1, 1_000, '{"m":"a,b"}'),
    at(2, 1_000, '{"m":"a"}}'),
    at(3, 1_000, null),
    at(4, 1_000, ""),
    at(5, 1_000, '{"m":["\\u0061",7]}'),
    at(6, 1_000, "{}"),
    at(7, 3_000, "x"),
    at(8, 9_000, "x"),
  ]));
  run();
  assert.equal(counts["taken events"], 9);
  assert.equal(counts["skipped invalid_json"], 5);
  assert.equal(counts["words"], 4);
  assert.deepEqual(closed[0], {
    startMs: -8_000,
    endMs: 2_000,
    records: 4,
    words: 4,
    distinct: 3,
    error: 0,
    top: [{ word: "a", count: 2 }, { word: "7", count: 1 }, { word: "b", count: 1 }],
  });
  assert.deepEqual(closed.map(({ endMs, records }) => [endMs, records]).at(-1), [8_000, 4]);
});

Deno.test("Pipeline.turn() counts a record that is not JSON once and not as late", async () => {
  const { source, run, counts, closed, clock } = rig({ reading: { from: JSON_FIELD } });
  const [queue] = source.assign([{ startOffset: 5, replayUntil: 8 }], {
    closedUntilMs: 12_000,
    firstEndMs: 14_000,
  });
  queue.push(fakeBatch([
    at(5, 13_000, "x"),
    at(6, 13_000, '{"m":"a"}'),
    at(7, 1_000, "x"),
    at(8, 1_000, "x"),
    at(9, 11_000, "x"),
    at(10, 11_000, '{"m":"b"}'),
    at(11, 1_000, '{"m":"c"}'),
  ]));
  run();
  assert.equal(counts["skipped invalid_json"], 2, "replayed records were counted before");
  assert.deepEqual([counts["late counted"], counts["late dropped"]], [1, 1]);
  await settle();
  clock.advance(1_000);
  run();
  await settle();
  const [{ position, replayFrom }] = source.saved[source.saved.length - 1].partitions;
  assert.deepEqual([position, replayFrom], [12, 6], "the first that was counted");
  assert.deepEqual(closed, []);
});

Deno.test("Pipeline.turn() emits each skipped record and batch once over all runs", () => {
  const { source, run, outputs: { skipped } } = rig();
  const problem = { reason: "corrupt" as const, records: 2, message: "the checksum is wrong" };
  const [queue] = source.assign([{ startOffset: 0, replayUntil: 4 }]);
  queue.push(fakeBatch([at(0, NaN), at(1, Date.UTC(9999, 0))]));
  queue.push(fakeBatch([], { nextOffset: 4, problem }));
  queue.push(fakeBatch([at(4, NaN), at(5, 1_000), at(6, Date.UTC(9999, 0)), at(7, 1_000, "x".repeat(101))]));
  queue.push(fakeBatch([], { nextOffset: 10, problem }));
  run();
  assert.deepEqual(skipped, ["0:4 no_timestamp", "0:6 future", "0:7 too_large", "0:8 corrupt 2"]);
});

Deno.test("Pipeline.turn() counts nothing while the outputs are blocked, and loses nothing", () => {
  const { source, run, closed, counts, clock, outputs } = rig();
  outputs.isBlocked = true;
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([at(0, 1_000), at(1, 3_000), at(2, 5_000)]));
  run();
  clock.advance(20_000);
  run();
  assert.deepEqual([counts["taken events"], closed.length], [undefined, 0]);
  outputs.isBlocked = false;
  run();
  assert.equal(counts["taken events"], 3);
  assert.deepEqual(ends(closed), [2_000, 4_000]);
});

Deno.test("Pipeline saves progress only after its windows are settled, as it was when they closed", async () => {
  const { promise: settledLater, resolve: endOutputs } = Promise.withResolvers<boolean>();
  const { source, run, clock, pipeline, outputs } = rig();
  outputs.settlement = settledLater;
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([at(0, 1_000), at(1, 3_000)]));
  run(1);
  await settle();
  queue.push(fakeBatch([at(2, 5_000)]));
  clock.advance(5_000);
  run();
  await settle();
  assert.equal(source.saved.length, 0);
  endOutputs(true);
  await pipeline.finish();
  assert.deepEqual(source.saved.map(({ partitions: [{ position }] }) => position), [2, 3]);
});

Deno.test("Pipeline.finish() does not save progress whose windows were not delivered", async () => {
  const { source, run, pipeline, outputs } = rig();
  outputs.settlement = Promise.resolve(false);
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([at(0, 1_000), at(1, 3_000)]));
  run();
  await pipeline.finish();
  assert.equal(source.saved.length, 0);
});

Deno.test("Pipeline.turn() stops a partition that runs far ahead until the others follow", () => {
  const { source, run, counts } = rig({ lengthMs: 4_000 });
  const [ahead, behind] = source.assign([{}, {}]);
  ahead.push(fakeBatch([at(0, 1_000), at(1, 9_000), at(2, 9_001)]));
  behind.push(fakeBatch([at(0, 1_000)]));
  run();
  assert.equal(counts["taken events"], 3, "up to 1,000 + 2 x 4,000");
  behind.push(fakeBatch([at(1, 5_000)]));
  run();
  assert.equal(counts["taken events"], 5);
});

Deno.test("Pipeline.turn() closes no window before it takes records that arrived before the turn", () => {
  const { source, run, closed, counts } = rig();
  const queues = source.assign([{}, {}]);
  for (const queue of queues) {
    queue.highWatermark = 1;
    queue.push(fakeBatch([at(0, 1_000)], { arrivedMs: 1_000 }));
  }
  run();
  for (const queue of queues) queue.seeEnd(12_000);
  run();
  assert.equal(ends(closed).at(-1), 10_000, "both are idle, at 12,000");
  queues[0].push(fakeBatch([at(1, 17_000, "a")], { arrivedMs: 17_000 }));
  queues[1].push(fakeBatch([at(1, 13_000, "b")], { arrivedMs: 17_000 }));
  run();
  assert.equal(counts["late counted"], undefined);
});

Deno.test("Pipeline.turn() emits nothing while the membership is in doubt", () => {
  const { source, run, closed } = rig();
  const [queue] = source.assign([{}]);
  source.closing = false;
  queue.push(fakeBatch([at(0, 1_000), at(1, 5_000)]));
  run();
  assert.deepEqual(ends(closed), []);
  source.closing = true;
  run();
  assert.deepEqual(ends(closed), [2_000, 4_000]);
});

Deno.test("Pipeline.turn() restarts its counts under a new assignment", () => {
  const { source, run, closed } = rig();
  const [first] = source.assign([{}]);
  first.push(fakeBatch([at(0, 1_000, "gone"), at(1, 5_000, "gone")]));
  run();
  const [second] = source.assign([{ startOffset: 1, replayUntil: 2 }], {
    closedUntilMs: 4_000,
    firstEndMs: 6_000,
  });
  second.push(fakeBatch([at(1, 5_000, "kept"), at(2, 6_000, "new")]));
  run();
  assert.deepEqual(ends(closed), [2_000, 4_000, 6_000]);
  assert.deepEqual(closed[2].top, [{ word: "kept", count: 1 }]);
});

Deno.test("Pipeline.turn() emits no window twice in one run, however little progress was saved", () => {
  const { source, run, closed } = rig();
  const records = [at(0, 1_000, "a"), at(1, 3_000, "b"), at(2, 5_000, "c")];
  const [first] = source.assign([{}]);
  first.push(fakeBatch(records));
  run();
  const [second] = source.assign([{ replayUntil: 3 }], { closedUntilMs: 2_000, firstEndMs: 4_000 });
  second.push(fakeBatch([...records, at(3, 6_000, "d")]));
  run();
  assert.deepEqual(ends(closed), [2_000, 4_000, 6_000]);
  assert.equal(closed[2].words, 3);
});

Deno.test("Pipeline.turn() loses nothing when the same assignment comes back", () => {
  const { source, run, closed } = rig();
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([at(0, 1_000, "a"), at(1, 3_000, "b")]));
  run();
  const { assignment } = source;
  source.assignment = undefined;
  queue.push(fakeBatch([at(2, 5_000, "c")]));
  run();
  assert.deepEqual(ends(closed), [2_000], "nothing closes while the assignment is in doubt");
  source.assignment = assignment;
  run();
  assert.deepEqual(ends(closed), [2_000, 4_000]);
  assert.deepEqual(closed[1].words, 2);
});

Deno.test("Pipeline.turn() saves the first offset of the next window, at most once a second", async () => {
  const { source, run, clock } = rig({ lengthMs: 4_000 });
  const [queue] = source.assign([{}]);
  run();
  await settle();
  queue.push(fakeBatch([at(10, 1_000), at(11, 3_000), at(12, 5_000), at(13, 6_500)]));
  clock.advance(999);
  run();
  assert.equal(source.saved.length, 1);
  clock.advance(1);
  run();
  await settle();
  const [{ topic, partition, position, replayFrom }] = source.saved[1].partitions;
  assert.deepEqual([topic, partition, position], ["events", 0, 14]);
  assert.equal(source.saved[1].closedUntilMs, 6_000);
  assert.equal(replayFrom, 12, "the window that ends at 8,000 begins at 4,000");
});

Deno.test("Pipeline.finish() saves the progress of the last turn", async () => {
  const { source, run, pipeline } = rig();
  const [queue] = source.assign([{}]);
  run();
  queue.push(fakeBatch([at(0, 1_000)]));
  run();
  await pipeline.finish();
  assert.equal(source.saved.at(-1)?.partitions[0].position, 1);
});

Deno.test("Pipeline.turn() ignores timestamps with processing time and uses the time of the turn", () => {
  const clock = new ManualClock({ nowMs: 100_500 });
  const { source, run, closed, counts } = rig({ time: "processing", maxFutureMs: 0, clock });
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([at(0, 5, "a"), at(1, Date.UTC(9999, 0), "a"), at(2, NaN, "a")]));
  run();
  clock.advance(2_000);
  run();
  assert.deepEqual(closed.map(({ endMs, words }) => [endMs, words]), [[102_000, 3]]);
  clock.step(-3_600_000);
  queue.push(fakeBatch([at(3, 5, "b")]));
  clock.advance(2_000);
  run();
  assert.deepEqual(closed.map(({ endMs, words }) => [endMs, words]), [[102_000, 3], [104_000, 3]]);
  assert.equal(counts["late counted"], undefined);
});

Deno.test("Pipeline.turn() takes no more than the governor allows", () => {
  const { source, pipeline, clock, counts } = rig({ rate: { ...UNLIMITED, max: 100 } });
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch(Array.from({ length: 5_000 }, (_, offset) => at(offset, 1_000))));
  const perSecond: number[] = [];
  for (let second = 0; second < 10; second++) {
    const before = counts["taken events"] ?? 0;
    for (let n = 0; n < 50; n++) {
      clock.advance(20);
      pipeline.turn();
    }
    perSecond.push(counts["taken events"] - before);
  }
  for (const records of perSecond) assert.ok(records >= 98 && records <= 105, `${perSecond}`);
});

Deno.test("Pipeline: every window equals a recount, for any stream in any interleaving", () => {
  fc.assert(
    fc.property(streams, fc.infiniteStream(fc.nat({ max: 6 })), (stream, choices) => {
      const { source, pipeline, closed } = rig(stream);
      const next = () => choices.next().value;
      const queues = source.assign(stream.partitions.map(() => ({})));
      const left = stream.partitions.map((records) => [...records]);
      queues.forEach((queue, i) => queue.highWatermark = (stream.partitions[i].at(-1)?.offset ?? -1) + 1);
      while (left.some((records) => records.length > 0)) {
        const index = next() % left.length;
        const records = left[index].splice(0, 1 + next());
        if (records.length > 0) queues[index].push(fakeBatch(records));
        for (let turns = next(); turns > 0; turns--) pipeline.turn();
      }
      for (let seenMs = 1; seenMs < 60_000; seenMs += 20_000) {
        for (const queue of queues) queue.seeEnd(seenMs);
        for (let turns = 0; turns < 400; turns++) pipeline.turn();
      }
      const expected = recount(stream);
      assert.deepEqual(new Map(closed.map((result) => [result.endMs, shown(result)])), sorted(expected));
      assert.equal(closed.length, expected.size, "no window closes twice");
    }),
    { numRuns: 200 },
  );
});

Deno.test("Pipeline: over any number of runs every window that closes equals a recount, and none is missing", async () => {
  await fc.assert(
    fc.asyncProperty(streams, fc.infiniteStream(fc.nat({ max: 9 })), async (stream, choices) => {
      const next = () => choices.next().value;
      const expected = recount(stream);
      const seen = new Map<number, unknown>();
      let kept: Progress | undefined;
      for (let number = 0; number < 6; number++) {
        const { source, pipeline, closed, clock } = rig(stream);
        const queues = source.assign(
          stream.partitions.map((_, i) => ({
            startOffset: kept?.partitions[i].replayFrom ?? 0,
            replayUntil: kept?.partitions[i].position ?? 0,
          })),
          kept && {
            closedUntilMs: kept.closedUntilMs,
            firstEndMs: kept.closedUntilMs + stream.slideMs,
          },
        );
        const left = stream.partitions.map((records, i) => {
          queues[i].highWatermark = (records.at(-1)?.offset ?? -1) + 1;
          return records.filter(({ offset }) => offset >= queues[i].position);
        });
        const last = number === 5;
        // A run ends at any step; the last one reads to the end.
        for (let steps = last ? Infinity : next() * 4; steps > 0; steps--) {
          const index = next() % left.length;
          const records = left[index].splice(0, 1 + next());
          if (records.length > 0) queues[index].push(fakeBatch(records));
          else if (left.every((records) => records.length === 0)) break;
          clock.advance(300);
          pipeline.turn();
          await settle();
        }
        if (last) {
          for (let seenMs = clock.monotonicMs(), n = 0; n < 4; n++, seenMs += 20_000) {
            for (const queue of queues) queue.seeEnd(seenMs);
            for (let turns = 0; turns < 400; turns++) pipeline.turn();
          }
        }
        for (const result of closed) {
          assert.deepEqual(
            shown(result),
            expected.get(result.endMs!),
            `run ${number}, window ${result.endMs}`,
          );
          seen.set(result.endMs!, shown(result));
        }
        kept = source.saved.at(-1) ?? kept;
      }
      assert.deepEqual([...seen.keys()].sort((a, b) => a - b), [...expected.keys()].sort((a, b) => a - b));
    }),
    { numRuns: 200, interruptAfterTimeLimit: ALL_RUNS_MS },
  );
});

Deno.test("Pipeline.turn() ends with timestamps at which a slide is less than the step between two numbers", () => {
  const { pipeline, source, counts } = rig({ slideMs: 1, lengthMs: 1, maxFutureMs: Infinity });
  const queues = source.assign([{}, {}]);
  for (const queue of queues) {
    queue.push(fakeBatch([at(0, -9e18), at(1, -8e18), at(2, 9e18), at(3, NaN), at(4, 9.1e18)]));
  }
  for (let turn = 0; turn < 20; turn++) pipeline.turn();
  assert.equal(counts["taken events"], 10);
});
