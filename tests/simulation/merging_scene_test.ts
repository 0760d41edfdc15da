// Situations of a group that merges its counts: partitions that are empty, silent or old, topics that come and go, members
// that start apart, and a log of reports that has lost some of them.

import assert from "node:assert/strict";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { TOPIC } from "./cluster.ts";
import { keysOf, MergingScene, type SeenWindow } from "./merging_scene.ts";
import { EPOCH_MS } from "./process_clock.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const LENGTH_MS = 3_000;
const LATENESS_MS = 700;
const IDLE_MS = 5_000;
/** A rebalance of members that run, and two more seconds. */
const REBALANCE_MS = 7_000;
/** The time between two looks of a member for changed topics. */
const METADATA_MS = 30_000;

Deno.test("merging members: a partition without records, one with a day-old record, and the end of all producers delay no window for longer than `idle`", async () => {
  const scene = new MergingScene({ members: 2, partitions: 3 });
  scene.append(1, { timeMs: -DAY_MS });
  scene.startAll();
  await scene.pass(20_000, { everyMs: 200, act: () => scene.append(0) });
  const lastMs = 19_800;
  const newestOfDay = scene.windows.filter(({ endMs }) => endMs < 0);
  assert.ok(newestOfDay.length > 0, "the windows of the old record close");
  // Until the member of the old partition has joined, and has waited for `idle`, no window closes.
  const beginMs = 5_000 + IDLE_MS;
  const late = scene.windows.filter(({ endMs, atMs }) => {
    return endMs > 0 && atMs > Math.max(endMs + LATENESS_MS, beginMs) + 2_000;
  });
  assert.deepEqual(
    late.map(({ endMs }) => endMs),
    [],
    "windows close while the producer of one partition sends",
  );
  const lastEndMs = 20_000 - 1_000 + LENGTH_MS;
  const withinMs = lastEndMs + LATENESS_MS + IDLE_MS + 2_000 - scene.nowMs;
  await scene.waitForWindow(lastEndMs, { withinMs });
  assert.ok(scene.windows.some(({ endMs }) => endMs > lastMs), "the last record is in a window");
  scene.assertExact();
  scene.assertComplete(-DAY_MS, -DAY_MS + LENGTH_MS);
  scene.assertComplete(0, lastEndMs);
  scene.end();
});

Deno.test("merging members: a gap of eight hours in all partitions, and a record of 1970, cost three reports a member", async () => {
  const scene = new MergingScene({ members: 4, partitions: 4 });
  scene.append(0, { timeMs: 1_000 - EPOCH_MS });
  for (let agoMs = 20_000; agoMs > 0; agoMs -= 250) {
    for (let partition = 0; partition < 4; partition++) {
      scene.append(partition, { timeMs: -8 * HOUR_MS - agoMs });
    }
  }
  /** The reports of each run before the gap, and from its end on. */
  const before = new Map<string, number>();
  const after = new Map<string, number>();
  scene.onTurn = ({ member, merging }) => {
    if (merging === undefined) return;
    const { member: { totals: { results: { sent } } }, reports: { boundMs } } = merging;
    if (boundMs <= EPOCH_MS - 8 * HOUR_MS) before.set(member, sent);
    else if (boundMs >= EPOCH_MS) after.set(member, after.get(member) ?? sent);
  };
  scene.startAll();
  await scene.pass(20_000, {
    everyMs: 250,
    act: () => [0, 1, 2, 3].forEach((partition) => scene.append(partition)),
  });
  await scene.waitForWindow(20_000, { withinMs: 10_000 });
  for (const { name } of scene.members) {
    const reports = (after.get(name) ?? Infinity) - (before.get(name) ?? 0);
    assert.ok(reports <= 3, `${name} sends ${reports} reports for the gap`);
  }
  scene.assertExact();
  scene.assertComplete(1_000 - EPOCH_MS, 10_000 - EPOCH_MS);
  scene.assertComplete(-8 * HOUR_MS - 30_000, -8 * HOUR_MS + LENGTH_MS);
  scene.assertComplete(0, 19_000);
  scene.end();
});

/** `SOAK=1` lets the partition fall silent 1,000 times. */
const SILENCES = Deno.env.get("SOAK") === "1" ? 1_000 : 20;

Deno.test(`merging members: of a partition that falls silent and returns ${SILENCES} times, no record is missing or late`, async () => {
  const random = seededRandom(4, 0);
  const idleMs = 1_000;
  const delayMs = () => random() * 100;
  const scene = new MergingScene({ members: 2, partitions: 2, settings: { idleMs }, delayMs });
  scene.startAll();
  const write = (partition: number) =>
    scene.append(partition, { timeMs: Math.floor(scene.nowMs - random() * LATENESS_MS) });
  await scene.pass(10_000, { everyMs: 150, act: () => [0, 1].forEach(write) });
  let idleReports = 0;
  scene.onTurn = ({ merging }) => {
    const marks = merging?.member.marks;
    if (marks?.markOf({ topic: TOPIC, partition: 1 })?.isIdle) idleReports++;
  };
  let silences = 0;
  for (let n = 0; n < SILENCES; n++) {
    idleReports = 0;
    await scene.pass(idleMs + 1_200 + random() * 1_000, { everyMs: 150, act: () => write(0) });
    if (idleReports > 0) silences++;
    await scene.pass(200 + random() * 800, { everyMs: 100, act: () => [0, 1].forEach(write) });
  }
  assert.ok(silences > 0.8 * SILENCES, `the partition was idle ${silences} times`);
  const untilMs = scene.nowMs;
  await scene.waitForWindow(Math.ceil(untilMs / 1_000) * 1_000 + 1_000, { withinMs: 10_000 });
  assert.deepEqual(scene.runs.map(({ tally: { late } }) => late), [0, 0]);
  scene.assertExact();
  scene.assertComplete(0, Math.floor(untilMs / 1_000) * 1_000);
  scene.end();
});

/** The first window of other partitions comes in time, and no pause between two windows is longer than `pauseMs`. */
function assertSoon(
  { windows }: MergingScene,
  first: SeenWindow,
  { changedMs, pauseMs }: { readonly changedMs: number; readonly pauseMs: number },
): void {
  assert.ok(first.atMs <= changedMs + METADATA_MS + REBALANCE_MS, `closed at ${first.atMs}`);
  const closedMs = new Map<number, number>();
  for (const { endMs, atMs } of windows) closedMs.set(endMs, Math.min(atMs, closedMs.get(endMs) ?? Infinity));
  const times = [...closedMs.values()].sort((a, b) => a - b);
  const pauses = times.slice(1).map((ms, i) => ms - times[i]);
  assert.ok(Math.max(...pauses) <= pauseMs, `no window closes for ${Math.max(...pauses)} ms`);
}

Deno.test("merging members: windows go on without the partitions of a topic that is deleted", async () => {
  const scene = new MergingScene({ members: 2, partitions: 1, topics: [TOPIC, "gone"] });
  scene.cluster.addPartition("gone");
  scene.startAll();
  const write = () => {
    scene.append(0);
    if (scene.cluster.logsOf("gone").length > 0) scene.append(0, { topic: "gone" });
  };
  await scene.pass(12_000, { everyMs: 200, act: write });
  const before = scene.windows.at(-1);
  assert.equal(before && keysOf(before.partitions), "events/0,gone/0");
  scene.assertExact();
  const seen = scene.windows.length;
  const deletedMs = scene.nowMs;
  scene.cluster.deleteTopic("gone");
  await scene.pass(60_000, { everyMs: 200, act: write });
  const after = scene.windows.slice(seen).filter(({ partitions }) => keysOf(partitions) === "events/0");
  // The leader of the group may notice it later.
  assertSoon(scene, after[0], { changedMs: deletedMs, pauseMs: REBALANCE_MS });
  await scene.waitForWindow(60_000, { withinMs: 20_000 });
  scene.assertExact(after.filter(({ endMs }) => endMs > deletedMs + LENGTH_MS));
  scene.end();
});

Deno.test("merging members: a partition that is added is in the windows from the assignment on that names it", async () => {
  const scene = new MergingScene({ members: 2, partitions: 2 });
  scene.startAll();
  const write = () => scene.cluster.logs.forEach(({ partition }) => scene.append(partition));
  await scene.pass(12_000, { everyMs: 200, act: write });
  scene.cluster.addPartition();
  scene.append(2, { timeMs: -HOUR_MS });
  const addedMs = scene.nowMs;
  await scene.pass(60_000, { everyMs: 200, act: write });
  await scene.waitForWindow(70_000, { withinMs: 20_000 });
  const [first] = scene.windows.filter(({ partitions }) => partitions.length === 3);
  assertSoon(scene, first, { changedMs: addedMs, pauseMs: REBALANCE_MS });
  scene.assertExact();
  scene.assertComplete(0, 70_000);
  scene.end();
});

Deno.test("merging members: a topic that an expression finds is in the windows from the assignment on that names it", async () => {
  const scene = new MergingScene({ members: 2, partitions: 1, topics: [/^events/] });
  scene.startAll();
  const write = () => {
    scene.append(0);
    if (scene.cluster.logsOf("events.more").length > 0) scene.append(0, { topic: "events.more" });
  };
  await scene.pass(12_000, { everyMs: 200, act: write });
  scene.cluster.addPartition("events.more");
  const addedMs = scene.nowMs;
  await scene.pass(60_000, { everyMs: 200, act: write });
  await scene.waitForWindow(70_000, { withinMs: 20_000 });
  const [first] = scene.windows.filter(({ partitions }) => partitions.length === 2);
  assertSoon(scene, first, { changedMs: addedMs, pauseMs: REBALANCE_MS });
  assert.equal(keysOf(first.partitions), "events/0,events.more/0");
  scene.assertExact();
  scene.assertComplete(0, 70_000);
  scene.end();
});

Deno.test("merging members: one that is removed from the group knows how far a partition is, though it could not commit", async () => {
  const scene = new MergingScene({ members: 1, partitions: 1 });
  scene.append(0, { timeMs: -8 * HOUR_MS });
  scene.startAll();
  scene.timeline.at(1_000, undefined, () => scene.cluster.group.refuseCommits(14, 8_000));
  await scene.pass(5_000, { everyMs: 100, act: () => scene.append(0) });
  // Its session ends meanwhile. No further record comes that would move the watermark.
  scene.members[0].freeze(4_000);
  await scene.waitForWindow(7_000, { withinMs: 30_000 });
  scene.assertExact();
  scene.assertComplete(-8 * HOUR_MS, 6_000);
  scene.end();
});

for (const start of ["window", "latest"] as const) {
  Deno.test(`merging members that start up to 5 s apart with \`${start}\`: the latest first window is the first, and all are whole`, async () => {
    for (
      const [frozenAtMs, apartMs] of [[5, 4_900], [12, 3_000], [60, 4_000], [200, 5_000], [Infinity, 2_500], [
        Infinity,
        5_000,
      ]]
    ) {
      const scene = new MergingScene({
        members: 3,
        partitions: 3,
        settings: { start, sessionTimeoutMs: 6_000 },
      });
      for (let agoMs = 10_000; agoMs > 0; agoMs -= 250) {
        [0, 1, 2].forEach((partition) => scene.append(partition, { timeMs: -agoMs }));
      }
      const isFreeze = frozenAtMs < Infinity;
      scene.members.forEach((member, n) => {
        scene.timeline.at(isFreeze ? 0 : n * apartMs / 2, undefined, () => member.start());
      });
      if (isFreeze) scene.timeline.at(frozenAtMs, undefined, () => scene.members[1].freeze(apartMs));
      await scene.pass(30_000, {
        everyMs: 250,
        act: () => [0, 1, 2].forEach((partition) => scene.append(partition)),
      });
      const [first] = scene.windows;
      const begun = scene.begins.filter(({ atMs }) => atMs < first.atMs).map(({ firstEndMs }) => firstEndMs);
      const what = `frozen at ${frozenAtMs}, ${apartMs} ms apart`;
      assert.equal(Math.min(...scene.windows.map(({ endMs }) => endMs)), Math.max(...begun), what);
      await scene.waitForWindow(29_000, { withinMs: 10_000 });
      scene.assertExact();
      scene.assertComplete(first.endMs, 29_000);
      scene.end();
    }
  });
}

Deno.test("merging members: windows are exact after all reports were deleted while no member ran", async () => {
  const scene = new MergingScene({ members: 2, partitions: 2 });
  scene.startAll();
  const write = () => [0, 1].forEach((partition) => scene.append(partition));
  await scene.pass(15_300, { everyMs: 100, act: write });
  scene.killAll(4_000);
  await scene.pass(2_000, { everyMs: 100, act: write });
  scene.cluster.panes?.cut(Infinity);
  await scene.pass(20_000, { everyMs: 100, act: write });
  await scene.waitForWindow(36_000, { withinMs: 20_000 });
  scene.assertExact();
  scene.assertComplete(0, 36_000);
  scene.end();
});

for (const kept of [1, 2, 4, 7]) {
  Deno.test(`merging members: of the reports that open windows need, the last ${kept} are left: the loss is counted, no window has two contents, and windows go on`, async () => {
    const lengthMs = 5_000;
    const scene = new MergingScene({ members: 2, partitions: 2, settings: { lengthMs } });
    scene.startAll();
    const write = () => [0, 1].forEach((partition) => scene.append(partition));
    await scene.pass(15_300, { everyMs: 100, act: write });
    scene.killAll(4_000);
    await scene.pass(2_000, { everyMs: 100, act: write });
    const { panes } = scene.cluster;
    assert.ok(panes !== undefined);
    panes.cut(panes.end - kept);
    const seen = scene.windows.length;
    await scene.pass(20_000, { everyMs: 100, act: write });
    await scene.waitForWindow(36_000, { withinMs: 20_000 });
    assert.ok(scene.reportsLost > 0, "the loss is counted");
    scene.assertExact();
    const first = Math.min(...scene.windows.slice(seen).map(({ endMs }) => endMs));
    assert.ok(first <= 30_000, `the first window after the loss ends at ${first}`);
    scene.assertComplete(first, 36_000);
    scene.end();
  });
}

Deno.test("merging members with fewer words than there are: no count is too low, and none too high by more than the error", async () => {
  const random = seededRandom(8, 0);
  const scene = new MergingScene({ members: 3, partitions: 3, settings: { maxWords: 5 } });
  scene.startAll();
  const write = () => {
    // Some words are frequent, most are rare.
    const word = `w${Math.floor(50 * random() ** 3)}`;
    scene.append(Math.floor(random() * 3), { word });
  };
  await scene.pass(30_000, { everyMs: 20, act: write });
  let errors = 0;
  for (const { endMs, result, partitions } of scene.windows) {
    const { counts, records } = scene.recount(endMs, partitions);
    const { error, top } = result;
    if (error > 0) errors++;
    assert.deepEqual([result.records, result.words], [records, 2 * records]);
    for (const { word, count } of top) {
      const right = counts.get(word) ?? 0;
      assert.ok(
        count >= right && count <= right + error,
        `${word}: ${count}, ${right} and at most ${error} more`,
      );
    }
    const shown = new Set(top.map(({ word }) => word));
    for (const [word, right] of counts) assert.ok(shown.has(word) || right <= error, `${word} is left out`);
  }
  assert.ok(errors > 50, "panes have more words than they hold");
  scene.assertComplete(0, 28_000);
  scene.end();
});
