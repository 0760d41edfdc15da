// Processes that are killed by SIGKILL one after the other, and the check that together they emit every window, each right.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import type { Random } from "../../lib/source/synthetic/random.ts";
import { printedBlocks } from "../e2e/console_blocks.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";

/**
 * Time from the assignment on. A process that dies while it joins counts as a member until its session times out, and
 * meanwhile windows may be emitted without the partitions that it was given.
 */
const LIFE_MS = { min: 200, max: 6_000 };

export type Settings = Readonly<Record<string, unknown>>;

/** The output of a process. */
export type RunOutput = Pick<RtcountDaemon, "stdout" | "stderr">;

/** Starts a process and kills it at some time after its assignment and its first windows, of which it need not emit any. */
export async function runUntilKilled(
  settings: Settings,
  { partitions, minWindows = 0, random }: {
    readonly partitions: number;
    readonly minWindows?: number;
    readonly random: Random;
  },
): Promise<RunOutput> {
  await using daemon = new RtcountDaemon(settings);
  await daemon.metricAtLeast("rtcount_assigned_partitions", partitions);
  if (minWindows > 0) await daemon.metricAtLeast("rtcount_windows_closed_total", minWindows);
  // Short runs are the harder ones.
  await systemClock.sleep(LIFE_MS.min + (LIFE_MS.max - LIFE_MS.min) * random() ** 2);
  daemon.kill("SIGKILL");
  assert.equal(await daemon.status, 128 + 9, `it had ended before:\n${daemon.stderr.slice(-2000)}`);
  return daemon;
}

/**
 * Each process continues where the earlier ones stopped, or before that, and leaves out no window. Together they emit at
 * least the first `least` of the expected windows.
 */
export function checkRuns(
  runs: readonly RunOutput[],
  expected: readonly string[],
  least: number = expected.length,
): void {
  const places = new Map(expected.map((block, index) => [block, index]));
  const times = new Map(expected.map((block) => [timeOf(block), block]));
  let reached = 0;
  let printed = 0;
  for (const [run, { stdout, stderr }] of runs.entries()) {
    const blocks = printedBlocks(stdout);
    for (const [i, block] of blocks.entries()) {
      const time = timeOf(block);
      const index = places.get(block);
      if (index === undefined) assert.equal(block, times.get(time), `run ${run}, block ${i}:\n${stderr}`);
      const previous = i === 0 ? undefined : places.get(blocks[i - 1]);
      if (previous !== undefined) assert.equal(index, previous + 1, `run ${run} at ${time}: order`);
      else {assert.ok(
          index! <= reached,
          `run ${run} leaves out ${timeOf(expected[reached])}, begins at ${time}`,
        );}
    }
    printed += blocks.length;
    if (blocks.length > 0) reached = Math.max(reached, places.get(blocks[blocks.length - 1])! + 1);
  }
  assert.ok(reached >= least, `${reached} windows, wanted ${least}`);
  const silent = runs.filter(({ stdout }) => printedBlocks(stdout).length === 0).length;
  console.log(
    `${runs.length} processes, ${silent} of them without a window; ${reached} windows, ` +
      `${printed - reached} of them emitted again`,
  );
}

function timeOf(block: string): string {
  return block.split("\n")[1];
}
