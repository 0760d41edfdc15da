// Random schedules of a group that merges its counts: members are killed and frozen, reports come late, twice, cut or never,
// partitions are empty, silent or new. MODEL_SEEDS is the number of schedules, MODEL_FIRST_SEED the first of them.

import assert from "node:assert/strict";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { type Commit, GroupModel, LogReader } from "./group_model.ts";
import type { Rule } from "./group_rules.ts";

const SEEDS = Number(Deno.env.get("MODEL_SEEDS") ?? 20);
const FIRST_SEED = Number(Deno.env.get("MODEL_FIRST_SEED") ?? 1);

/** Throws where a window is wrong, missing, or closed with two contents. */
function check(model: GroupModel): void {
  const windows = model.closed.map(({ result }) => result);
  for (const commit of [undefined, ...sample(model.allCommits)]) windows.push(...readAgain(model, commit));
  for (const window of windows) checkWindow(model, window);
}

function checkWindow(model: GroupModel, { endMs, records, words, top }: WindowResult): void {
  assert.ok(endMs !== null);
  const counts = model.recount(endMs);
  const sum = [...counts.values()].reduce((a, b) => a + b, 0);
  assert.deepEqual([records, words], [sum, sum], `window ${endMs}`);
  assert.deepEqual(new Map(top.map(({ word, count }) => [word, count])), counts, `window ${endMs}`);
}

/** Reads the log from a commit to its end: all windows after the commit, up to the last record, have to close. */
function readAgain(model: GroupModel, commit: Commit | undefined): WindowResult[] {
  const windows: WindowResult[] = [];
  const reader = new LogReader(model, { commit, onClosed: (result) => windows.push(result) });
  while (!reader.isAtEnd) reader.read();
  const { closedUntilMs } = reader.group.window;
  const wanted = Math.floor((model.newestTimestamp - 2) / 2) * 2;
  assert.ok(closedUntilMs >= wanted, `stands still at ${closedUntilMs}, wanted ${wanted}`);
  const ends = new Set(windows.map(({ endMs }) => endMs));
  for (let end = Math.max(-148, (commit?.closedUntil ?? -Infinity) + 2); end <= wanted; end += 2) {
    if (model.recount(end).size > 0) assert.ok(ends.has(end), `window ${end} is missing`);
  }
  return windows;
}

function sample(commits: readonly Commit[]): Commit[] {
  return commits.filter((_, i) => i % Math.max(1, Math.floor(commits.length / 2)) === 0);
}

function run(seed: number, without?: Rule): GroupModel {
  const model = new GroupModel(seed, without);
  model.run();
  check(model);
  return model;
}

Deno.test("windows of the group are exact in every schedule", () => {
  let windows = 0;
  let epochs = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    try {
      const model = run(seed);
      windows += model.closed.length;
      epochs += model.assignment?.generation ?? 0;
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  assert.ok(windows > 50 * SEEDS && epochs > 3 * SEEDS, "the schedules are no disturbance");
});

/** Each rule with a schedule that needs it. */
const RULES: readonly (readonly [Rule, number])[] = [
  ["older epochs are void", 2],
  ["a report counts once", 1],
  ["no two assignments share an epoch", 105],
  ["a member reads up to its marker", 1],
  ["the log says what is counted", 1],
  ["re-reading comes before reporting", 2],
  ["a report has a cut beside its bound", 12],
  ["who holds the group back waits for nobody", 1],
  ["acknowledged before committed", 1],
  ["only its reader closes for a partition", 5],
  ["a commit's offset covers the newest reports", 186],
];

Deno.test("windows of the group are not exact without any one of the rules", () => {
  for (const [rule, seed] of RULES) {
    run(seed);
    assert.throws(() => run(seed, rule), rule);
  }
});
