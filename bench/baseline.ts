// The saved times of all measurements (`baseline.json`), and the comparison with them.

import { fileURLToPath } from "node:url";
import type { BenchRow } from "./bench_row.ts";

/** Less than this is noise. */
const TOLERANCE = 1.25;
const FILE = fileURLToPath(new URL("baseline.json", import.meta.url));

/** Times in steps of the calibration, by the name of the measurement. */
export type Baseline = Readonly<Record<string, number>>;

export async function loadBaseline(): Promise<Baseline> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

export async function saveBaseline(baseline: Baseline): Promise<void> {
  await Deno.writeTextFile(FILE, `${JSON.stringify(baseline, null, 2)}\n`);
}

/** @param stepNs the time of a calibration step in the same run */
export function toBaseline(rows: readonly BenchRow[], stepNs: number): Baseline {
  return Object.fromEntries(rows.flatMap(({ name, costNs }) => {
    return costNs === undefined ? [] : [[name, Number((costNs / stepNs).toPrecision(3))]];
  }));
}

/** A line for each measurement that got slower. */
export function slowerThan(baseline: Baseline, now: Baseline): string[] {
  return Object.entries(now).flatMap(([name, steps]) => {
    const before = baseline[name];
    if (before === undefined || steps <= before * TOLERANCE) return [];
    const factor = (steps / before).toFixed(2);
    return [`${name}: ${factor} times what it took (${steps} steps of the calibration, ${before} before)`];
  });
}

/** Measurements that the baseline lacks. */
export function missingFrom(baseline: Baseline, now: Baseline): string[] {
  return Object.keys(now).filter((name) => !(name in baseline));
}
