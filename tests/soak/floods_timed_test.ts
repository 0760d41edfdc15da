// Measures what floods of HTTP by one address cost the counting. The same lines are counted by turns with and without each
// flood. A flood costs so much processor time a second, however fast the machine counts: counting keeps the rest.

import assert from "node:assert/strict";
import { type Flood, FLOODS } from "../e2e/floods.ts";
import { GuardedDaemon, Scraper } from "../e2e/guarded_daemon.ts";
import { missingPrograms } from "../machine/machine.ts";
import { readCpuSeconds } from "../machine/process_cpu.ts";
import { median } from "../oracle/median.ts";
import { WINDOW, writeLines } from "./counted_lines.ts";
import { soakLength } from "./soak_length.ts";

const LINES = soakLength({ short: 200_000, long: 2_000_000 });
const PAIRS = soakLength({ short: 1, long: 3 });
/** The share of its processor time that counting keeps. A short measurement is inaccurate. */
const MIN_SHARE = soakLength({ short: 0.3, long: 0.85 });
/** The e2e test runs all of them each time. */
const MEASURED = soakLength({ short: FLOODS.slice(0, 1), long: FLOODS });
const HEAD_START_MS = 2_000;
const POLL_MS = 250;
const RECORDS = 'rtcount_records_total{topic="lines"}';

/** In seconds, from the first line to the last. */
interface Counted {
  readonly processor: number;
  readonly clock: number;
}

async function countDuring(flood: Flood | undefined, file: string): Promise<Counted> {
  const path = Deno.makeTempFileSync({ prefix: "rtcount-counted-" });
  const ending = new AbortController();
  try {
    await using daemon = await GuardedDaemon.start({
      source: { lines: { path } },
      window: WINDOW,
      rate: { backpressure: false },
      output: { console: false },
    });
    const { process, target } = daemon;
    const flooding = flood?.run(target, ending.signal);
    await sleep(HEAD_START_MS);
    const begun = readCpuSeconds(process.pid);
    const begunMs = performance.now();
    {
      await using _scraper = new Scraper(daemon);
      await Deno.copyFile(file, path);
      await process.waitFor(`${LINES} records`, async () => {
        await sleep(POLL_MS);
        return await daemon.metric(RECORDS) === LINES;
      });
    }
    const counted = {
      processor: readCpuSeconds(process.pid) - begun,
      clock: (performance.now() - begunMs) / 1000,
    };
    ending.abort();
    await flooding;
    return counted;
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test({
  name: "counting keeps its processor time during floods of HTTP, and no scrape is lost",
  ignore: Deno.build.os !== "linux" || missingPrograms("openssl", "curl").length > 0,
  async fn() {
    const file = Deno.makeTempFileSync({ prefix: "rtcount-lines-" });
    try {
      writeLines(file, LINES);
      const alone: Counted[] = [];
      const flooded = new Map<Flood, Counted[]>(MEASURED.map((flood) => [flood, []]));
      for (let n = 0; n < PAIRS; n++) {
        alone.push(await countDuring(undefined, file));
        for (const [flood, counted] of flooded) counted.push(await countDuring(flood, file));
      }
      const of = (name: keyof Counted, counted: readonly Counted[]) =>
        median(counted.map((one) => one[name]));
      const row = (...cells: readonly (string | number)[]) =>
        console.log(
          `| ${cells.map((cell) => typeof cell === "number" ? cell.toFixed(2) : cell).join(" | ")} |`,
        );
      row(`${LINES} lines, flood`, "seconds of processor time", "seconds", "counting keeps");
      row("---", "---", "---", "---");
      row("none", of("processor", alone), of("clock", alone), "");
      const shares = new Map<string, number>();
      for (const [{ name }, counted] of flooded) {
        const cost = (of("processor", counted) - of("processor", alone)) / of("clock", counted);
        shares.set(name, 1 - cost);
        row(name, of("processor", counted), of("clock", counted), `${(100 * (1 - cost)).toFixed(0)} %`);
      }
      for (const [name, share] of shares) assert.ok(share >= MIN_SHARE, name);
    } finally {
      Deno.removeSync(file);
    }
  },
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
