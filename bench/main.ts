// Runs all measurements, one line each. It fails if one is below the wanted ratio or slower than the baseline, and before
// the first one if the machine lacks a program.
//
//   deno task bench [--save]
//
// --save writes a new baseline.

import { measureAddingUp } from "./adding_up.ts";
import { measureAvro } from "./avro.ts";
import { loadBaseline, missingFrom, saveBaseline, slowerThan, toBaseline } from "./baseline.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow, isMet } from "./bench_row.ts";
import { calibrate } from "./calibration.ts";
import { measureConfigurations } from "./configurations.ts";
import { measureEndToEnd } from "./end_to_end.ts";
import { measureJson } from "./json.ts";
import { measureKernel } from "./kernel.ts";
import { measureMerging } from "./merging.ts";
import { measurePartitions } from "./partitions.ts";
import { KAFKA, requireAll } from "./needs.ts";
import { measurePlaces } from "./places.ts";
import { measureProtobuf } from "./protobuf.ts";
import { measureReading } from "./reading.ts";
import { measureTrends } from "./trends.ts";
import { measureSlide } from "./slide.ts";
import { measureTrickle } from "./trickle.ts";

async function main(): Promise<void> {
  await requireAll("deno task bench", KAFKA);
  // The speed of the machine changes during the run.
  const stepsNs = [calibrate()];
  const rows: BenchRow[] = [];
  for (
    const measure of [
      measureKernel,
      () => [measureJson(), measureAvro(), measureProtobuf()],
      measureReading,
      measureSlide,
      measureTrends,
      measurePlaces,
      () => [measureAddingUp()],
      () => [measurePartitions()],
      measureMerging,
      measureEndToEnd,
      measureConfigurations,
      async () => [await measureTrickle()],
    ]
  ) {
    const measured = await measure();
    for (const row of measured) console.log(formatBenchRow(row));
    rows.push(...measured);
    stepsNs.push(calibrate());
  }
  const now = toBaseline(rows, median(stepsNs));
  if (Deno.args.includes("--save")) return await saveBaseline(now);
  const baseline = await loadBaseline();
  for (const name of missingFrom(baseline, now)) {
    console.error(`not in the baseline, --save writes it: ${name}`);
  }
  const slower = slowerThan(baseline, now);
  for (const line of slower) console.error(`slower: ${line}`);
  const below = rows.filter((row) => !isMet(row));
  for (const { name } of below) console.error(`below what is wanted: ${name}`);
  if (slower.length + below.length > 0) Deno.exitCode = 1;
}

await main();
