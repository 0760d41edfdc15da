import assert from "node:assert/strict";
import type { CommitMetadata } from "../../../lib/source/kafka/commit_metadata.ts";
import { planResume, type ResumeFacts } from "../../../lib/source/kafka/resume_plan.ts";
import { type PartitionFacts, planStart } from "../../../lib/source/kafka/start_plan.ts";
import type { Snapshot, SnapshotPartition } from "../../../lib/snapshot/snapshot.ts";
import { emptySnapshot } from "../../snapshot/snapshots.ts";

const LENGTH_MS = 60_000;
const SLIDE_MS = 2_000;

const metadata: CommitMetadata = {
  closedUntilMs: 900_000,
  firstEndMs: -Infinity,
  lengthMs: LENGTH_MS,
  slideMs: SLIDE_MS,
  replayFrom: 400,
};

function partition(facts: Partial<PartitionFacts> = {}): PartitionFacts {
  return {
    topic: "t",
    partition: 0,
    logStart: 100,
    logEnd: 1_000,
    commit: { offset: 700, metadata },
    isNewTopic: false,
    ...facts,
  };
}

function saved(contents: Partial<SnapshotPartition> = {}): SnapshotPartition {
  return {
    topic: "t",
    partition: 0,
    position: 600,
    // The windows after the one that ends at 900 s do not need the first pane.
    firstOffsets: [[841_000, 410], [842_000, 450], [844_000, 500]],
    mark: { largestMs: 900_000, watermarkMs: 898_000, sinceArrivalMs: 0 },
    future: [],
    ...contents,
  };
}

function snapshotOf(contents: Partial<Snapshot> = {}): Snapshot {
  return { ...emptySnapshot, clusterId: "c", closedUntilMs: 890_000, partitions: [saved()], ...contents };
}

function facts(partitions: readonly PartitionFacts[], more: Partial<ResumeFacts> = {}): ResumeFacts {
  return {
    partitions,
    nowMs: 1_000_001,
    lengthMs: LENGTH_MS,
    slideMs: SLIDE_MS,
    mode: "window",
    closedUntilMs: -Infinity,
    firstEndMs: undefined,
    time: "event",
    clusterId: "c",
    snapshot: snapshotOf(),
    ...more,
  };
}

Deno.test("planResume() without a snapshot is planStart()", () => {
  const without = facts([partition()], { snapshot: undefined });
  assert.deepEqual(planResume(without), {
    ...planStart(without),
    restore: undefined,
    notRestored: undefined,
  });
});

Deno.test("planResume() starts at the snapshot, with the windows after those of the commits", () => {
  const plan = planResume(facts([partition()]));
  assert.deepEqual([plan.closedUntilMs, plan.firstEndMs], [900_000, 902_000]);
  const [{ start, replayUntil, replayFrom }] = plan.partitions;
  assert.deepEqual(start, { kind: "offset", offset: 600 });
  assert.equal(replayUntil, 700, "what was committed beyond it is read again");
  assert.equal(replayFrom, 450, "where a process without the snapshot has to start");
  assert.equal(plan.restore?.partitions[0].position, 600);
});

Deno.test("planResume() continues after the windows of the snapshot where the last commit was lost", () => {
  const snapshot = snapshotOf({ closedUntilMs: 910_000, partitions: [saved({ position: 800 })] });
  const plan = planResume(facts([partition()], { snapshot }));
  assert.deepEqual([plan.closedUntilMs, plan.firstEndMs], [910_000, 912_000]);
  assert.equal(plan.partitions[0].replayUntil, 700, "below where reading begins: nothing is read again");
});

Deno.test("planResume() continues after the windows of this process", () => {
  const plan = planResume(facts([partition()], { closedUntilMs: 920_000, firstEndMs: 880_000 }));
  assert.deepEqual([plan.closedUntilMs, plan.firstEndMs], [920_000, 922_000]);
});

Deno.test("planResume() keeps the first window that a snapshot waits for", () => {
  const waiting = { ...metadata, closedUntilMs: -Infinity, firstEndMs: 880_000 };
  const snapshot = snapshotOf({ closedUntilMs: -Infinity, firstEndMs: 880_000 });
  const commit = { offset: 600, metadata: waiting };
  const plan = planResume(facts([partition({ commit })], { snapshot }));
  assert.deepEqual([plan.closedUntilMs, plan.firstEndMs], [-Infinity, 880_000]);
});

Deno.test("planResume() leaves out the records between a snapshot and a later replay: no window needs them", () => {
  const commit = { offset: 700, metadata: { ...metadata, replayFrom: 650 } };
  const snapshot = snapshotOf({
    partitions: [saved({ position: 640 }), saved({ partition: 1, position: 690 })],
  });
  const plan = planResume(facts([partition({ commit }), partition({ partition: 1 })], { snapshot }));
  assert.ok(plan.restore);
  assert.deepEqual(plan.partitions[0].start, { kind: "offset", offset: 650 });
});

const NOTED = [{ offset: 660, fromMs: 70 }];
for (
  const [name, position, future, offset, wanted] of [
    ["older than the commit", 600, [{ offset: 420, fromMs: 90 }], 700, [
      { offset: 420, fromMs: 90 },
      ...NOTED,
    ]],
    ["newer than the commit", 710, [{ offset: 420, fromMs: 90 }], 710, [{ offset: 420, fromMs: 90 }]],
    ["without any", 600, [], 700, NOTED],
  ] as const
) {
  Deno.test(`planResume() and the records that were skipped as future, of a snapshot ${name}`, () => {
    const notes = { watermarkMs: 899_000, future: NOTED };
    const commit = { offset: 700, metadata: { ...metadata, replayFrom: 500, notes } };
    const snapshot = snapshotOf({ partitions: [saved({ position, future })] });
    const plan = planResume(facts([partition({ commit })], { snapshot }));
    assert.ok(plan.restore);
    assert.deepEqual(plan.partitions[0].earlier, { offset, watermarkMs: 899_000, future: wanted });
  });
}

Deno.test("planResume() with processing time starts at the snapshot's positions", () => {
  const commit = { offset: 700, metadata: { ...metadata, replayFrom: 700 } };
  const plan = planResume(facts([partition({ commit })], { time: "processing" }));
  assert.deepEqual(plan.partitions[0].start, { kind: "offset", offset: 600 });
  assert.equal(plan.partitions[0].replayFrom, 600);
});

Deno.test("planResume() compares the sum over all partitions with the replay", () => {
  const snapshot = snapshotOf({
    partitions: [saved(), saved({ partition: 1, firstOffsets: [], position: 390 })],
  });
  const two = [partition(), partition({ partition: 1 })];
  assert.ok(planResume(facts(two, { snapshot })).restore, "200 offsets less, 10 more");
  const old = snapshotOf({
    partitions: [
      saved({ firstOffsets: [], position: 405 }),
      saved({ partition: 1, firstOffsets: [], position: 390 }),
    ],
  });
  assert.equal(planResume(facts(two, { snapshot: old })).notRestored, "the replay is shorter");
});

const refused: readonly { reason: RegExp; one?: Partial<PartitionFacts>; more?: Partial<ResumeFacts> }[] = [
  { reason: /belongs to another cluster/, more: { clusterId: "d" } },
  { reason: /belongs to another cluster/, more: { clusterId: undefined } },
  { reason: /belongs to other partitions/, more: { snapshot: snapshotOf({ partitions: [] }) } },
  { reason: /belongs to other partitions/, one: { partition: 1 } },
  { reason: /belongs to other partitions/, one: { topic: "u" } },
  {
    reason: /belongs to other partitions/,
    more: { snapshot: snapshotOf({ partitions: [saved(), saved({ partition: 1 })] }) },
  },
  { reason: /no commit \(t\/0\)/, one: { commit: undefined } },
  { reason: /another program/, one: { commit: { offset: 700, metadata: undefined } } },
  { reason: /ends before its commit/, one: { logEnd: 699 } },
  { reason: /the log ends before it/, one: { logEnd: 599, commit: { offset: 500, metadata } } },
  { reason: /the log starts after it/, one: { logStart: 601 } },
  {
    reason: /the replay is shorter/,
    one: { commit: { offset: 700, metadata: { ...metadata, replayFrom: 601 } } },
  },
  {
    reason: /change of the window/,
    one: { commit: { offset: 700, metadata: { ...metadata, lengthMs: 2_000 } } },
  },
];

Deno.test("planResume() replays where the snapshot is not sound", () => {
  for (const { reason, one, more } of refused) {
    const given = facts([partition(one)], more);
    const { restore, notRestored, ...plan } = planResume(given);
    assert.match(notRestored ?? "", reason);
    assert.equal(restore, undefined);
    assert.deepEqual(plan, planStart(given));
  }
});

Deno.test("planResume() starts at either end of the log", () => {
  for (const one of [{ logStart: 600 }, { logEnd: 600, commit: { offset: 600, metadata } }]) {
    assert.ok(planResume(facts([partition(one)])).restore, JSON.stringify(one));
  }
});
