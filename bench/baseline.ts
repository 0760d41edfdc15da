// What each measurement took when it was last written down, in `baseline.json`, and what has got slower since.

import { fileURLToPath } from "node:url";
import type { BenchRow } from "./bench_row.ts";

/** So much more than the baseline is slower, and not noise. */
const TOLERANCE = 1.25;
const FILE = fileURLToPath(new URL("baseline.json", import.meta.url));

/** By name of a measurement: what it took, in steps of the calibration. */
export type Baseline = Readonly<Record<string, number>>;

export async function loadBaseline(): Promise<Baseline> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

export async function saveBaseline(baseline: Baseline): Promise<void> {
  await Deno.writeTextFile(FILE, `${JSON.stringify(baseline, null, 2)}\n`);
}

/** @param stepNs what a step of the calibration took in the same run */
export function toBaseline(rows: readonly BenchRow[], stepNs: number): Baseline {
  return Object.fromEntries(rows.flatMap(({ name, costNs }) => {
    return costNs === undefined ? [] : [[name, Number((costNs / stepNs).toPrecision(3))]];
  }));
}

/** A line for each measurement that takes more than it did. */
export function slowerThan(baseline: Baseline, now: Baseline): string[] {
  return Object.entries(now).flatMap(([name, steps]) => {
    const before = baseline[name];
    if (before === undefined || steps <= before * TOLERANCE) return [];
    const factor = (steps / before).toFixed(2);
    return [`${name}: ${factor} times what it took (${steps} steps of the calibration, ${before} before)`];
  });
}

/** What has been measured and is not in the baseline. */
export function missingFrom(baseline: Baseline, now: Baseline): string[] {
  return Object.keys(now).filter((name) => !(name in baseline));
}
