// All measurements, one line each; fails where one is below what is wanted.

import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { measureConfigurations } from "./configurations.ts";
import { measureEndToEnd } from "./end_to_end.ts";
import { measureJson } from "./json.ts";
import { measureKernel } from "./kernel.ts";
import { measureSlide } from "./slide.ts";

async function main(): Promise<void> {
  const rows = [
    ...report(measureKernel()),
    ...report([measureJson()]),
    ...report(measureSlide()),
    ...report(await measureEndToEnd()),
    ...report(await measureConfigurations()),
  ];
  const below = rows.filter(({ ratio, wanted }) => ratio < wanted);
  if (below.length === 0) return;
  console.error(`below what is wanted: ${below.map(({ name }) => name).join("; ")}`);
  Deno.exitCode = 1;
}

function report(rows: readonly BenchRow[]): readonly BenchRow[] {
  for (const row of rows) console.log(formatBenchRow(row));
  return rows;
}

await main();
