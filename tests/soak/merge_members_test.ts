// Three members of one group that merges its counts come, go, are killed, and are stopped for longer than their session
// while records arrive. Every window that any member shows is the window of all partitions.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import { printedBlocks } from "../e2e/console_blocks.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { Member, type MemberRun } from "./member.ts";
import { MemberStream, PARTITIONS, TOP } from "./member_stream.ts";
import type { PaneCounts } from "./pane_counts.ts";
import { SESSION_MS, soakSettings, startSoakKafka } from "./soak_kafka.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

const TOPIC = "merging";
const MEMBERS = 3;
const DURATION_MS = soakLength({ short: 25_000, long: 600_000 });
const WINDOW = { lengthMs: 10_000, slideMs: 1_000, latenessMs: 20_000 };
/** Time between two disturbances. */
const PAUSE_MS = { min: 200, max: 2_500 };
const FREEZE_MS = { min: 4 * SESSION_MS, max: 6 * SESSION_MS };
const DISTURBANCES_PER_ROUND = 4;
/** After a disturbance the next window closes within the session timeout and this. */
const RECOVERY_MS = 5_000;
/** A busy machine alone may need this in addition. */
const SLACK_MS = 30_000;

Deno.test({
  name: "members of a group that merges show windows of all partitions while members come, go, die or stop",
  ignore: await missingForKafka() !== undefined,
  async fn() {
    const seed = soakSeed("merge_members_test");
    await using kafka = await startSoakKafka();
    await kafka.createTopic(TOPIC, { partitions: PARTITIONS.length });
    await using stream = new MemberStream({
      bootstrap: kafka.bootstrap,
      topic: TOPIC,
      window: WINDOW,
      durationMs: DURATION_MS,
      seed,
    });
    const settings = {
      ...soakSettings(kafka, { topic: TOPIC, window: WINDOW, top: TOP }),
      merge: { enabled: true },
    };
    await using members = new AsyncDisposableStack();
    const group = Array.from({ length: MEMBERS }, () => members.use(new Member(settings)));
    for (const member of group) member.start();
    await closesMore(group, SLACK_MS);
    const delays = await disturb(group, seededRandom(seed, PARTITIONS.length));
    for (const member of group) await member.stop();
    check(group.flatMap(({ runs }) => runs), { counts: stream.counts, delays });
  },
});

/** Disturbs the group; returns how long each next window has taken. */
async function disturb(group: readonly Member[], random: Random): Promise<number[]> {
  const untilMs = performance.now() + DURATION_MS;
  const freezeMs = () => randomInteger(random, FREEZE_MS.min, FREEZE_MS.max);
  const nothing = () => Promise.resolve(new Map<number, number>());
  const delays: number[] = [];
  while (performance.now() < untilMs) {
    for (let i = 0; i < DISTURBANCES_PER_ROUND; i++) {
      const member = group[randomInteger(random, 0, group.length - 1)];
      if (member.run === undefined) member.start();
      else if (!member.isFrozen) {
        const what = (["kill", "stop", "freeze"] as const)[randomInteger(random, 0, 2)];
        if (what === "kill") await member.kill();
        else if (what === "stop") await member.stop();
        else member.freeze(freezeMs(), nothing);
      }
      await systemClock.sleep(randomInteger(random, PAUSE_MS.min, PAUSE_MS.max));
    }
    for (const member of group) {
      await member.awake();
      if (member.run === undefined) member.start();
    }
    delays.push(await closesMore(group, SESSION_MS + RECOVERY_MS + SLACK_MS));
  }
  return delays;
}

/** Waits until each member has closed another window; returns how long that took. */
async function closesMore(group: readonly Member[], mostMs: number): Promise<number> {
  const begunMs = performance.now();
  const newestMs = Math.max(...group.flatMap(({ runs }) => runs).map(newestEndMs));
  const isDone = () => group.every(({ run }) => run !== undefined && newestEndMs(run) > newestMs);
  while (!isDone()) {
    const logs = () => group.map(({ run }) => run?.daemon.stderr.slice(-3_000)).join("\n---\n");
    assert.ok(performance.now() - begunMs < mostMs, `no window after ${newestMs}:\n${logs()}`);
    await systemClock.sleep(50);
  }
  return performance.now() - begunMs;
}

function newestEndMs({ daemon }: MemberRun): number {
  const block = printedBlocks(daemon.stdout).at(-1);
  return block === undefined ? -Infinity : endOf(block);
}

function check(
  runs: readonly MemberRun[],
  { counts, delays }: { readonly counts: PaneCounts; readonly delays: readonly number[] },
): void {
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
  console.log(
    `${runs.length} processes, ${wakes} stops; ${windows} windows of ${closed.size}; at most ` +
      `${Math.round(Math.max(...delays))} ms to the next window of each member after a round`,
  );
  assert.deepEqual(missing, [], "no window is missing");
}

function endOf(block: string): number {
  return Date.parse(`${/^Time: (.*)$/m.exec(block)?.[1]}Z`);
}
