import assert from "node:assert/strict";
import fc from "fast-check";
import type { CommitMetadata } from "../../../lib/source/kafka/commit_metadata.ts";
import {
  type PartitionFacts,
  type PartitionStart,
  planStart,
  type StartFacts,
} from "../../../lib/source/kafka/start_plan.ts";

const LENGTH_MS = 60_000;
const SLIDE_MS = 2_000;
const NOW_MS = 1_000_001;

function partition(facts: Partial<PartitionFacts> = {}): PartitionFacts {
  return {
    topic: "t",
    partition: 0,
    logStart: 100,
    logEnd: 1_000,
    commit: undefined,
    isNewTopic: false,
    ...facts,
  };
}

function metadata(facts: Partial<CommitMetadata> = {}): CommitMetadata {
  return {
    closedUntilMs: 900_000,
    firstEndMs: -Infinity,
    lengthMs: LENGTH_MS,
    slideMs: SLIDE_MS,
    replayFrom: 400,
    ...facts,
  };
}

function plan(partitions: readonly PartitionFacts[], facts: Partial<StartFacts> = {}) {
  return planStart({
    partitions,
    nowMs: NOW_MS,
    lengthMs: LENGTH_MS,
    slideMs: SLIDE_MS,
    mode: "window",
    closedUntilMs: -Infinity,
    firstEndMs: undefined,
    ...facts,
  });
}

/** The interesting part of a start, short enough for a table. */
function brief({ start, replayUntil, skippedOffsets, isRemade }: PartitionStart): string {
  const where = start.kind === "offset" ? `${start.offset}` : `@${start.timestampMs}<=${start.atMost}`;
  return `${where} replay<${replayUntil} skipped=${skippedOffsets}${isRemade ? " remade" : ""}`;
}

const committed = { offset: 500, metadata: metadata() };

const rows: readonly {
  name: string;
  partitions: readonly Partial<PartitionFacts>[];
  facts?: Partial<StartFacts>;
  closedUntilMs: number;
  firstEndMs: number;
  starts: readonly string[];
}[] = [
  {
    name: "without a commit, window: the newest window that ends by now, whole",
    partitions: [{}],
    closedUntilMs: -Infinity,
    firstEndMs: 1_000_000,
    starts: ["@940000<=1000 replay<0 skipped=0"],
  },
  {
    name: "without a commit, earliest: the whole log, with all its windows",
    partitions: [{}],
    facts: { mode: "earliest" },
    closedUntilMs: -Infinity,
    firstEndMs: -Infinity,
    starts: ["100 replay<0 skipped=0"],
  },
  {
    name: "without a commit, latest: the end of the log, and the first window that starts after now",
    partitions: [{}],
    facts: { mode: "latest" },
    closedUntilMs: -Infinity,
    firstEndMs: 1_062_000,
    starts: ["1000 replay<0 skipped=0"],
  },
  {
    name: "a commit of this program: its replay, then the window after the one it closed",
    partitions: [{ commit: committed }],
    closedUntilMs: 900_000,
    firstEndMs: 902_000,
    starts: ["400 replay<500 skipped=0"],
  },
  {
    name: "two commits: the newest window that either closed",
    partitions: [{ commit: committed }, {
      partition: 1,
      commit: { offset: 600, metadata: metadata({ closedUntilMs: 904_000 }) },
    }],
    closedUntilMs: 904_000,
    firstEndMs: 906_000,
    starts: ["400 replay<500 skipped=0", "400 replay<600 skipped=0"],
  },
  {
    name: "this process has closed more windows than its commits show",
    partitions: [{ commit: committed }],
    facts: { closedUntilMs: 910_000, firstEndMs: 800_000 },
    closedUntilMs: 910_000,
    firstEndMs: 912_000,
    starts: ["400 replay<500 skipped=0"],
  },
  {
    name: "nothing closed yet: the first window of the process that committed",
    partitions: [{
      commit: { offset: 500, metadata: metadata({ closedUntilMs: -Infinity, firstEndMs: 990_000 }) },
    }],
    facts: { mode: "latest" },
    closedUntilMs: -Infinity,
    firstEndMs: 990_000,
    starts: ["400 replay<500 skipped=0"],
  },
  {
    name: "closed by other members, before the first whole window",
    partitions: [{ commit: { offset: 500, metadata: metadata({ firstEndMs: 950_000 }) } }],
    closedUntilMs: 900_000,
    firstEndMs: 950_000,
    starts: ["400 replay<500 skipped=0"],
  },
  {
    name: "nothing closed yet since the start of the log: still all its windows",
    partitions: [{ commit: { offset: 500, metadata: metadata({ closedUntilMs: -Infinity }) } }],
    closedUntilMs: -Infinity,
    firstEndMs: -Infinity,
    starts: ["400 replay<500 skipped=0"],
  },
  {
    name: "a part of the replay is deleted from the log",
    partitions: [{ logStart: 450, commit: committed }],
    closedUntilMs: 900_000,
    firstEndMs: 902_000,
    starts: ["450 replay<500 skipped=50"],
  },
  {
    name: "the position is deleted from the log too",
    partitions: [{ logStart: 700, commit: committed }],
    closedUntilMs: 900_000,
    firstEndMs: 902_000,
    starts: ["700 replay<500 skipped=300"],
  },
  {
    name: "the log ends before the commit: it is a new log, and the metadata does not count",
    partitions: [{ logStart: 0, logEnd: 10, commit: committed }],
    closedUntilMs: -Infinity,
    firstEndMs: -Infinity,
    starts: ["0 replay<0 skipped=0 remade"],
  },
  {
    name: "another length: the panes of the next window by time, not beyond the position",
    partitions: [{ commit: { offset: 500, metadata: metadata({ lengthMs: 10_000 }) } }],
    closedUntilMs: 900_000,
    firstEndMs: 902_000,
    starts: ["@842000<=500 replay<500 skipped=0"],
  },
  {
    name: "another slide: closed up to its newest multiple",
    partitions: [{
      commit: { offset: 500, metadata: metadata({ slideMs: 3_000, closedUntilMs: 900_003 * 3 }) },
    }],
    closedUntilMs: 2_700_000,
    firstEndMs: 2_702_000,
    starts: ["@2642000<=500 replay<500 skipped=0"],
  },
  {
    name: "another length before anything closed: the first whole window from the same record",
    partitions: [{
      commit: {
        offset: 500,
        metadata: metadata({ closedUntilMs: -Infinity, firstEndMs: 990_000, lengthMs: 10_000 }),
      },
    }],
    closedUntilMs: -Infinity,
    firstEndMs: 1_040_000,
    starts: ["@980000<=500 replay<500 skipped=0"],
  },
  {
    name: "another slide for a log read from its start: the replay",
    partitions: [{
      commit: { offset: 500, metadata: metadata({ closedUntilMs: -Infinity, slideMs: 1_000 }) },
    }],
    closedUntilMs: -Infinity,
    firstEndMs: -Infinity,
    starts: ["400 replay<500 skipped=0"],
  },
  {
    name: "a tool's commit: counting starts there, whatever the time of its records",
    partitions: [{ commit: { offset: 500, metadata: undefined } }],
    closedUntilMs: -Infinity,
    firstEndMs: -Infinity,
    starts: ["500 replay<500 skipped=0"],
  },
  {
    name: "a tool's commit beside one of this program: it bounds no window",
    partitions: [{ commit: committed }, { partition: 1, commit: { offset: 700, metadata: undefined } }],
    closedUntilMs: 900_000,
    firstEndMs: 902_000,
    starts: ["400 replay<500 skipped=0", "700 replay<700 skipped=0"],
  },
  {
    name: "a partition found later: from its start",
    partitions: [{ commit: committed }, { partition: 1, isNewTopic: true }],
    facts: { mode: "latest" },
    closedUntilMs: 900_000,
    firstEndMs: 902_000,
    starts: ["400 replay<500 skipped=0", "100 replay<0 skipped=0"],
  },
  {
    name: "a topic new to the group, window: as far back as the next window of the others",
    partitions: [{ commit: committed }, { topic: "u" }],
    closedUntilMs: 900_000,
    firstEndMs: 902_000,
    starts: ["400 replay<500 skipped=0", "@842000<=1000 replay<0 skipped=0"],
  },
  {
    name: "no partition at all",
    partitions: [],
    closedUntilMs: -Infinity,
    firstEndMs: 1_000_000,
    starts: [],
  },
  {
    name: "a clock near the epoch: no timestamp has a special meaning",
    partitions: [{}],
    facts: { nowMs: 4_000 },
    closedUntilMs: -Infinity,
    firstEndMs: 4_000,
    starts: ["@0<=1000 replay<0 skipped=0"],
  },
];

for (const { name, partitions, facts, closedUntilMs, firstEndMs, starts } of rows) {
  Deno.test(`planStart() ${name}`, () => {
    const found = plan(partitions.map(partition), facts);
    assert.deepEqual(found.partitions.map(brief), starts);
    assert.equal(found.closedUntilMs, closedUntilMs);
    assert.equal(found.firstEndMs, firstEndMs);
  });
}

const arbitraryMetadata: fc.Arbitrary<CommitMetadata> = fc.record({
  closedUntilMs: fc.oneof(fc.constant(-Infinity), fc.integer({ min: 0, max: 2_000 }).map((n) => n * 1_000)),
  firstEndMs: fc.oneof(fc.constant(-Infinity), fc.integer({ min: 0, max: 2_000 }).map((n) => n * 1_000)),
  lengthMs: fc.constantFrom(LENGTH_MS, 30_000),
  slideMs: fc.constantFrom(SLIDE_MS, 1_000, 3_000),
  replayFrom: fc.nat(1_200),
});

const arbitraryPartition: fc.Arbitrary<PartitionFacts> = fc.record({
  topic: fc.constantFrom("t", "u"),
  partition: fc.nat(3),
  range: fc.tuple(fc.nat(1_200), fc.nat(1_200)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]),
  commit: fc.option(
    fc.record({ offset: fc.nat(1_200), metadata: fc.option(arbitraryMetadata, { nil: undefined }) }),
    { nil: undefined },
  ),
  isNewTopic: fc.boolean(),
}).map(({ range: [logStart, logEnd], ...facts }) => ({ ...facts, logStart, logEnd }));

const arbitraryFacts: fc.Arbitrary<StartFacts> = fc.record({
  partitions: fc.array(arbitraryPartition, { maxLength: 4 }),
  nowMs: fc.integer({ min: 0, max: 2_000_000 }),
  lengthMs: fc.constant(LENGTH_MS),
  slideMs: fc.constant(SLIDE_MS),
  mode: fc.constantFrom("window", "earliest", "latest"),
  closedUntilMs: fc.oneof(fc.constant(-Infinity), fc.nat(1_000).map((n) => n * SLIDE_MS)),
  firstEndMs: fc.oneof(fc.constant(undefined), fc.nat(1_000).map((n) => n * SLIDE_MS)),
});

Deno.test("planStart() starts within the log and leaves no gap before the counted records", () => {
  fc.assert(fc.property(arbitraryFacts, (facts) => {
    const { partitions } = planStart(facts);
    partitions.forEach(({ start, replayUntil, skippedOffsets, isRemade }, i) => {
      const { logStart, logEnd, commit } = facts.partitions[i];
      const latest = start.kind === "offset" ? start.offset : start.atMost;
      assert.ok(latest >= logStart && latest <= logEnd, `${latest} in ${logStart}..${logEnd}`);
      assert.ok(skippedOffsets >= 0);
      if (commit === undefined || isRemade) return assert.equal(replayUntil, 0);
      assert.equal(replayUntil, commit.offset);
      assert.ok(latest <= Math.max(commit.offset, logStart), "a record was left out");
      if (latest > commit.offset) assert.ok(skippedOffsets >= latest - commit.offset);
    });
  }));
});

Deno.test("planStart() emits no window twice, and windows that end at multiples of the slide", () => {
  fc.assert(fc.property(arbitraryFacts, (facts) => {
    const { closedUntilMs, firstEndMs } = planStart(facts);
    assert.ok(firstEndMs > closedUntilMs || closedUntilMs === -Infinity);
    assert.ok(closedUntilMs >= Math.floor(facts.closedUntilMs / SLIDE_MS) * SLIDE_MS);
    for (const end of [closedUntilMs, firstEndMs].filter(Number.isFinite)) assert.equal(end % SLIDE_MS, 0);
  }));
});
