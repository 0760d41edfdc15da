// The whole members on random schedules. MERGE_SEEDS is the number of schedules, MERGE_FIRST_SEED the first of them.

import assert from "node:assert/strict";
import { LENGTH_MS, SLIDE_MS } from "./group_times.ts";
import { MergingSchedule, WRITES_MS } from "./merging_schedule.ts";

const SEEDS = Number(Deno.env.get("MERGE_SEEDS") ?? 6);
const FIRST_SEED = Number(Deno.env.get("MERGE_FIRST_SEED") ?? 1);

async function run(seed: number): Promise<MergingSchedule> {
  const schedule = new MergingSchedule(seed);
  await schedule.run();
  const { group, alive } = schedule;
  group.assertExact();
  const newestMs = Math.max(...group.partitions.flat().map(({ timestampMs }) => timestampMs)) - group.beginMs;
  // The last window with records.
  const wantedMs = Math.floor(newestMs / SLIDE_MS) * SLIDE_MS + LENGTH_MS;
  for (const { name } of alive) {
    const lastMs = group.closedBy(name).at(-1) ?? -Infinity;
    assert.ok(lastMs >= wantedMs, `${name} stands still at ${lastMs}`);
  }
  // After a loss, windows begin again when all partitions have been reported.
  const fromMs = schedule.hasLostReports ? WRITES_MS : -Infinity;
  const closedEnds = group.closed.map(({ result }) => (result.endMs ?? NaN) - group.beginMs);
  for (const ends of [closedEnds, group.writtenEnds]) group.assertComplete(ends, wantedMs, { fromMs });
  await group.end();
  return schedule;
}

Deno.test("windows of whole members are exact on random schedules, for each member and in the output topic", async () => {
  let generations = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    try {
      generations += (await run(seed)).generations;
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  assert.ok(generations > 3 * SEEDS, "the schedules disturb the group");
});
