import assert from "node:assert/strict";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import { PartitionQueue } from "../../lib/records/partition_queue.ts";
import { Cluster, TOPIC } from "./cluster.ts";
import { RunTally } from "./run_tally.ts";
import { Narrator } from "./narrator.ts";
import { EPOCH_MS, ProcessClock } from "./process_clock.ts";
import { makeScenario } from "./scenario.ts";
import type { Run } from "./simulated_member.ts";
import { Timeline } from "./timeline.ts";
import { Witness } from "./witness.ts";

/** A lone member that has read two records of a partition, dated 100 and 1,200, with windows of a second. */
function scene() {
  const timeline = new Timeline();
  const cluster = new Cluster({ timeline, brokers: 1, partitions: 1, fetchFault: () => undefined });
  cluster.logs[0].append([100, 1_200].map((ms) => ({ timestampMs: EPOCH_MS + ms, word: "a" })));
  const { settings } = makeScenario(1);
  const witness = new Witness({
    timeline,
    cluster,
    narrator: new Narrator(timeline, undefined),
    settings: {
      ...settings,
      members: 1,
      merge: undefined,
      slideMs: 1_000,
      lengthMs: 1_000,
      start: "earliest",
    },
  });
  const process = { isDead: false, thawsAtMs: 0 };
  const queue = new PartitionQueue({ topic: TOPIC, partition: 0, startOffset: 0 });
  const assignment = { partitions: [queue], closedUntilMs: -Infinity, firstEndMs: -Infinity };
  // The witness uses nothing else of a member.
  const run = {
    member: "m0",
    number: 1,
    tally: new RunTally(),
    process,
    clock: new ProcessClock(timeline, process, () => 0),
    windows: { last: undefined },
    source: { assignment },
    group: { memberId: "", generation: 0 },
  } as unknown as Run;
  witness.started(run);
  witness.begun(run, assignment);
  const close = (endMs: number, counts: Readonly<Record<string, number>>) => {
    const top = Object.entries(counts).map(([word, count]) => ({ word, count }));
    const words = top.reduce((sum, { count }) => sum + count, 0);
    const result = { endMs: EPOCH_MS + endMs, records: words / 2, words, top };
    witness.closed(run, { result, partitions: [queue] } as unknown as ClosedWindow);
  };
  return { witness, cluster, run, queue, close };
}

Deno.test("Witness.judge() accepts windows that equal the recount", () => {
  const { witness, close } = scene();
  close(1_000, { "0:0": 1, a: 1 });
  close(2_000, { "0:1": 1, a: 1 });
  witness.judge();
});

const WRONG: readonly (readonly [string, Readonly<Record<string, number>>, RegExp])[] = [
  ["lacks a record", { a: 0 }, /lacks 0:0/],
  ["has a record twice", { "0:0": 2, a: 2 }, /more than once/],
  ["has another's record", { "0:0": 1, "0:1": 1, a: 2 }, /other words/],
  ["has a word too often", { "0:0": 1, a: 2 }, /other words/],
];

for (const [what, counts, message] of WRONG) {
  Deno.test(`Witness.judge() sees that a window ${what}`, () => {
    const { witness, close } = scene();
    close(1_000, counts);
    close(2_000, { "0:1": 1, a: 1 });
    assert.throws(() => witness.judge(), message);
  });
}

Deno.test("Witness.judge() detects that a window is missing", () => {
  const { witness, close } = scene();
  close(2_000, { "0:1": 1, a: 1 });
  assert.deepEqual(witness.missing, [1_000]);
  assert.throws(() => witness.judge(), /missing/);
});

Deno.test("Witness.closed() detects a window that closes twice in one run", () => {
  const { close } = scene();
  close(1_000, { "0:0": 1, a: 1 });
  assert.throws(() => close(1_000, { "0:0": 1, a: 1 }), /twice/);
});

Deno.test("Witness.died() detects records that were counted and not taken", () => {
  const { witness, run } = scene();
  run.tally.recordsTaken(TOPIC, 1);
  assert.throws(() => witness.died(run), /tells of 1 records/);
});

Deno.test("Witness.closed() detects a window that is emitted again after a commit of another partition", () => {
  const { witness, cluster, run, close } = scene();
  close(1_000, { "0:0": 1, a: 1 });
  cluster.group.newestWindows.set(run.group.memberId, EPOCH_MS + 1_000);
  witness.turned(run);
  const next = { ...run, number: 2 };
  witness.started(next);
  const queue = new PartitionQueue({ topic: TOPIC, partition: 0, startOffset: 0, replayUntil: 2 });
  const assignment = { partitions: [queue], closedUntilMs: -Infinity, firstEndMs: -Infinity };
  witness.begun(next, assignment);
  const closeAgain = (endMs: number, id: string) => {
    const top = [{ word: id, count: 1 }, { word: "a", count: 1 }];
    const result = { endMs: EPOCH_MS + endMs, records: 1, words: 2, top };
    witness.closed(next, { result, partitions: [queue] } as unknown as ClosedWindow);
  };
  assert.throws(() => closeAgain(1_000, "0:0"), /emits the window that ends at 1000 again/);
  closeAgain(2_000, "0:1");
});
