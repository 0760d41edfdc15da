// Tests of runs that continue from snapshots by the start plan: every window must equal a recount.

import assert from "node:assert/strict";
import fc from "fast-check";
import { planResume } from "../../lib/source/kafka/resume_plan.ts";
import type { Progress } from "../../lib/source/source.ts";
import { decodeSnapshot, encodeSnapshot, SnapshotFormatError } from "../../lib/snapshot/snapshot_codec.ts";
import type { Snapshot } from "../../lib/snapshot/snapshot.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { fakeBatch, type FakeRecord } from "../fakes/fake_source.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { at, rig } from "./pipeline_rig.ts";
import { recount, shown, type Stream, streams } from "./recounted_stream.ts";
import { joined } from "../snapshot/snapshots.ts";
import { settle } from "../fakes/settle.ts";

/** `deno task test:unit` bounds the time of each property. This one needs all its runs. */
const ALL_RUNS_MS = 60_000;

const RUNS = 8;

/** The state that outlives a process: the group's commits, and the snapshot file. */
interface Kept {
  commits: Progress | undefined;
  file: Uint8Array | undefined;
}

function read(file: Uint8Array | undefined): Snapshot | undefined {
  if (file === undefined) return undefined;
  try {
    // A copy, so that later damage to the file does not change the decoded snapshot.
    return decodeSnapshot(file.slice()).snapshot;
  } catch (error) {
    if (error instanceof SnapshotFormatError) return undefined;
    throw error;
  }
}

function plan(stream: Stream, { commits, file }: Kept) {
  const { lengthMs, slideMs } = stream;
  return planResume({
    partitions: stream.partitions.map((records, partition) => {
      const one = commits?.partitions[partition];
      return {
        topic: "events",
        partition,
        logStart: 0,
        logEnd: endOf(records),
        isNewTopic: false,
        commit: commits && one && {
          offset: one.position,
          metadata: { ...commits, reported: undefined, lengthMs, slideMs, replayFrom: one.replayFrom },
        },
      };
    }),
    nowMs: 0,
    lengthMs,
    slideMs,
    mode: "earliest",
    closedUntilMs: -Infinity,
    firstEndMs: undefined,
    time: "event",
    clusterId: undefined,
    snapshot: read(file),
  });
}

const endOf = (records: readonly FakeRecord[]) => (records.at(-1)?.offset ?? -1) + 1;

/** One run of the process. `step` is called between turns and ends the run by returning false. */
async function run(
  stream: Stream,
  kept: Kept,
  step: (
    controls: { takeSnapshot: () => void; beginAnew: () => void; choose: (below: number) => number },
  ) => boolean,
  choose: (below: number) => number,
): Promise<{ closed: readonly WindowResult[]; restored: number; replayed: number }> {
  const { source, pipeline, closed, clock, counts } = rig(stream);
  let restored = 0;
  let left: FakeRecord[][] = [];
  const begin = () => {
    const starts = plan(stream, kept);
    if (starts.restore !== undefined) restored++;
    const queues = source.assign(
      starts.partitions.map(({ start, replayUntil }) => {
        assert.ok(start.kind === "offset");
        return { startOffset: start.offset, replayUntil };
      }),
      starts,
    );
    // The source commits these at once, since the run may end before its next commit.
    const partitions = queues.map(({ topic, partition, position, replayUntil }, index) => ({
      topic,
      partition,
      position: Math.max(position, replayUntil),
      replayFrom: starts.partitions[index].replayFrom ?? position,
    }));
    kept.commits = { ...starts, assignment: source.assignment!, partitions };
    left = stream.partitions.map((records, i) => {
      queues[i].highWatermark = endOf(records);
      return records.filter(({ offset }) => offset >= queues[i].position);
    });
  };
  begin();
  const controls = {
    takeSnapshot: () => {
      const snapshot = pipeline.takeSnapshot();
      if (snapshot !== undefined) kept.file = joined(encodeSnapshot(snapshot, {}));
    },
    beginAnew: begin,
    choose,
  };
  while (step(controls)) {
    const { partitions } = source.assignment!;
    const index = choose(left.length);
    const records = left[index].splice(0, 1 + choose(10));
    if (records.length > 0) partitions[index].push(fakeBatch(records, { arrivedMs: clock.monotonicMs() }));
    else if (left.every((records) => records.length === 0)) {
      clock.advance(20_000);
      for (const queue of partitions) queue.seeEnd(clock.monotonicMs());
    }
    clock.advance(300);
    for (let turns = choose(3); turns >= 0; turns--) pipeline.turn();
    await settle();
    // The last commits may be lost.
    const commit = source.saved.at(-1 - choose(3));
    if (commit !== undefined && commit.assignment === source.assignment) {
      const position = (i: number) =>
        Math.max(commit.partitions[i].position, commit.assignment.partitions[i].replayUntil);
      kept.commits = {
        ...commit,
        partitions: commit.partitions.map((one, i) => ({ ...one, position: position(i) })),
      };
    }
  }
  return { closed, restored, replayed: counts["replayed events"] ?? 0 };
}

Deno.test("Pipeline: over any number of runs with snapshots every window that closes equals a recount, and none is missing", async () => {
  let restored = 0;
  await fc.assert(
    fc.asyncProperty(streams, fc.infiniteStream(fc.nat()), async (stream, choices) => {
      const choose = (below: number) => choices.next().value % below;
      const expected = recount(stream);
      const seen = new Map<number, unknown>();
      const kept: Kept = { commits: undefined, file: undefined };
      for (let number = 1; number <= RUNS; number++) {
        let steps = number === RUNS ? 150 : choose(8);
        const outcome = await run(stream, kept, ({ takeSnapshot, beginAnew }) => {
          const event = choose(12);
          if (event < 3) takeSnapshot();
          if (event === 3 && kept.file !== undefined) kept.file[choose(kept.file.length)] ^= 1;
          if (event === 4 && number < RUNS) beginAnew();
          if (steps-- > 0) return true;
          // In half of the runs the commits are older than the snapshot.
          if (choose(2) === 0) takeSnapshot();
          return false;
        }, choose);
        restored += outcome.restored;
        const ends = outcome.closed.map(({ endMs }) => endMs);
        assert.deepEqual(ends, [...new Set(ends)], `run ${number} emits no window twice`);
        for (const result of outcome.closed) {
          const wanted = expected.get(result.endMs!);
          assert.deepEqual(shown(result), wanted, `run ${number}, window ${result.endMs}`);
          seen.set(result.endMs!, wanted);
        }
      }
      const missing = [...expected.keys()].filter((endMs) => !seen.has(endMs));
      assert.deepEqual(missing, []);
    }),
    { numRuns: 200, interruptAfterTimeLimit: ALL_RUNS_MS },
  );
  assert.ok(restored > 200, `snapshots were used ${restored} times`);
});

Deno.test("Pipeline: a run that continues from a snapshot replays nothing", () => {
  const first = rig({ lengthMs: 10_000 });
  const [queue] = first.source.assign([{}]);
  queue.push(fakeBatch([at(0, 1_000, "a"), at(1, 3_000, "b,a"), at(2, 5_000, "c")]));
  first.run();
  const restore = first.pipeline.takeSnapshot();
  const next = rig({ lengthMs: 10_000 });
  const progress = { closedUntilMs: 4_000, firstEndMs: 6_000, restore };
  const [resumed] = next.source.assign([{ startOffset: 3 }], progress);
  resumed.push(fakeBatch([at(3, 7_000, "c")]));
  next.run();
  assert.deepEqual(next.closed.map(({ endMs, records }) => [endMs, records]), [[6_000, 3]]);
  assert.deepEqual(next.closed[0].top, [
    { word: "a", count: 2 },
    { word: "b", count: 1 },
    { word: "c", count: 1 },
  ]);
  assert.equal(next.counts["replayed events"], undefined);
  assert.equal(next.source.assignment?.restore, undefined, "its memory is released");
});

Deno.test("Pipeline: after a restore the progress names the first offset that a run without the snapshot needs", async () => {
  const first = rig({ lengthMs: 4_000 });
  const [queue] = first.source.assign([{}]);
  queue.push(fakeBatch([at(7, 1_000), at(8, 3_000), at(9, 5_000)]));
  first.run();
  const restore = first.pipeline.takeSnapshot();
  const next = rig({ lengthMs: 4_000 });
  next.source.assign([{ startOffset: 10 }], { closedUntilMs: 4_000, firstEndMs: 6_000, restore });
  next.run();
  await settle();
  const [saved] = next.source.saved;
  assert.deepEqual(saved.partitions.map(({ position, replayFrom }) => [position, replayFrom]), [[10, 8]]);
});

Deno.test("Pipeline: a restored partition holds the stream at its saved watermark until it shows something", () => {
  const first = rig();
  const queues = first.source.assign([{}, {}]);
  for (const queue of queues) queue.push(fakeBatch([at(0, 5_000)]));
  first.run();
  const restore = first.pipeline.takeSnapshot();
  const next = rig();
  const [ahead, behind] = next.source.assign([{ startOffset: 1 }, { startOffset: 1 }], {
    closedUntilMs: 4_000,
    firstEndMs: 6_000,
    restore,
  });
  ahead.push(fakeBatch([at(1, 20_000)]));
  next.run();
  assert.deepEqual(next.closed, []);
  assert.equal(next.pipeline.unseen.length, 1);
  behind.push(fakeBatch([at(1, 7_000, "b")]));
  next.run();
  assert.deepEqual(next.closed.map(({ endMs, records }) => [endMs, records]), [[6_000, 2]]);
});

Deno.test("Pipeline: with processing time counts continue from a snapshot at the time of the clock", () => {
  const clock = new ManualClock({ nowMs: 100_500 });
  const settings = { time: "processing", maxFutureMs: 0, lengthMs: 4_000, clock } as const;
  const first = rig(settings);
  const [queue] = first.source.assign([{}]);
  queue.push(fakeBatch([at(0, 5, "a"), at(1, 5, "a")]));
  first.run();
  const restore = first.pipeline.takeSnapshot();
  clock.advance(2_000);
  const next = rig(settings);
  const [resumed] = next.source.assign([{ startOffset: 2 }], {
    closedUntilMs: 100_000,
    firstEndMs: 102_000,
    restore,
  });
  resumed.push(fakeBatch([at(2, 5, "b")]));
  next.run();
  clock.advance(2_000);
  next.run();
  assert.deepEqual(next.closed.map(({ endMs, words }) => [endMs, words]), [[102_000, 2], [104_000, 3]]);
});
