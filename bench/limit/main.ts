// Compares rtcount's pipeline with the limit of this machine: a program in Rust that does the same job on the same record
// batches by one thread, and nothing else (bench/limit/src). Both read the batches from a file, by turns. The top words of
// every window of every run are compared with a recount.
//
//   deno task bench:limit [--records=4000000] [--rounds=5]

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../../tests/oracle/median.ts";
import { naturalCorpus } from "../corpus.ts";
import { CARGO, requireAll } from "../needs.ts";
import { readJsonLines } from "../peers/output.ts";
import { type Layout, type Recount, recount } from "../recount.ts";
import { writeBatchFile } from "./batch_file.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PARTITIONS = 4;
const RECORDS_PER_BATCH = 1_000;
const SPAN_MS = 120_000;
/** Any time in the past. */
const START_MS = 1_750_000_000_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      records: { type: "string", default: "4000000" },
      rounds: { type: "string", default: "5" },
    },
  });
  await requireAll("deno task bench:limit", CARGO);
  const folder = await Deno.makeTempDir({ prefix: "rtcount-limit-" });
  try {
    await compare(folder, { wanted: Number(values.records), rounds: Number(values.rounds) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function compare(
  folder: string,
  { wanted, rounds }: { wanted: number; rounds: number },
): Promise<void> {
  const program = await build();
  const corpus = naturalCorpus();
  const batches = Math.ceil(wanted / PARTITIONS / RECORDS_PER_BATCH);
  const layout: Layout = {
    startMs: START_MS,
    stepMs: SPAN_MS / batches,
    batches,
    recordsPerBatch: RECORDS_PER_BATCH,
    variants: Math.min(batches, Math.floor(corpus.records / RECORDS_PER_BATCH)),
    partitions: PARTITIONS,
  };
  const path = join(folder, "batches");
  writeBatchFile(path, { corpus, layout });
  const expected = recount(corpus, layout);
  const records = batches * PARTITIONS * RECORDS_PER_BATCH;
  const pipeline = [Deno.execPath(), "run", "--quiet", "--allow-all", join(HERE, "pipeline_run.ts")];
  const commands = new Map([["rtcount's pipeline", pipeline], ["the limit", [program]]]);
  const runs = new Map([...commands.keys()].map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of commands) {
      const cpuNs = await run([...command, path, String(PARTITIONS)], expected);
      runs.get(name)!.push(cpuNs / records);
    }
  }
  console.log(formatTable(runs));
}

/** Compiles the Rust program for this processor (bench/limit/.cargo/config.toml); returns its path. */
async function build(): Promise<string> {
  const { success, stderr } = await new Deno.Command("cargo", {
    args: ["build", "--quiet", "--release", "--locked"],
    cwd: HERE,
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(`cargo build failed:\n${new TextDecoder().decode(stderr)}`);
  return join(HERE, "..", "..", ".cache", "limit", "release", "limit");
}

/** Runs a program and compares its windows; returns the processor time that it took. */
async function run([program, ...args]: readonly string[], expected: Recount): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!success) throw new Error(`${program} failed:\n${new TextDecoder().decode(stderr)}`);
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  const { cpu_ns: cpuNs } = JSON.parse(lines.pop() ?? "");
  const read = readJsonLines();
  const windows = new Map(
    lines.map(read).flatMap((event) => event?.kind === "window" ? [[event.endMs, event.top]] : []),
  );
  for (const [endMs, top] of expected.windows) {
    // A window without records is not printed.
    const got = JSON.stringify(windows.get(endMs) ?? []);
    if (got !== JSON.stringify(top)) {
      throw new Error(
        `${program}: the window that ends at ${endMs} is ${got}, but holds ${JSON.stringify(top)}`,
      );
    }
  }
  return cpuNs;
}

/** From the processor time of a record in each run, in nanoseconds. */
function formatTable(runs: ReadonlyMap<string, readonly number[]>): string {
  const limit = median([...runs.values()].at(-1)!);
  const rows = [...runs].map(([name, each]) => {
    const ns = median(each);
    return [
      name,
      `${ns.toFixed(0)} (${Math.min(...each).toFixed(0)} to ${Math.max(...each).toFixed(0)})`,
      (ns / 1_000).toFixed(3),
      (ns / limit).toFixed(2),
    ];
  });
  const head = ["program", "ns of processor time a record (spread)", "CPU s a million", "× the limit"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

await main();
