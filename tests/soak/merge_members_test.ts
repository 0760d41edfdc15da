// Three members of one group that merges its counts come, go, are killed, and are stopped for longer than their session
// while records arrive. Every window that any member shows is the window of all partitions.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import { printedBlocks } from "../e2e/console_blocks.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { showingErrors } from "../shown_errors.ts";
import type { Member, MemberRun } from "./member.ts";
import { PARTITIONS, TOP } from "./member_stream.ts";
import { endOf, MergeGroup, TOPIC } from "./merge_group.ts";
import type { PaneCounts } from "./pane_counts.ts";
import { SESSION_MS } from "./soak_kafka.ts";
import { isLong, soakLength, soakSeed } from "./soak_length.ts";

const DURATION_MS = soakLength({ short: 12_000, long: 600_000 });
const RECORDS_PER_SECOND = soakLength({ short: 1_200, long: 4_000 });
const MIN_DISTURBANCES = soakLength({ short: 4, long: 200 });
/** A stream that pauses for longer than the lateness is refused, since its records would be late. */
const WINDOW = { lengthMs: 10_000, slideMs: 1_000, latenessMs: soakLength({ short: 20_000, long: 60_000 }) };
/** Time between two disturbances of a round. */
const PAUSE_MS = { min: 200, max: 2_500 };
const FREEZE_MS = { min: 4 * SESSION_MS, max: 6 * SESSION_MS };
const MAX_DISTURBANCES_PER_ROUND = 4;
/** Half of the recoveries take less than the session timeout and this, also on a busy machine; 5 s on a free one. */
const MIDDLE_SLACK_MS = 30_000;

Deno.test({
  name: "members of a group that merges show windows of all partitions while members come, go, die or stop",
  ignore: await missingForKafka() !== undefined,
  fn: showingErrors(async () => {
    const seed = soakSeed("merge_members_test");
    await using group = await MergeGroup.start({
      window: WINDOW,
      recordsPerSecond: RECORDS_PER_SECOND,
      durationMs: DURATION_MS,
      seed,
    });
    const recoveries = await disturb(group, seededRandom(seed, PARTITIONS.length));
    await group.stop();
    check(group.runs, group.stream.counts);
    report(recoveries);
  }),
});

/** How long windows waited after the last disturbance of a round. */
interface Recovery {
  /** The disturbances of the round. */
  readonly round: readonly string[];
  /** To a window of each member that runs. */
  readonly othersMs: number;
  /** To a window of each member, from the moment when all run again. */
  readonly allMs: number;
}

async function disturb(group: MergeGroup, random: Random): Promise<Recovery[]> {
  const untilMs = performance.now() + DURATION_MS;
  const recoveries: Recovery[] = [];
  for (let count = 0; count < MIN_DISTURBANCES || performance.now() < untilMs;) {
    const round = await disturbOnce(group.members, random);
    count += round.length;
    const running = group.members.filter(({ run, isFrozen }) => run !== undefined && !isFrozen);
    const othersMs = await group.closesMore(running);
    for (const member of group.members) {
      await member.awake();
      if (member.run === undefined) member.start();
    }
    recoveries.push({ round, othersMs, allMs: await group.closesMore() });
  }
  return recoveries;
}

/** One to four disturbances. Returns what they were. */
async function disturbOnce(members: readonly Member[], random: Random): Promise<string[]> {
  const round: string[] = [];
  for (let left = randomInteger(random, 1, MAX_DISTURBANCES_PER_ROUND); left > 0;) {
    if (round.length > 0) await systemClock.sleep(randomInteger(random, PAUSE_MS.min, PAUSE_MS.max));
    const member = members[randomInteger(random, 0, members.length - 1)];
    if (member.isFrozen) continue;
    left--;
    round.push(await disturbMember(member, random));
  }
  return round;
}

async function disturbMember(member: Member, random: Random): Promise<string> {
  if (member.run === undefined) {
    member.start();
    return "start";
  }
  const what = (["kill", "stop", "freeze"] as const)[randomInteger(random, 0, 2)];
  if (what === "kill") await member.kill();
  else if (what === "stop") await member.stop();
  else {
    member.freeze(
      randomInteger(random, FREEZE_MS.min, FREEZE_MS.max),
      () => Promise.resolve(new Map<number, number>()),
    );
  }
  return what;
}

function check(runs: readonly MemberRun[], counts: PaneCounts): void {
  const closed = new Set<number>();
  let windows = 0;
  for (const { daemon, shown } of runs) {
    let previousMs = -Infinity;
    for (const block of printedBlocks(daemon.stdout)) {
      const endMs = endOf(block);
      assert.ok(endMs > previousMs, `after ${previousMs} comes ${endMs}`);
      previousMs = endMs;
      assert.equal(block, counts.block(endMs, { partitions: PARTITIONS, top: TOP }));
      closed.add(endMs);
      windows++;
    }
    for (const { window_end, records, top, partitions } of shown.values()) {
      if (records === 0) continue;
      assert.deepEqual(partitions[TOPIC], PARTITIONS);
      assert.deepEqual(top, counts.window(window_end, PARTITIONS));
    }
  }
  const newestMs = Math.max(...closed);
  const missing = counts.ends.filter((endMs) => endMs <= newestMs && !closed.has(endMs));
  const wakes = runs.reduce((sum, run) => sum + run.wakes.length, 0);
  console.log(`${runs.length} processes, ${wakes} stops; ${windows} windows of ${closed.size}`);
  assert.deepEqual(missing, [], "no window is missing");
}

function middleOf(sorted: readonly number[]): number | undefined {
  return sorted[Math.floor(sorted.length / 2)];
}

function report(recoveries: readonly Recovery[]): void {
  const rounds = recoveries.map(({ round }) => round);
  const seconds = (times: readonly number[], which: (sorted: number[]) => number | undefined) => {
    return ((which(times.toSorted((a, b) => a - b)) ?? NaN) / 1_000).toFixed(1);
  };
  for (const name of ["othersMs", "allMs"] as const) {
    const times = recoveries.map((one) => one[name]);
    const middle = seconds(times, middleOf);
    const longest = seconds(times, (sorted) => sorted.at(-1));
    console.log(
      `${rounds.flat().length} disturbances: ${name} ${middle} s in the middle, ${longest} s at most`,
    );
    const middleMs = middleOf(times.toSorted((a, b) => a - b)) ?? NaN;
    if (isLong) assert.ok(middleMs < SESSION_MS + MIDDLE_SLACK_MS, `${name}: ${middle} s in the middle`);
  }
}
