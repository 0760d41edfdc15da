// Where partitions start in a group whose members report their counts: by the commits and by the pane log.

import assert from "node:assert/strict";
import { ErrorCode } from "../../../lib/kafka/connection/kafka_error.ts";
import { type KafkaClient, LOG_END } from "../../../lib/kafka/kafka_client.ts";
import { partitionKey, type TopicPartition } from "../../../lib/kafka/topic_partition.ts";
import { type CommitMetadata, formatCommitMetadata } from "../../../lib/source/kafka/commit_metadata.ts";
import type { GroupLog, LogMark } from "../../../lib/source/kafka/group_log.ts";
import { StartLookup } from "../../../lib/source/kafka/start_lookup.ts";
import { TopicWatch } from "../../../lib/source/kafka/topic_watch.ts";
import { GroupEpochs } from "../../../lib/kafka/group/group_epochs.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";

const TIMES = { lengthMs: 60_000, slideMs: 2_000 };
const PARTITION = { topic: "t", partition: 0 };
const LOG_END_OFFSET = 1_000;

/** The windows up to 900 s are closed; the counts up to 910 s are reported, and the rest begins at offset 650. */
const metadata: CommitMetadata = {
  ...TIMES,
  closedUntilMs: 900_000,
  firstEndMs: -Infinity,
  replayFrom: 400,
  reported: { openFrom: 650, cutMs: 910_000, logFrom: 30 },
};
const committed = { offset: 700, metadata: formatCommitMetadata(metadata) };

interface FoundOffset {
  readonly offset: number;
  readonly metadata: string;
}

async function find({ mark, commit = committed, other, logEnd = LOG_END_OFFSET, merges = true, ...more }: {
  readonly mark: LogMark | undefined;
  readonly commit?: FoundOffset | undefined;
  /** The commit of partition 1, which another member has. */
  readonly other?: FoundOffset;
  readonly logEnd?: number;
  readonly merges?: boolean;
  readonly time?: "event" | "processing";
  readonly warnings?: string[];
}) {
  const { time = "event", warnings } = more;
  const topics = new TopicWatch(["t"]);
  topics.observe(
    new Map([["t", { errorCode: ErrorCode.none, isInternal: false, leaders: new Map([[0, 1], [1, 1]]) }]]),
    0,
  );
  const groupLog: GroupLog = {
    epochs: new GroupEpochs("merge"),
    notReady: undefined,
    catchUp: () => Promise.resolve(),
    mark: () => Promise.resolve(true),
    markOf: () => mark,
    progress: () => ({ closedUntilMs: -Infinity, firstEndMs: -Infinity }),
  };
  const commits = new Map([["t/0", { ...PARTITION, ...commit }]]);
  if (other !== undefined) commits.set("t/1", { ...PARTITION, partition: 1, ...other });
  const committed = (_: unknown, asked: readonly TopicPartition[]) =>
    Promise.resolve(new Map([...commits].filter(([key]) => asked.some((one) => partitionKey(one) === key))));
  const lookup = new StartLookup({
    membership: { committed },
    topics,
    start: "earliest",
    window: { ...TIMES, time },
    snapshots: undefined,
    groupLog: merges ? groupLog : undefined,
    clock: new ManualClock({ nowMs: 1_000_000 }),
    log: { warn: (message) => warnings === undefined ? assert.fail(message) : warnings.push(message) },
  });
  const refuse = () => Promise.reject(new Error("nothing answers here"));
  const client: KafkaClient = {
    leaderOf: () => "broker",
    metadata: refuse,
    findCoordinator: refuse,
    listOffsets: (wanted) => {
      return Promise.resolve(
        new Map(wanted.map(({ timestampMs }) => ["t/0", timestampMs === LOG_END ? logEnd : 100])),
      );
    },
    fetch: refuse,
    request: refuse,
    close: () => Promise.resolve(),
  };
  const { partitions: [{ startOffset, replayUntil }], reported, closedUntilMs } = await lookup.find(client, {
    assigned: { partitions: [PARTITION], begunTopics: [], mustJoinAgain: false },
    begun: { closedUntilMs: -Infinity, firstEndMs: undefined },
    signal: new AbortController().signal,
  });
  return { startOffset, replayUntil, reported: reported.get("t/0"), closedUntilMs };
}

Deno.test("StartLookup reads only what the pane log does not have, where it has what the commit claims", async () => {
  for (const mark of [{ offset: 700, cutMs: 910_000 }, { offset: 800, cutMs: 916_000 }]) {
    assert.deepEqual(await find({ mark }), {
      startOffset: 650,
      replayUntil: 700,
      reported: { ...mark, replayFrom: 400 },
      closedUntilMs: 900_000,
    });
  }
});

Deno.test("StartLookup reads all of the open windows where the pane log has less than the commit claims", async () => {
  const mark = { offset: 600, cutMs: 908_000 };
  const { startOffset, reported } = await find({ mark });
  assert.equal(startOffset, 400);
  assert.deepEqual(reported, { ...mark, replayFrom: 400 }, "what the log has does not count again");
});

Deno.test("StartLookup reads all of the open windows where the pane log says nothing of a partition", async () => {
  const { startOffset, reported } = await find({ mark: undefined });
  assert.deepEqual([startOffset, reported], [400, undefined]);
});

Deno.test("StartLookup ignores a mark beyond the end of the partition: it is of another log", async () => {
  const mark = { offset: 701, cutMs: 916_000 };
  assert.deepEqual(await find({ mark, logEnd: 700 }), {
    startOffset: 400,
    replayUntil: 700,
    reported: undefined,
    closedUntilMs: 900_000,
  });
  assert.equal((await find({ mark, logEnd: 701 })).startOffset, 650);
});

Deno.test("StartLookup begins at the start of a partition that was made anew, whatever the pane log says", async () => {
  const { startOffset, reported } = await find({ mark: { offset: 500, cutMs: 916_000 }, logEnd: 600 });
  assert.deepEqual([startOffset, reported], [100, undefined]);
});

Deno.test("StartLookup continues the commits of a group that did not merge before", async () => {
  const { reported: _, ...alone } = metadata;
  const commit = { offset: 700, metadata: formatCommitMetadata(alone) };
  const mark = { offset: 650, cutMs: 906_000 };
  const { startOffset, reported } = await find({ mark, commit });
  assert.equal(startOffset, 400, "it does not say which records are reported");
  assert.deepEqual(reported, { ...mark, replayFrom: 400 });
});

Deno.test("StartLookup continues the commits of a group that has stopped to merge: it counts the open windows itself", async () => {
  const { startOffset, replayUntil, reported } = await find({ mark: undefined, merges: false });
  assert.deepEqual([startOffset, replayUntil, reported], [400, 700, undefined]);
});

for (const [wholeUntilMs, wantedMs] of [[918_000, 918_000], [undefined, 900_000]] as const) {
  const whose = wholeUntilMs === undefined ? "others only" : "all partitions";
  Deno.test(`StartLookup and the commit of another partition, whose windows are those of ${whose}`, async () => {
    const other = {
      offset: 5,
      metadata: formatCommitMetadata({
        ...metadata,
        replayFrom: 5,
        reported: undefined,
        closedUntilMs: 920_000,
        wholeUntilMs,
      }),
    };
    assert.equal((await find({ mark: undefined, merges: false, other })).closedUntilMs, wantedMs);
  });
}

Deno.test("StartLookup forgets the windows of all partitions with a log that was made anew", async () => {
  const commit = { offset: 700, metadata: formatCommitMetadata({ ...metadata, wholeUntilMs: 900_000 }) };
  assert.equal((await find({ mark: undefined, merges: false, commit })).closedUntilMs, 900_000);
  const { closedUntilMs, startOffset } = await find({ mark: undefined, merges: false, commit, logEnd: 600 });
  assert.deepEqual([closedUntilMs, startOffset], [-Infinity, 100]);
});

for (
  const [time, offset, isWarned] of [
    ["event", 700, true],
    ["event", 100, false],
    ["event", LOG_END_OFFSET + 1, false],
    ["processing", 700, false],
  ] as const
) {
  const does = isWarned ? "warns" : "does not warn";
  Deno.test(`StartLookup ${does} of the offset ${offset} of another program, with ${time} time`, async () => {
    const warnings: string[] = [];
    await find({ mark: undefined, merges: false, commit: { offset, metadata: "" }, time, warnings });
    assert.equal(warnings.length, Number(isWarned));
  });
}
