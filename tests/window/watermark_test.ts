import assert from "node:assert/strict";
import fc from "fast-check";
import { naiveStreamMs, type WatermarkEvent } from "../oracle/naive_watermark.ts";
import { Watermark } from "../../lib/window/watermark.ts";

const options = { latenessMs: 2_000, idleMs: 10_000, aheadMs: 20_000 };

function watermarkOf(partitions: number): Watermark {
  const watermark = new Watermark(options);
  watermark.reset(partitions);
  return watermark;
}

Deno.test("Watermark.streamMs() is unknown until every partition has shown a record or its end", () => {
  const watermark = watermarkOf(2);
  watermark.observe(0, 100_000, 0);
  assert.equal(watermark.streamMs(), -Infinity);
  assert.deepEqual(watermark.unseen(), [1]);
  watermark.observe(1, 50_000, 0);
  assert.equal(watermark.streamMs(), 48_000);
  assert.deepEqual(watermark.unseen(), []);
});

Deno.test("Watermark.streamMs() is the smallest watermark of the partitions that hold back", () => {
  const watermark = watermarkOf(3);
  watermark.observe(0, 100_000, 0);
  watermark.observe(1, 90_000, 0);
  watermark.observeQueue(2, 1);
  assert.equal(watermark.streamMs(), 88_000);
});

Deno.test("Watermark.observe() never lowers a partition's watermark", () => {
  const watermark = watermarkOf(1);
  watermark.observe(0, 100_000, 0);
  watermark.observe(0, 10_000, 1);
  assert.equal(watermark.ofPartition(0), 98_000);
});

Deno.test("Watermark.observeQueue() advances a partition at its end up to the time of the fetch", () => {
  const watermark = watermarkOf(1);
  watermark.observe(0, 100_000, 500);
  watermark.observeQueue(0, 400);
  assert.equal(watermark.streamMs(), 98_000, "a fetch sent before the record arrived proves nothing");
  watermark.observeQueue(0, 3_500);
  assert.equal(watermark.streamMs(), 101_000);
});

Deno.test("Watermark.observeQueue() does not advance a partition that has more records to fetch", () => {
  const watermark = watermarkOf(1);
  watermark.observe(0, 100_000, 0);
  watermark.observeQueue(0, 3_000);
  watermark.observeQueue(0, undefined);
  assert.equal(watermark.streamMs(), 101_000);
});

Deno.test("Watermark.streamMs() does not wait for a partition idle at its end", () => {
  const watermark = watermarkOf(2);
  watermark.observe(0, 100_000, 0);
  watermark.observe(1, 10_000, 0);
  watermark.observeQueue(1, 10_000);
  assert.equal(watermark.streamMs(), 18_000, "not yet idle");
  watermark.observeQueue(1, 10_001);
  assert.equal(watermark.streamMs(), 98_000);
});

Deno.test("Watermark.observeQueue() with Infinity lets a partition hold nothing back, and does not advance it", () => {
  const watermark = watermarkOf(2);
  watermark.observe(0, 100_000, 0);
  watermark.observe(1, 10_000, 0);
  watermark.beginReplay(1, 9_000);
  watermark.observeQueue(1, Infinity);
  assert.equal(watermark.streamMs(), 98_000);
  assert.equal(watermark.ofPartition(1), 9_000);
  watermark.observe(1, 99_000, 1);
  watermark.observe(0, 120_000, 1);
  assert.equal(watermark.streamMs(), 98_000, "it holds back again once it has records");
});

Deno.test("Watermark.streamMs() is the largest watermark where no partition holds back, and advances with time", () => {
  const watermark = watermarkOf(2);
  watermark.observe(0, 100_000, 0);
  watermark.observe(1, 10_000, 0);
  for (const index of [0, 1]) watermark.observeQueue(index, 60_000);
  assert.equal(watermark.streamMs(), 158_000);
});

Deno.test("Watermark.streamMs() waits for the first records of a partition once it is not at its end", () => {
  const watermark = watermarkOf(2);
  watermark.observeQueue(1, 1);
  watermark.observe(0, 100_000, 2);
  watermark.observeQueue(1, undefined);
  assert.equal(watermark.streamMs(), -Infinity);
});

Deno.test("Watermark.takeUntilMs() stops a partition that runs ahead, never the one that all wait for", () => {
  const watermark = watermarkOf(2);
  assert.equal(watermark.takeUntilMs(0), Infinity, "the first record shows where a partition is");
  watermark.observe(0, 100_000, 0);
  watermark.observe(1, 50_000, 0);
  assert.equal(watermark.takeUntilMs(0), 68_000);
  assert.equal(watermark.takeUntilMs(1), Infinity, "over a gap of any length");
});

Deno.test("Watermark.takeUntilMs() bounds the lead while a partition has shown nothing", () => {
  const watermark = watermarkOf(3);
  watermark.observe(0, 100_000, 0);
  watermark.observe(1, 50_000, 0);
  assert.equal(watermark.takeUntilMs(0), 68_000);
  assert.equal(watermark.takeUntilMs(1), 68_000, "there is no telling how far behind the third is");
  watermark.observe(1, 60_000, 0);
  assert.equal(watermark.takeUntilMs(1), 68_000);
});

Deno.test("Watermark.takeUntilMs() always lets one partition continue once those at their end are idle", () => {
  const mark = fc.record({ timestampMs: fc.integer({ min: 0, max: 1e6 }), idle: fc.boolean() });
  fc.assert(fc.property(fc.array(mark, { minLength: 1, maxLength: 6 }), (marks) => {
    const watermark = watermarkOf(marks.length);
    marks.forEach(({ timestampMs, idle }, index) => {
      watermark.observe(index, timestampMs, 0);
      watermark.observeQueue(index, idle ? 10_001 : undefined);
    });
    const waiting = marks.flatMap(({ idle }, index) => idle ? [] : [index]);
    if (waiting.length > 0) assert.ok(waiting.some((index) => watermark.takeUntilMs(index) === Infinity));
  }));
});

Deno.test("Watermark.streamMs() never goes back, for any observations", () => {
  const step = fc.record({
    index: fc.nat({ max: 2 }),
    timestampMs: fc.integer({ min: 0, max: 1e5 }),
    atMs: fc.nat({ max: 1e5 }),
    end: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const watermark = watermarkOf(3);
    let beforeMs = -Infinity;
    for (const { index, timestampMs, atMs, end } of steps) {
      if (end) watermark.observeQueue(index, atMs);
      else watermark.observe(index, timestampMs, atMs);
      const nowMs = watermark.streamMs();
      assert.ok(nowMs >= beforeMs);
      beforeMs = nowMs;
    }
  }));
});

Deno.test("Watermark.restore() keeps the time that a partition was at its end", () => {
  const first = watermarkOf(1);
  first.observe(0, 100_000, 500);
  first.observeQueue(0, 4_500);
  const saved = first.save(0, 5_500);
  assert.deepEqual(saved, { largestMs: 100_000, watermarkMs: 102_000, sinceArrivalMs: 5_000 });
  const second = watermarkOf(1);
  second.restore(0, saved, 77_000);
  assert.equal(second.streamMs(), 102_000);
  assert.deepEqual(second.unseen(), [0], "of this life nothing has been seen");
  second.observeQueue(0, 78_000);
  assert.equal(second.streamMs(), 104_000, "it was away for nobody knows how long");
});

Deno.test("Watermark.restore() holds the stream at the saved watermark until the partition shows something", () => {
  const watermark = watermarkOf(2);
  const mark = { largestMs: 100_000, watermarkMs: 98_000, sinceArrivalMs: 60_000 };
  watermark.restore(0, mark, 1_000);
  watermark.restore(1, { ...mark, largestMs: 90_000, watermarkMs: 88_000 }, 1_000);
  assert.equal(watermark.streamMs(), 88_000);
  watermark.observe(0, 200_000, 1_000);
  assert.equal(watermark.streamMs(), 88_000);
  watermark.observeQueue(1, 1_500);
  assert.equal(watermark.streamMs(), 198_000, "idle since before it was saved");
});

Deno.test("Watermark.restore() of a partition without records leaves it unknown", () => {
  const saved = watermarkOf(1).save(0, 5_000);
  const watermark = watermarkOf(2);
  watermark.restore(0, saved, 1_000);
  watermark.observe(1, 50_000, 1_000);
  assert.equal(watermark.streamMs(), -Infinity);
});

Deno.test("Watermark.observeAhead() moves nothing before the partition is read to the end that was known", () => {
  const watermark = watermarkOf(1);
  watermark.observe(0, 100_000, 0);
  watermark.observeAhead(0, 0, { offset: 9, clockMs: 150_000, askedMs: 0 });
  watermark.observe(0, 101_000, 0);
  watermark.observePosition(0, 8);
  assert.equal(watermark.streamMs(), 99_000, "the records of a backlog are older than the clock");
  watermark.observeAhead(0, 0, { offset: 12, clockMs: 160_000, askedMs: 0 });
  watermark.observePosition(0, 9);
  assert.equal(watermark.streamMs(), 148_000, "the end that was known first counts, so that a backlog ends");
});

Deno.test("Watermark.observeAhead() advances with time from the moment that it counts as", () => {
  const watermark = watermarkOf(1);
  watermark.observeAhead(0, 1_000, { offset: 9, clockMs: 150_000, askedMs: 5_000 });
  watermark.observeQueue(0, 5_000);
  assert.equal(watermark.streamMs(), 148_000, "not from the arrival of its records");
  watermark.observeQueue(0, 5_500);
  assert.equal(watermark.streamMs(), 148_500);
});

Deno.test("Watermark.observeAhead() of a partition with nothing else holds the stream back until its end", () => {
  const watermark = watermarkOf(2);
  watermark.observe(0, 100_000, 0);
  watermark.observeAhead(1, 0, { offset: 9, clockMs: 90_000, askedMs: 0 });
  assert.equal(watermark.streamMs(), -Infinity);
  assert.equal(watermark.takeUntilMs(1), Infinity, "it is the one that all wait for");
  watermark.observeQueue(1, 1);
  assert.equal(watermark.streamMs(), 88_001);
});

Deno.test("Watermark.beginReplay() keeps the stream unknown until the replay ends, then at the noted watermark", () => {
  const watermark = watermarkOf(2);
  watermark.beginReplay(0, 50_000);
  watermark.observe(1, 100_000, 0);
  watermark.observeReplay(0, 5);
  assert.equal(watermark.streamMs(), -Infinity);
  assert.equal(watermark.takeUntilMs(0), Infinity, "a replay never waits");
  watermark.endReplay(0);
  assert.equal(watermark.streamMs(), 50_000);
  watermark.observe(0, 51_000, 6);
  assert.equal(watermark.streamMs(), 50_000, "it never goes back");
});

Deno.test("Watermark.endReplay() of a replay without a record leaves the watermark where it stood", () => {
  const watermark = watermarkOf(1);
  watermark.beginReplay(0, 50_000);
  watermark.endReplay(0);
  watermark.observeQueue(0, 7_000);
  assert.equal(watermark.streamMs(), 50_000);
});

/** Hands an event of the oracle to a watermark. */
function report(watermark: Watermark, event: WatermarkEvent): void {
  const { partition } = event;
  switch (event.kind) {
    case "record":
      return watermark.observe(partition, event.timestampMs, event.arrivedMs);
    case "ahead":
      return watermark.observeAhead(partition, event.arrivedMs, {
        offset: event.endOffset,
        clockMs: event.clockMs,
        askedMs: event.askedMs,
      });
    case "position":
      return watermark.observePosition(partition, event.position);
    case "replay":
      return watermark.beginReplay(partition, event.watermarkMs);
    case "replayed":
      return watermark.observeReplay(partition, event.arrivedMs);
    case "replay_end":
      return watermark.endReplay(partition);
    case "end":
      return watermark.observeQueue(partition, event.endSeenMs);
    case "more":
      return watermark.observeQueue(partition, undefined);
  }
}

/** Leaves out what cannot happen: a replay begins before all else of its partition, and ends once. */
function possible(events: readonly WatermarkEvent[]): WatermarkEvent[] {
  const begun = new Set<number>();
  const replaying = new Set<number>();
  return events.filter(({ kind, partition }) => {
    const isPossible = kind === "replay"
      ? !begun.has(partition)
      : kind !== "replayed" || replaying.has(partition);
    if (!isPossible) return false;
    begun.add(partition);
    if (kind === "replay") replaying.add(partition);
    if (kind === "replay_end" || kind === "end") replaying.delete(partition);
    return true;
  });
}

Deno.test("Watermark.streamMs() is what a recount of all events says", () => {
  const partitions = 3;
  const partition = fc.nat(partitions - 1);
  const ms = fc.integer({ min: 0, max: 60 });
  const offset = fc.integer({ min: 0, max: 9 });
  const event: fc.Arbitrary<WatermarkEvent> = fc.oneof(
    fc.record({ kind: fc.constant("record" as const), partition, timestampMs: ms, arrivedMs: ms }),
    fc.record({
      kind: fc.constant("ahead" as const),
      partition,
      arrivedMs: ms,
      endOffset: offset,
      clockMs: ms,
      askedMs: ms,
    }),
    fc.record({ kind: fc.constant("position" as const), partition, position: offset }),
    fc.record({ kind: fc.constant("replay" as const), partition, watermarkMs: ms }),
    fc.record({ kind: fc.constant("replayed" as const), partition, arrivedMs: ms }),
    fc.record({ kind: fc.constant("replay_end" as const), partition }),
    fc.record({ kind: fc.constant("end" as const), partition, endSeenMs: ms }),
    fc.record({ kind: fc.constant("more" as const), partition }),
  );
  const rules = { partitions, latenessMs: 5, idleMs: 10 };
  fc.assert(fc.property(fc.array(event, { maxLength: 25 }).map(possible), (events) => {
    const watermark = new Watermark({ latenessMs: 5, idleMs: 10, aheadMs: 100 });
    watermark.reset(partitions);
    for (const each of events) {
      report(watermark, each);
      watermark.streamMs();
    }
    assert.equal(watermark.streamMs(), naiveStreamMs(events, rules));
  }));
});

Deno.test("Watermark.takeUntilMs() waits for the partitions of other members, except within the slide of their bound", () => {
  const watermark = new Watermark({ ...options, slideMs: 2_000 });
  watermark.reset(2);
  watermark.observe(0, 103_900, 0);
  watermark.observe(1, 106_000, 0);
  watermark.othersMs = 100_000;
  assert.deepEqual([0, 1].map((index) => watermark.takeUntilMs(index)), [Infinity, 120_000]);
  watermark.observe(0, 104_000, 0);
  assert.equal(
    watermark.takeUntilMs(0),
    120_000,
    "its own watermark, 102 s, has left the slide of the bound",
  );
  watermark.othersMs = 200_000;
  assert.deepEqual([0, 1].map((index) => watermark.takeUntilMs(index)), [Infinity, 122_000]);
});

Deno.test("Watermark.isIdle says that no partition holds the stream back", () => {
  const watermark = watermarkOf(2);
  assert.equal(watermark.isIdle, false);
  watermark.observeQueue(0, 0);
  assert.equal(watermark.isIdle, false);
  watermark.observeQueue(1, 0);
  assert.equal(watermark.isIdle, true, "partitions without any record");
  watermark.observe(1, 100_000, 5_000);
  assert.equal(watermark.isIdle, false);
  watermark.observeQueue(1, 15_001);
  assert.equal(watermark.isIdle, true);
});
