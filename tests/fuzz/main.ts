// `deno task fuzz [TARGET...] [--seconds=60] [--seed=N]` runs each named target, or all, for that many seconds. `--at=N`
// runs only that input of the run with this seed, and with `--keep=NAME` its finding goes into corpus/.

import { parseArgs } from "node:util";
import { keep } from "./corpus.ts";
import { formatFinding, GuardedFuzzer } from "./guarded_fuzzer.ts";
import type { FuzzPlan, FuzzReport } from "./fuzzer.ts";
import { targets } from "./targets.ts";

const DEFAULT_SECONDS = 60;
const MIB = 1 << 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string" },
    seed: { type: "string" },
    at: { type: "string" },
    keep: { type: "string" },
  },
});

function wholeNumber(option: "seconds" | "seed" | "at"): number | undefined {
  const text = values[option];
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,10}$/.test(text)) throw new RangeError(`--${option} is "${text}", wanted a whole number`);
  return Number(text);
}

function formatReport({ target }: FuzzPlan, report: FuzzReport): string {
  const { inputs, elapsedMs, bytes, slowestMs, growthBytes } = report;
  const seconds = elapsedMs / 1000;
  const growth = growthBytes === undefined ? "" : `, memory ${(growthBytes / MIB).toFixed(0)} MiB more`;
  return `${target}: ${inputs} inputs in ${seconds.toFixed(1)} s (${
    Math.round(inputs / seconds)
  } a second), ` +
    `${(bytes / MIB).toFixed(1)} MiB, slowest ${slowestMs.toFixed(1)} ms${growth}`;
}

const names = targets.map(({ name }) => name);
for (const name of positionals) {
  if (!names.includes(name)) throw new RangeError(`there is no target "${name}", wanted ${names.join(", ")}`);
}
const { keep: name } = values;
if (name !== undefined && !/^[a-z0-9_]+$/.test(name)) {
  throw new RangeError(`--keep is "${name}", wanted a name of lower-case letters, digits and _`);
}
const seed = wholeNumber("seed") ?? Math.floor(Math.random() * 2 ** 32);
const at = wholeNumber("at");
const durationMs = (wholeNumber("seconds") ?? DEFAULT_SECONDS) * 1000;
console.log(`seed ${seed}`);
using fuzzer = new GuardedFuzzer();
for (const target of positionals.length > 0 ? positionals : names) {
  const plan = { target, seed, from: at ?? 0, inputs: at === undefined ? Infinity : 1, durationMs };
  const report = await fuzzer.run(plan);
  console.log(formatReport(plan, report));
  if (report.finding === undefined) continue;
  console.error(formatFinding(plan, report.finding));
  if (name !== undefined) await keep(target, name, report.finding.input);
  Deno.exitCode = 1;
}
