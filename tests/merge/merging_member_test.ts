// The whole members of a group, in situations that a test makes one by one.

import assert from "node:assert/strict";
import { formatCommitMetadata, parseCommitMetadata } from "../../lib/source/kafka/commit_metadata.ts";
import { settle } from "../fakes/settle.ts";
import { LENGTH_MS, SLIDE_MS } from "./group_times.ts";
import { MemberProcess } from "./member_process.ts";
import { encodeReport } from "../../lib/merge/report_encoder.ts";
import type { ReportHead } from "../../lib/merge/report.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { MergingGroup } from "./merging_group.ts";
import { FINGERPRINT, headOf } from "./reports.ts";

const TICK_MS = 500;

/** Members with these names, which have read the empty pane log. */
async function setUp(partitions: number, names: readonly string[]) {
  const group = new MergingGroup(partitions);
  const members = names.map((name) => group.start(name));
  await group.pass(TICK_MS);
  return { group, members };
}

/** Time passes, and the partitions get a record in each tick. */
async function write(group: MergingGroup, partitions: readonly number[], ms: number): Promise<void> {
  await group.pass(ms, () => {
    const atMs = group.clock.nowMs() - group.beginMs;
    for (const partition of partitions) group.write(partition, atMs, `p${partition}`);
  });
}

function assignedTo({ assigned: { assignment } }: MemberProcess): number | undefined {
  return assignment?.partitions.length;
}

function lastOf(group: MergingGroup, { name }: MemberProcess): number {
  return group.closedBy(name).at(-1) ?? -Infinity;
}

Deno.test("MergingMember closes windows of all partitions, the same ones on each member", async () => {
  const { group, members } = await setUp(2, ["a", "b"]);
  group.assign({ a: [0], b: [1] });
  await write(group, [0, 1], 30_000);
  group.assertExact();
  for (const member of members) group.assertComplete(group.closedBy(member.name), 20_000);
  assert.deepEqual(group.closedBy("a"), group.closedBy("b"));
  group.assertComplete(group.writtenEnds, 20_000);
  assert.deepEqual(
    new Set(group.written.map(({ member }) => member)),
    new Set(["a"]),
    "it has the lowest partition",
  );
  assert.deepEqual([members[0].member.isWriter, members[1].member.isWriter], [true, false]);
  await group.end();
});

Deno.test("MergingMember reports all that it has counted before others take its partitions over", async () => {
  const { group, members: [a, b] } = await setUp(2, ["a", "b"]);
  group.assign({ a: [0, 1], b: [] });
  await write(group, [0, 1], 20_000);
  a.handOver();
  await group.pass(2 * TICK_MS);
  const taken = group.partitions.map((records) => records.length);
  group.assign({ a: [0], b: [1] });
  const closed = lastOf(group, b);
  await group.pass(2 * TICK_MS);
  const positions = [a, b].map(({ assigned }) => assigned.assignment?.partitions[0].position);
  assert.deepEqual(positions, taken, "no record is read again");
  assert.equal(lastOf(group, b), closed, "what is reported early closes no window early");
  await write(group, [0, 1], 30_000);
  group.assertExact();
  for (const { name } of [a, b]) group.assertComplete(group.closedBy(name), 40_000);
  await group.end();
});

Deno.test("MergingMember reports no counts that are needed for longer than the log may keep them", async () => {
  const { group, members: [a] } = await setUp(1, ["a", "b"]);
  group.assign({ a: [0], b: [] });
  await write(group, [0], 20_000);
  const nearMs = 20_000 + 60_000;
  group.write(0, nearMs, "near");
  await group.pass(2 * TICK_MS);
  const farFrom = group.partitions[0].length;
  group.write(0, 20_000 + 20 * 3_600_000, "far");
  await write(group, [0], 2_000);
  a.handOver();
  await group.pass(2 * TICK_MS);
  const { metadata = "" } = group.commits.get("t/0") ?? {};
  const { reported, open_from: openFrom } = JSON.parse(metadata);
  group.assign({ a: [], b: [0] });
  assert.ok(reported > group.beginMs + nearMs, "the log has a record of the next minute");
  assert.ok(reported < group.beginMs + 4 * 3_600_000, "and none of the next day");
  assert.equal(openFrom, farFrom, "that one is read again");
  await write(group, [0], nearMs);
  group.assertExact();
  group.assertComplete(group.closedBy("b"), nearMs);
  await group.end();
});

Deno.test("MergingMember reports all that it has counted before it stops", async () => {
  const { group, members: [a, b] } = await setUp(2, ["a", "b"]);
  group.assign({ a: [0], b: [1] });
  await write(group, [0, 1], 20_000);
  await a.leave();
  const taken = group.partitions[0].length;
  group.assign({ b: [0, 1] });
  await group.pass(2 * TICK_MS);
  assert.equal(b.assigned.assignment?.partitions[0].position, taken, "no record is read again");
  await write(group, [0, 1], 30_000);
  group.assertExact();
  group.assertComplete(group.closedBy("b"), 40_000);
  await group.end();
});

Deno.test("MergingMember commits what the log has of each partition, not what it has of another one", async () => {
  const { group, members: [a, b, c] } = await setUp(2, ["a", "b", "c"]);
  group.assign({ a: [0], b: [1], c: [] });
  await write(group, [0, 1], 20_000);
  b.kill();
  // Its report has newer panes than the last one of b.
  a.handOver();
  await group.pass(2 * TICK_MS);
  a.fetches = c.fetches = () => 0;
  group.assign({ a: [0, 1], c: [] });
  await group.pass(2 * TICK_MS);
  const positionOf = ({ assigned }: MemberProcess) => {
    return assigned.assignment?.partitions.find(({ partition }) => partition === 1)?.position;
  };
  const openFrom = positionOf(a);
  a.handOver();
  await group.pass(4 * TICK_MS);
  group.assign({ a: [0], c: [1] });
  await group.pass(2 * TICK_MS);
  assert.ok(openFrom !== undefined && openFrom > 0);
  assert.equal(positionOf(c), openFrom, "records that the log has are not read again");
  a.fetches = c.fetches = () => Infinity;
  await write(group, [0, 1], 30_000);
  group.assertExact();
  group.assertComplete(group.closedBy("c"), 40_000);
  await group.end();
});

Deno.test("MergingMember begins where the commits say, though its first session ended before it knew them", async () => {
  const { group, members: [a] } = await setUp(1, ["a"]);
  group.assign({ a: [0] });
  await write(group, [0], 20_000);
  a.kill();
  const b = new MemberProcess(group, "b");
  const ended = AbortSignal.abort();
  await b.member.catchUp(() => Promise.resolve([]), ended);
  const position = () => b.tail.queue?.position;
  assert.equal(position(), undefined, "it reads nothing");
  const commit = { closedUntilMs: group.beginMs + 10_000, firstEndMs: group.beginMs, slideMs: SLIDE_MS };
  const metadata = parseCommitMetadata(
    formatCommitMetadata({
      ...commit,
      lengthMs: LENGTH_MS,
      replayFrom: 0,
      reported: { cutMs: 0, openFrom: 0, logFrom: 3 },
    }),
  );
  assert.ok(metadata !== undefined);
  void b.member.catchUp(() => Promise.resolve([metadata]), new AbortController().signal);
  await settle();
  assert.equal(position(), 3);
  assert.equal(b.member.windows.window.closedUntilMs, group.beginMs + 10_000);
  await group.end();
});

Deno.test("MergingMember takes over partitions with different marks: no record counts twice, none is lost", async () => {
  const { group, members: [a, b] } = await setUp(2, ["a", "b"]);
  group.assign({ a: [0], b: [1] });
  await write(group, [0, 1], 12_000);
  // From here on the log hears nothing of partition 1, and partition 0 is reported further.
  b.wire.isOpen = false;
  await write(group, [0, 1], 6_000);
  const [mark0, mark1] = [0, 1].map((partition) => a.member.marks.markOf({ topic: "t", partition }));
  assert.ok(mark0 !== undefined && mark1 !== undefined && mark0.cutMs > mark1.cutMs, "the marks differ");
  b.kill();
  b.wire.lose();
  a.kill();
  a.wire.lose();
  const c = group.start("c");
  await write(group, [0, 1], 1_000);
  group.assign({ c: [0, 1] });
  await write(group, [0, 1], 30_000);
  group.assertExact();
  group.assertComplete([...group.closedBy("a"), ...group.closedBy("c")], 40_000);
  assert.ok(lastOf(group, c) >= 40_000);
  await group.end();
});

Deno.test("MemberReports sends nothing before every partition has reached its offset in the log", async () => {
  const { group, members: [a] } = await setUp(2, ["a"]);
  group.assign({ a: [0, 1] });
  await write(group, [0, 1], 20_000);
  a.kill();
  const b = group.start("b");
  b.fetches = () => 0;
  await group.pass(TICK_MS);
  group.assign({ b: [0, 1] });
  await write(group, [0, 1], 3_000);
  const { assignment } = b.assigned;
  const queues = assignment?.partitions ?? [];
  assert.equal(queues.length, 2);
  for (const { position, reported } of queues) {
    assert.ok(reported !== undefined && position < reported.offset, "some records have to be read again");
  }
  // One partition is read, the other one is not: the bound of the log stays where it is.
  const before = b.member.totals.results.sent;
  b.fetches = (partition) => partition === 0 ? Infinity : 0;
  await write(group, [0, 1], 5_000);
  assert.ok(queues[0].position >= (queues[0].reported?.offset ?? Infinity));
  assert.equal(b.member.totals.results.sent, before);
  b.fetches = () => Infinity;
  await write(group, [0, 1], 15_000);
  assert.ok(b.member.totals.results.sent > before);
  group.assertExact();
  group.assertComplete([...group.closedBy("a"), ...group.closedBy("b")], 30_000);
  await group.end();
});

Deno.test("MergingMember reads nothing while its marker is outdated, and waits for the next rebalance", async () => {
  const { group, members: [a, b] } = await setUp(1, ["a", "b"]);
  group.assign({ a: [0] });
  a.wire.isOpen = false;
  await write(group, [0], 2_000);
  assert.equal(assignedTo(a), undefined, "the marker is under way");
  group.assign({ b: [0] });
  await write(group, [0], 2_000);
  a.wire.isOpen = true;
  await write(group, [0], 10_000);
  assert.deepEqual(
    [a.assigned.assignment, a.member.totals.results.sent],
    [undefined, 1],
    "it sends one marker",
  );
  assert.ok(b.member.totals.results.outdated > 0);
  group.assign({ a: [0], b: [] });
  await write(group, [0], 20_000);
  assert.equal(assignedTo(a), 1);
  group.assertExact();
  group.assertComplete(group.closedBy("a"), 24_000);
  await group.end();
});

Deno.test("MergingMember: reports of a member that was frozen beyond its session have no effect", async () => {
  const { group, members: [a, b] } = await setUp(2, ["a", "b"]);
  group.assign({ a: [0], b: [1] });
  await write(group, [0, 1], 12_000);
  // Its reports stay in the socket until another member has its partition.
  b.wire.isOpen = false;
  await write(group, [0, 1], 4_000);
  assert.ok(b.wire.left > 0);
  b.isFrozen = true;
  group.assign({ a: [0, 1] });
  await write(group, [0, 1], 10_000);
  b.wire.isOpen = true;
  await write(group, [0, 1], 2_000);
  assert.ok(a.member.totals.results.outdated > 0, "the log has them");
  b.isFrozen = false;
  const { sent } = b.member.totals.results;
  await write(group, [0, 1], 6_000);
  assert.equal(b.assigned.assignment?.epoch?.number, 1, "it still reads under its old assignment");
  b.handOver();
  await write(group, [0, 1], 2_000);
  assert.equal(b.member.totals.results.sent, sent, "it sends no report that the log voids");
  group.assign({ a: [0], b: [1] });
  await write(group, [0, 1], 20_000);
  assert.equal(b.assigned.assignment?.epoch?.number, 3);
  group.assertExact();
  for (const { name } of [a, b]) group.assertComplete(group.closedBy(name), 46_000);
  await group.end();
});

Deno.test("MergingMember counts a report once that is in the log twice", async () => {
  const { group, members: [a] } = await setUp(1, ["a"]);
  group.assign({ a: [0] });
  for (let n = 0; n < 5; n++) {
    await write(group, [0], 4_000);
    a.wire.repeat();
  }
  assert.equal(a.member.totals.results.repeated, 4);
  group.assertExact();
  await group.end();
});

Deno.test("MergingMember commits the offset that no acknowledged report covers, never more", async () => {
  const { group, members: [a] } = await setUp(1, ["a"]);
  group.assign({ a: [0] });
  await write(group, [0], 16_000);
  const before = group.commits.get("t/0");
  a.wire.isOpen = false;
  await write(group, [0], 6_000);
  assert.deepEqual(group.commits.get("t/0"), before, "a commit waits for the reports before it");
  a.wire.isOpen = true;
  await write(group, [0], 3_000);
  const { offset = -1, metadata = "" } = group.commits.get("t/0") ?? {};
  const { open_from: openFrom, reported, log_from: logFrom, replay_from: replayFrom, window_end } = JSON
    .parse(metadata);
  const records = group.partitions[0];
  for (const { timestampMs } of records.slice(0, openFrom)) {
    assert.ok(timestampMs < reported, "records below open_from are reported");
  }
  assert.ok(records[openFrom].timestampMs >= reported, "and the first one that is not is there");
  assert.ok(openFrom <= offset && replayFrom <= openFrom);
  assert.ok(
    records[replayFrom].timestampMs <= window_end + 2_000 - LENGTH_MS,
    "the next window can be read again",
  );
  assert.ok(logFrom > 0 && logFrom < group.log.length, "not all of the log has to be read");
  await group.end();
});

Deno.test("MergingMember blocks counting, and drops nothing, while the pane log accepts nothing", async () => {
  const { group, members: [a] } = await setUp(1, ["a"]);
  group.assign({ a: [0] });
  await write(group, [0], 10_000);
  a.wire.isOpen = false;
  a.wire.isBlocked = true;
  const position = a.assigned.assignment?.partitions[0].position;
  await write(group, [0], 60_000);
  assert.equal(a.assigned.assignment?.partitions[0].position, position);
  a.wire.isOpen = true;
  a.wire.isBlocked = false;
  await write(group, [0], 10_000);
  group.assertExact();
  group.assertComplete(group.closedBy("a"), 70_000);
  await group.end();
});

Deno.test("MergingMember: the next writer of the output topic continues behind the served windows, none is missing", async () => {
  const { group, members: [a] } = await setUp(2, ["a", "b"]);
  group.assign({ a: [0], b: [1] });
  await write(group, [0, 1], 16_000);
  const served = group.writtenEnds.at(-1) ?? 0;
  // The windows stay in the socket of the first writer, and are lost with it.
  a.topic.isOpen = false;
  await write(group, [0, 1], 8_000);
  assert.equal(group.writtenEnds.at(-1), served);
  assert.ok(lastOf(group, a) >= served + 6_000);
  a.kill();
  group.assign({ b: [0, 1] });
  await write(group, [0, 1], 12_000);
  const byB = group.written.filter(({ member }) => member === "b");
  const firstMs = (byB[0].closed.result.endMs ?? NaN) - group.beginMs;
  assert.ok(firstMs <= served + 2_000, "none is missing");
  assert.ok(firstMs > served - LENGTH_MS, "few are written again");
  group.assertComplete(group.writtenEnds, 28_000);
  group.assertExact();
  await group.end();
});

Deno.test("MergingMember: a new process continues behind the windows that the output topic has", async () => {
  const { group, members: [a] } = await setUp(1, ["a"]);
  group.assign({ a: [0] });
  await write(group, [0], 20_000);
  await a.leave();
  const before = group.writtenEnds;
  const b = group.start("b");
  await write(group, [0], 1_000);
  group.assign({ b: [0] });
  await write(group, [0], 15_000);
  const after = group.writtenEnds.slice(before.length);
  assert.ok(after[0] > (before.at(-1) ?? 0), "nothing is written again after a clean stop");
  group.assertComplete(group.writtenEnds, 30_000);
  assert.ok(lastOf(group, b) >= 30_000);
  group.assertExact();
  await group.end();
});

Deno.test("MemberReports: a member whose partition is idle follows the others", async () => {
  const { group, members: [a, b] } = await setUp(2, ["a", "b"]);
  group.assign({ a: [0], b: [1] });
  await write(group, [0, 1], 6_000);
  await write(group, [0], 40_000);
  assert.ok(lastOf(group, a) >= 40_000, "the idle partition delays no window");
  assert.ok(b.reports.boundMs >= 40_000);
  await write(group, [0, 1], 20_000);
  group.assertExact();
  for (const { name } of [a, b]) group.assertComplete(group.closedBy(name), 60_000);
  await group.end();
});

Deno.test("MemberReports: a member with an empty partition delays no window", async () => {
  const { group, members: [a] } = await setUp(2, ["a", "b"]);
  group.assign({ a: [0], b: [1] });
  await write(group, [0], 30_000);
  assert.ok(lastOf(group, a) >= 22_000);
  group.assertExact();
  group.assertComplete(group.closedBy("a"), 22_000);
  await group.end();
});

Deno.test("MemberReports: two members with empty partitions do not wait for each other", async () => {
  const { group, members: [a, b] } = await setUp(3, ["a", "b", "c"]);
  group.assign({ a: [0], b: [1], c: [2] });
  await group.pass(15_000);
  assert.deepEqual(
    [a.member.notReady, b.member.notReady],
    [undefined, undefined],
    "each says that it is idle",
  );
  await write(group, [2], 30_000);
  for (const member of [a, b]) assert.ok(lastOf(group, member) >= 35_000, `${lastOf(group, member)}`);
  group.assertExact();
  await group.end();
});

Deno.test("MergingMember makes the open windows again where the pane log has lost everything", async () => {
  const { group, members: [a] } = await setUp(2, ["a"]);
  group.assign({ a: [0, 1] });
  await write(group, [0, 1], 20_000);
  a.kill();
  const b = group.start("b");
  await write(group, [0, 1], 1_000);
  group.assign({ b: [0, 1] });
  // The windows of the last seconds have not reached the output topic.
  b.topic.isOpen = false;
  await write(group, [0, 1], 7_000);
  b.kill();
  b.wire.lose();
  group.log.length = 0;
  const c = group.start("c");
  await write(group, [0, 1], 1_000);
  group.assign({ c: [0, 1] });
  await write(group, [0, 1], 15_000);
  assert.ok(lastOf(group, c) >= 36_000);
  group.assertComplete(group.writtenEnds, 36_000);
  group.assertExact();
  await group.end();
});

Deno.test("MergingMember commits where the open windows begin, also where the log had more than the last commit", async () => {
  const { group, members: [a] } = await setUp(1, ["a"]);
  group.assign({ a: [0] });
  await write(group, [0], 1_000);
  // Its reports reach the log after its death, and no commit says so.
  a.wire.isOpen = false;
  await write(group, [0], 8_000);
  a.kill();
  a.wire.deliver();
  const b = group.start("b");
  await write(group, [0], 1_000);
  group.assign({ b: [0] });
  await write(group, [0], 2_000);
  const { replay_from: replayFrom, window_end } = JSON.parse(group.commits.get("t/0")?.metadata ?? "");
  const neededMs = window_end + SLIDE_MS - LENGTH_MS;
  const needed = group.partitions[0].findIndex(({ timestampMs }) => timestampMs >= neededMs);
  assert.ok(replayFrom <= needed, `${replayFrom} of ${needed}`);
  b.kill();
  b.wire.lose();
  group.log.length = 0;
  const c = group.start("c");
  await write(group, [0], 1_000);
  group.assign({ c: [0] });
  await write(group, [0], 15_000);
  group.assertExact();
  assert.ok(lastOf(group, c) >= 20_000);
  await group.end();
});

Deno.test("MergingMember commits where the open windows begin before it reads the first record", async () => {
  const { group, members: [a] } = await setUp(1, ["a"]);
  group.assign({ a: [0] });
  await write(group, [0], 20_000);
  await a.leave();
  const before = JSON.parse(group.commits.get("t/0")?.metadata ?? "");
  assert.ok(before.replay_from < before.open_from);
  const b = group.start("b");
  b.fetches = () => 0;
  await group.pass(TICK_MS);
  group.assign({ b: [0] });
  while (assignedTo(b) === undefined) await group.pass(TICK_MS);
  b.kill();
  const after = JSON.parse(group.commits.get("t/0")?.metadata ?? "");
  assert.deepEqual([after.replay_from, after.open_from], [before.replay_from, before.open_from]);
  await group.end();
});

Deno.test("MergingMember is ready once the log is read and each partition is reported by somebody", async () => {
  const { group, members: [a, b] } = await setUp(2, ["a", "b"]);
  group.assign({ a: [0], b: [1] });
  b.wire.isOpen = false;
  await write(group, [0, 1], 6_000);
  assert.match(a.member.notReady ?? "", /waiting for t\/1$/);
  b.wire.isOpen = true;
  await write(group, [0, 1], 6_000);
  assert.deepEqual([a.member.notReady, b.member.notReady], [undefined, undefined]);
  b.isFrozen = true;
  await write(group, [0, 1], 20_000);
  assert.equal(a.member.notReady, undefined, "faults of others do not count from then on");
  await group.end();
});

Deno.test("MergingMember tells why the pane log cannot be used, also once it was ready", async () => {
  const { group, members: [a] } = await setUp(1, ["a"]);
  group.assign({ a: [0] });
  await write(group, [0], 6_000);
  assert.equal(a.member.notReady, undefined);
  a.tail.failure = "the pane log has 2 partitions: create it anew";
  assert.equal(a.member.notReady, "the pane log has 2 partitions: create it anew");
  a.tail.failure = undefined;
  assert.equal(a.member.notReady, undefined);
  await group.end();
});

Deno.test("MergingMember.turn() throws once the pane log has lost what was read, so that the process ends", async () => {
  const { group, members: [a] } = await setUp(1, ["a"]);
  a.tail.error = new Error("the log g.panes/0 ends before the next offset to read, 3");
  assert.throws(() => a.member.turn(), /ends before the next offset/);
  await group.end();
});

Deno.test("MergingMember reads the pane log from the newest commit, and from the lowest place of several", async () => {
  const group = new MergingGroup(3);
  for (let n = 0; n < 9; n++) group.log.push(new Uint8Array());
  [[0, 900_000, 7], [1, 900_000, 4], [2, 898_000, 2]].forEach(([partition, closedUntilMs, logFrom]) => {
    const reported = { openFrom: 0, cutMs: 900_000, logFrom };
    const times = { closedUntilMs, firstEndMs: -Infinity, lengthMs: LENGTH_MS, slideMs: SLIDE_MS };
    const metadata = formatCommitMetadata({ ...times, replayFrom: 0, reported });
    group.commits.set(`t/${partition}`, { topic: "t", partition, offset: 0, metadata });
  });
  const a = group.start("a");
  await settle();
  assert.equal(a.tail.queue?.position, 4);
  await group.end();
});

Deno.test("MergingMember continues behind windows of another slide", async () => {
  const group = new MergingGroup(2);
  const reported = { openFrom: 0, cutMs: -Infinity, logFrom: 0 };
  for (const { topic, partition } of group.list) {
    const times = { closedUntilMs: group.beginMs - 1_000, firstEndMs: -Infinity };
    const metadata = { ...times, lengthMs: LENGTH_MS, slideMs: 1_000, replayFrom: 0, reported };
    group.commits.set(`${topic}/${partition}`, {
      topic,
      partition,
      offset: 0,
      metadata: formatCommitMetadata(metadata),
    });
  }
  const members = ["a", "b"].map((name) => group.start(name));
  await group.pass(TICK_MS);
  group.assign({ a: [0], b: [1] });
  await write(group, [0, 1], 30_000);
  for (const { tail } of members) assert.deepEqual(tail.impossibleReasons, []);
  group.assertExact();
  for (const { name } of members) group.assertComplete(group.closedBy(name), 20_000);
  group.assertComplete(group.writtenEnds, 20_000);
  await group.end();
});

Deno.test("MergingMember counts on beside a program that voids the epoch again and again: no window is lost", async () => {
  const { group, members } = await setUp(2, ["a", "b"]);
  const { list } = group;
  const options = { words: new WordTable(), fingerprint: FINGERPRINT };
  group.assign({ a: [0], b: [1] });
  for (const partitions of [{ a: [1], b: [0] }, { a: [0], b: [1] }]) {
    await write(group, [0, 1], 20_000);
    const epoch = (group.rebalance?.generation ?? NaN) + 1;
    const [{ value }] = encodeReport(headOf({ epoch, member: "other", list, partitions: [] }), [], options);
    group.log.push(value);
    // The reports are void and the commits are taken.
    await write(group, [0, 1], 10_000);
    // Two rebalances: the epoch of the second is higher than that of the program.
    group.assign({});
    group.assign(partitions);
  }
  await write(group, [0, 1], 20_000);
  group.assertExact();
  for (const { name } of members) group.assertComplete(group.closedBy(name), 70_000);
  group.assertComplete(group.writtenEnds, 70_000);
  await group.end();
});

const FORGED: readonly (readonly [Partial<ReportHead>, RegExp])[] = [
  [{ boundMs: 8.64e15, cutMs: 8.64e15 }, /its bound is .* in the future/],
  [{ epoch: Number.MAX_SAFE_INTEGER }, /its epoch is 9007199254740991/],
];

for (const [forged, reason] of FORGED) {
  Deno.test(`MergingMember goes on beside another program's report: ${Deno.inspect(forged)}`, async () => {
    const { group, members } = await setUp(2, ["a", "b"]);
    group.assign({ a: [0], b: [1] });
    await write(group, [0, 1], 10_000);
    const { list } = group;
    const partitions = list.map((one) => ({ ...one, offset: 0 }));
    const head = headOf({ epoch: 1, member: "other", list, partitions, ...forged });
    const [{ value }] = encodeReport(head, [], { words: new WordTable(), fingerprint: FINGERPRINT });
    group.log.push(value);
    await write(group, [0, 1], 10_000);
    group.assign({ a: [1], b: [0] });
    await write(group, [0, 1], 10_000);
    group.assertExact();
    for (const member of members) {
      group.assertComplete(group.closedBy(member.name), 20_000);
      assert.equal(member.tail.impossibleReasons.length, 1);
      assert.match(member.tail.impossibleReasons[0], reason);
    }
    await group.end();
  });
}
