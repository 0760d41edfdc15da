// Three members of one group come, go, are killed, and are stopped for longer than their session while records arrive.
// Every word names its partition, so a block on the console shows whose records it counts.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import { printedBlocks } from "../e2e/console_blocks.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { showingErrors } from "../shown_errors.ts";
import { CommitWatch } from "./commit_watch.ts";
import { Member, type MemberRun, type ShownWindow } from "./member.ts";
import { MemberStream, PARTITIONS, TOP } from "./member_stream.ts";
import type { PaneCounts } from "./pane_counts.ts";
import { SESSION_MS, soakSettings, startSoakKafka } from "./soak_kafka.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

const TOPIC = "members";
const MEMBERS = 3;
const DURATION_MS = soakLength({ short: 16_000, long: 600_000 });
const WINDOW = { lengthMs: 10_000, slideMs: 1_000, latenessMs: 6_000 };
/** Time between two disturbances. */
const PAUSE_MS = { min: 200, max: 2_500 };
/** Long enough for others to take over and commit, so that wrong windows of the stopped member can be recognized. */
const FREEZE_MS = { min: 4 * SESSION_MS, max: 6 * SESSION_MS };
const DISTURBANCES_PER_ROUND = 4;
/** Windows that a stable group has to show. */
const SETTLED_WINDOWS = 8;
const SETTLE_ATTEMPTS = 5;

/** The windows that end after the first time, up to the second. */
interface Span {
  readonly afterMs: number;
  readonly untilMs: number;
}

Deno.test({
  name:
    "members of a group show windows of the partitions that they name while members come, go, die or stop",
  ignore: await missingForKafka() !== undefined,
  fn: showingErrors(async () => {
    const seed = soakSeed("members_test");
    await using kafka = await startSoakKafka();
    await kafka.createTopic(TOPIC, { partitions: PARTITIONS.length });
    await using stream = new MemberStream({
      bootstrap: kafka.bootstrap,
      topic: TOPIC,
      window: WINDOW,
      durationMs: DURATION_MS,
      seed,
    });
    const settings = soakSettings(kafka, { topic: TOPIC, window: WINDOW, top: TOP });
    await using members = new AsyncDisposableStack();
    const group = Array.from({ length: MEMBERS }, () => members.use(new Member(settings)));
    for (const member of group) member.start();
    await settle(group);
    await using watch = new CommitWatch({ bootstrap: kafka.bootstrap, group: TOPIC, topic: TOPIC });
    const settled = await disturb(group, { watch, random: seededRandom(seed, PARTITIONS.length) });
    for (const member of group) await member.stop();
    check(group.flatMap(({ runs }) => runs), { counts: stream.counts, settled });
    assert.deepEqual(watch.regressions, []);
  }),
});

/** Disturbs the group in rounds, each until it is stable again; returns the windows of the stable time after each. */
async function disturb(
  group: readonly Member[],
  { watch, random }: { watch: CommitWatch; random: Random },
): Promise<Span[]> {
  const untilMs = performance.now() + DURATION_MS;
  const bag = new Bag(["kill", "stop", "freeze"] as const, random);
  const settled: Span[] = [];
  const freezeMs = () => randomInteger(random, FREEZE_MS.min, FREEZE_MS.max);
  while (performance.now() < untilMs) {
    // Once while all others are there to take over.
    const sleeper = group[randomInteger(random, 0, group.length - 1)];
    sleeper.freeze(freezeMs(), () => watch.look());
    await sleeper.awake();
    for (let i = 0; i < DISTURBANCES_PER_ROUND; i++) {
      const member = group[randomInteger(random, 0, group.length - 1)];
      if (member.run === undefined) member.start();
      else if (!member.isFrozen) {
        const what = bag.take();
        if (what === "kill") await member.kill();
        else if (what === "stop") await member.stop();
        else member.freeze(freezeMs(), () => watch.look());
      }
      await systemClock.sleep(randomInteger(random, PAUSE_MS.min, PAUSE_MS.max));
    }
    for (const member of group) {
      await member.awake();
      if (member.run === undefined) member.start();
    }
    settled.push(await settle(group));
  }
  return settled;
}

/** Every item once in random order, before any item repeats. */
class Bag<T> {
  readonly #all: readonly T[];
  readonly #random: Random;
  #left: T[] = [];

  constructor(all: readonly T[], random: Random) {
    this.#all = all;
    this.#random = random;
  }

  take(): T {
    if (this.#left.length === 0) this.#left = [...this.#all];
    return this.#left.splice(randomInteger(this.#random, 0, this.#left.length - 1), 1)[0];
  }
}

/** Waits until every partition is covered by exactly one member, then for some windows without a rebalance. */
async function settle(group: readonly Member[]): Promise<Span> {
  const runs = group.map(({ run }) => run).filter((run) => run !== undefined);
  const [{ daemon }] = runs;
  for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
    await daemon.waitFor("each partition covered by exactly one member", () => {
      const covered = runs.flatMap((run) => lastShown(run)?.partitions[TOPIC] ?? []);
      return covered.sort((a, b) => a - b).join() === PARTITIONS.join();
    });
    const before = await countRebalances(runs);
    // Include killed members: windows that they had not committed are emitted again.
    const afterMs = Math.max(...group.flatMap((member) => member.runs).map(newestEndMs));
    const untilMs = afterMs + SETTLED_WINDOWS * WINDOW.slideMs;
    await daemon.waitFor(
      `${SETTLED_WINDOWS} windows of every member`,
      () => runs.every((run) => (lastShown(run)?.window_end ?? 0) >= untilMs),
    );
    // On a busy machine a member can miss its session timeout.
    if (await countRebalances(runs) === before) return { afterMs, untilMs };
  }
  throw new Error(`the group is not stable after ${SETTLE_ATTEMPTS} attempts`);
}

/** Before its first record a member shows a window without records, which does not prove that it works. */
function lastShown({ shown }: MemberRun): ShownWindow | undefined {
  const last = [...shown.values()].at(-1);
  return last !== undefined && last.records > 0 ? last : undefined;
}

function newestEndMs({ daemon }: MemberRun): number {
  const block = printedBlocks(daemon.stdout).at(-1);
  return block === undefined ? -Infinity : readBlock(block).endMs;
}

async function countRebalances(runs: readonly MemberRun[]): Promise<string> {
  return (await Promise.all(runs.map(({ daemon }) => daemon.metric("rtcount_rebalances_total")))).join();
}

function check(
  runs: readonly MemberRun[],
  { counts, settled }: { counts: PaneCounts; settled: readonly Span[] },
): void {
  /** The members that emitted each partition of each window. */
  const emitted = new Map<string, number>();
  let windows = 0;
  /** Stopped members whose partitions others took over. */
  let overtaken = 0;
  for (const { daemon, shown, wakes } of runs) {
    const printed = printedBlocks(daemon.stdout).map(readBlock);
    const coverage = new Map(printed.map(({ endMs, partitions }) => [endMs, partitions]));
    let previousMs = -Infinity;
    for (const { block, endMs, partitions } of printed) {
      assert.ok(endMs > previousMs, `after ${previousMs} comes ${endMs}`);
      previousMs = endMs;
      assert.equal(block, counts.block(endMs, { partitions, top: TOP }));
      for (const partition of partitions) {
        const key = `${endMs} ${partition}`;
        emitted.set(key, (emitted.get(key) ?? 0) + 1);
      }
    }
    for (const { window_end, records, top, partitions } of shown.values()) {
      const named = partitions[TOPIC];
      assert.deepEqual(top, counts.window(window_end, named));
      assert.equal(coverage.has(window_end), records > 0);
      const counted = coverage.get(window_end) ?? [];
      assert.ok(counted.every((partition) => named.includes(partition)));
      // At the beginning of the stream, not every partition has records in each window.
      for (const partition of named.filter((partition) => !counted.includes(partition))) {
        assert.deepEqual(counts.window(window_end, [partition]), []);
      }
    }
    for (const { blocks, committed } of wakes) {
      if (Math.max(...committed.values()) > (printed[blocks - 1]?.endMs ?? Infinity)) overtaken++;
      for (const { endMs, partitions } of printed.slice(blocks)) {
        const newestMs = Math.max(...partitions.map((partition) => committed.get(partition) ?? -Infinity));
        assert.ok(endMs > newestMs, `${endMs} emitted after a stop, others had reached ${newestMs}`);
      }
    }
    windows += printed.length;
  }
  for (const { afterMs, untilMs } of settled) {
    for (let endMs = afterMs + WINDOW.slideMs; endMs <= untilMs; endMs += WINDOW.slideMs) {
      for (const partition of PARTITIONS) {
        assert.equal(emitted.get(`${endMs} ${partition}`), 1, `partition ${partition} at ${endMs}`);
      }
    }
  }
  const wakes = runs.reduce((sum, run) => sum + run.wakes.length, 0);
  const again = [...emitted.values()].filter((times) => times > 1).length;
  console.log(
    `${runs.length} processes, ${wakes} stops, ${overtaken} of them overtaken, ${settled.length} times stable; ` +
      `${windows} windows, ${again} of ${emitted.size} partitions of a window emitted again`,
  );
  assert.ok(overtaken > 0 && settled.length > 0);
}

function readBlock(block: string): { block: string; endMs: number; partitions: number[] } {
  const time = /^Time: (.*)$/m.exec(block)?.[1];
  const partitions = new Set([...block.matchAll(/^\('(\d+)-/gm)].map(([, partition]) => Number(partition)));
  return { block, endMs: Date.parse(`${time}Z`), partitions: [...partitions].sort((a, b) => a - b) };
}
