import assert from "node:assert/strict";
import fc from "fast-check";
import type { GroupAssignment } from "../../../lib/kafka/group/group_protocol.ts";
import { AssignedPartitions } from "../../../lib/source/kafka/assigned_partitions.ts";
import { type CommitMetadata, formatCommitMetadata } from "../../../lib/source/kafka/commit_metadata.ts";
import { planResume } from "../../../lib/source/kafka/resume_plan.ts";
import {
  MAX_CLOCK_DIFFERENCE_MS,
  splitAssignment,
  whyImpossibleCommit,
  whyImpossibleSnapshot,
} from "../../../lib/source/kafka/state_checks.ts";
import type { Snapshot, SnapshotPartition } from "../../../lib/snapshot/snapshot.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { emptySnapshot } from "../../snapshot/snapshots.ts";

const NOW_MS = Date.UTC(2026, 10, 22, 10);
const LATEST_MS = NOW_MS + MAX_CLOCK_DIFFERENCE_MS;
const YEAR_287396_MS = 9e15;
const LENGTH_MS = 60_000;
const SLIDE_MS = 2_000;
const OFFSET = 700;

const METADATA: CommitMetadata = {
  closedUntilMs: NOW_MS,
  firstEndMs: -Infinity,
  lengthMs: LENGTH_MS,
  slideMs: SLIDE_MS,
  replayFrom: 400,
  notes: { watermarkMs: NOW_MS, future: [{ offset: 500, fromMs: NOW_MS + 70_000 }] },
};

const { notes } = METADATA;
const IMPOSSIBLE_COMMITS: readonly (readonly [Partial<CommitMetadata>, RegExp])[] = [
  [{ closedUntilMs: YEAR_287396_MS }, /newest window ends at 9000000000000000 ms, in the future/],
  [{ closedUntilMs: LATEST_MS + SLIDE_MS }, /newest window ends at 2026-11-22T12:00:02/],
  [{ closedUntilMs: NOW_MS + 1 }, /no window of 60000 ms ends at/],
  [{ closedUntilMs: -YEAR_287396_MS }, /no window of 60000 ms ends at/],
  [{ firstEndMs: YEAR_287396_MS }, /first window ends at .* in the future/],
  [{ replayFrom: OFFSET + 1 }, /replay begins at 701, beyond the committed offset 700/],
  [{ lengthMs: 1_000 }, /no whole multiple of the slide/],
  [
    { reported: { openFrom: 500, cutMs: YEAR_287396_MS, logFrom: 0 } },
    /the counts up to 9000000000000000 ms are reported, in the future/,
  ],
  [{ notes: { watermarkMs: YEAR_287396_MS, future: [] } }, /watermark is .* in the future/],
  [{ notes: { watermarkMs: LATEST_MS + 1, future: [] } }, /watermark is .* in the future/],
  [
    { notes: { watermarkMs: NOW_MS, future: [{ offset: OFFSET, fromMs: 0 }] } },
    /the record at 700, at or beyond/,
  ],
];

Deno.test("whyImpossibleCommit() accepts commits of members whose clocks differ", () => {
  const clocks = fc.integer({ min: NOW_MS - 1e9, max: NOW_MS + MAX_CLOCK_DIFFERENCE_MS });
  fc.assert(fc.property(clocks, (ms) => {
    const closedUntilMs = Math.floor(ms / SLIDE_MS) * SLIDE_MS;
    const metadata = { ...METADATA, closedUntilMs, notes: { watermarkMs: ms, future: notes?.future ?? [] } };
    assert.equal(whyImpossibleCommit(metadata, { offset: OFFSET, nowMs: NOW_MS }), undefined);
  }));
  const beginning = { ...METADATA, closedUntilMs: -Infinity, notes: undefined };
  assert.equal(whyImpossibleCommit(beginning, { offset: OFFSET, nowMs: NOW_MS }), undefined);
});

for (const [values, reason] of IMPOSSIBLE_COMMITS) {
  Deno.test(`AssignedPartitions.start() refuses the commit that cannot be: ${Deno.inspect(values)}`, async () => {
    const metadata = formatCommitMetadata({ ...METADATA, ...values });
    const refused = await startWith(metadata);
    assert.match(refused.warnings.join(), /a commit cannot be right/);
    assert.match(refused.warnings.join(), reason);
    const unknown = await startWith("of another program");
    assert.deepEqual(refused.starts, unknown.starts, "counting begins as with a commit without metadata");
    assert.deepEqual(refused.commits, unknown.commits, "nothing of it is committed again");
    assert.equal(unknown.warnings.length, 1);
    assert.match(
      unknown.warnings[0],
      /begins at offsets that another program has committed: the first windows lack/,
    );
  });
}

Deno.test("AssignedPartitions.start() lets a commit close no windows of all partitions beyond its own", async () => {
  const forged = await startWith(formatCommitMetadata({ ...METADATA, wholeUntilMs: YEAR_287396_MS }));
  const genuine = await startWith(formatCommitMetadata({ ...METADATA, wholeUntilMs: NOW_MS }));
  assert.deepEqual(forged, genuine);
  assert.ok(!JSON.stringify(forged.commits).includes(String(YEAR_287396_MS)));
});

/** Starts with one partition whose log has the offsets 100 to 1,000, and a commit with this metadata. */
async function startWith(metadata: string) {
  const warnings: string[] = [];
  const commits: unknown[] = [];
  const key = "t/0";
  const assigned = new AssignedPartitions(
    {
      membership: {
        committed: () =>
          Promise.resolve(new Map([[key, { topic: "t", partition: 0, offset: OFFSET, metadata }]])),
        commit: (_: unknown, saved: unknown) => Promise.resolve(commits.push(saved) > 0),
      },
      topics: { topics: ["t"], partitions: [{ topic: "t", partition: 0 }], isNewTopic: () => false },
      start: "window",
      window: { lengthMs: LENGTH_MS, slideMs: SLIDE_MS, time: "event" },
      snapshots: undefined,
      clock: new ManualClock({ nowMs: NOW_MS }),
      log: { info() {}, warn: (message: string) => warnings.push(message) },
    } as unknown as ConstructorParameters<typeof AssignedPartitions>[0],
  );
  const client = {
    clusterId: "c",
    listOffsets: (asked: readonly { timestampMs: number }[]) =>
      Promise.resolve(new Map(asked.map(({ timestampMs }) => [key, timestampMs === -2 ? 100 : 1_000]))),
  };
  const assignment: GroupAssignment = {
    partitions: [{ topic: "t", partition: 0 }],
    begunTopics: [],
    mustJoinAgain: false,
  };
  assigned.take(assignment, false);
  const starts = await assigned.start(
    client as unknown as Parameters<AssignedPartitions["start"]>[0],
    new AbortController().signal,
  );
  return { warnings, commits, starts };
}

const PARTITION: SnapshotPartition = {
  topic: "t",
  partition: 0,
  position: OFFSET,
  firstOffsets: [[NOW_MS, 500]],
  mark: { largestMs: NOW_MS, watermarkMs: NOW_MS, sinceArrivalMs: 0 },
  future: [],
};

function snapshotWith(values: Partial<Snapshot>, partition: Partial<SnapshotPartition> = {}): Snapshot {
  const partitions = [{ ...PARTITION, ...partition }];
  return {
    ...emptySnapshot,
    takenAtMs: NOW_MS,
    clusterId: "c",
    closedUntilMs: NOW_MS,
    partitions,
    ...values,
  };
}

const PANE = NOW_MS / SLIDE_MS;
const BASELINE: NonNullable<Snapshot["baseline"]> = {
  firstPane: PANE - 100,
  referencePane: PANE,
  words: 0,
  error: 0,
  sums: new Float32Array(0),
  departed: { cells: new Uint32Array(0), counts: new Float32Array(0) },
};
const NEW_WORDS: NonNullable<Snapshot["newWords"]> = {
  firstPane: PANE - 100,
  marks: new Uint8Array(0),
  seen: { panesPerGeneration: 100, current: Math.floor(PANE / 100), generations: [] },
};

const IMPOSSIBLE_SNAPSHOTS: readonly (readonly [Partial<Snapshot>, Partial<SnapshotPartition>, RegExp])[] = [
  [{ takenAtMs: YEAR_287396_MS }, {}, /taken at .* in the future/],
  [{ takenAtMs: NaN }, {}, /taken at/],
  [{ closedUntilMs: YEAR_287396_MS }, {}, /newest window .* in the future/],
  [{ closedUntilMs: NaN }, {}, /newest window/],
  [{ closedUntilMs: NOW_MS + 1 }, {}, /no multiple of the slide/],
  [{ firstEndMs: YEAR_287396_MS }, {}, /first window .* in the future/],
  [{}, { mark: { ...PARTITION.mark, watermarkMs: YEAR_287396_MS } }, /watermark is .* in the future/],
  [{}, { mark: { ...PARTITION.mark, watermarkMs: NaN } }, /watermark is/],
  [{}, { mark: { ...PARTITION.mark, largestMs: Infinity } }, /largest timestamp is/],
  [{}, { mark: { ...PARTITION.mark, sinceArrivalMs: -1 } }, /arrived -1 ms ago/],
  [{}, { firstOffsets: [[NOW_MS, OFFSET]] }, /counts a record at 700, at or beyond its position 700/],
  [{}, { firstOffsets: [[NaN, 500]] }, /counts a record/],
  [{}, { future: [{ offset: OFFSET, fromMs: 5 }] }, /tells of the record at 700/],
  [
    {},
    { future: [{ offset: 9, fromMs: 5 }, { offset: 8, fromMs: 5 }] },
    /tells of the record at 8, out of order/,
  ],
  [{ panes: [{ startMs: NOW_MS + 1, records: 1, runs: [] }] }, {}, /pane that begins at/],
  [{ panes: [{ startMs: Infinity, records: 1, runs: [] }] }, {}, /pane that begins at/],
  [{ baseline: { ...BASELINE, firstPane: 1e12 } }, {}, /remembers words of .* in the future/],
  [{ baseline: { ...BASELINE, referencePane: 1e12 } }, {}, /remembers words of .* in the future/],
  [{ newWords: { ...NEW_WORDS, firstPane: 1e12 } }, {}, /remembers words of .* in the future/],
  [
    { newWords: { ...NEW_WORDS, seen: { ...NEW_WORDS.seen, current: 1e10 } } },
    {},
    /remembers words of \+065347-.* in the future/,
  ],
];

for (const [values, partition, reason] of IMPOSSIBLE_SNAPSHOTS) {
  Deno.test(`planResume() refuses the snapshot that cannot be: ${Deno.inspect({ ...values, ...partition })}`, () => {
    const facts = {
      partitions: [{
        topic: "t",
        partition: 0,
        logStart: 100,
        logEnd: 1_000,
        commit: { offset: OFFSET, metadata: METADATA },
        isNewTopic: false,
      }],
      nowMs: NOW_MS,
      lengthMs: LENGTH_MS,
      slideMs: SLIDE_MS,
      mode: "window",
      closedUntilMs: -Infinity,
      firstEndMs: undefined,
      time: "event",
      clusterId: "c",
    } as const;
    const possible = snapshotWith({ baseline: BASELINE, newWords: NEW_WORDS });
    assert.equal(planResume({ ...facts, snapshot: possible }).notRestored, undefined);
    const { notRestored, restore, ...plan } = planResume({
      ...facts,
      snapshot: snapshotWith(values, partition),
    });
    assert.match(notRestored ?? "", /^it cannot be right: /);
    assert.match(notRestored ?? "", reason);
    assert.equal(restore, undefined);
    const { notRestored: _, restore: __, ...without } = planResume({ ...facts, snapshot: undefined });
    assert.deepEqual(plan, without);
  });
}

Deno.test("whyImpossibleSnapshot() accepts a snapshot without windows and records", () => {
  const mark = { largestMs: -Infinity, watermarkMs: -Infinity, sinceArrivalMs: Infinity };
  const snapshot = snapshotWith({ closedUntilMs: -Infinity, firstEndMs: -Infinity }, {
    mark,
    firstOffsets: [],
    future: [{ offset: 0, fromMs: 5 }, { offset: 7, fromMs: Infinity }],
  });
  const facts = { nowMs: NOW_MS, lengthMs: LENGTH_MS, slideMs: SLIDE_MS };
  assert.equal(whyImpossibleSnapshot(snapshot, facts), undefined);
});

Deno.test("splitAssignment() refuses partitions that cannot be assigned", () => {
  const first = { topic: "t", partition: 0 };
  const refused = [
    { topic: "t", partition: -1 },
    { topic: "other", partition: 0 },
    { topic: "constructor", partition: 0 },
    { topic: "t", partition: 0 },
  ];
  assert.deepEqual(splitAssignment([first, ...refused], ["t"]), { possible: [first], refused });
});
