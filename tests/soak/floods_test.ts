// Measures what floods of HTTP by one address cost the counting. The same lines are counted by turns with and without each
// flood. The test compares processor time, which other programs on the machine do not change.

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
const HEAD_START_MS = 2_000;
const RECORDS = 'rtcount_records_total{topic="lines"}';

/** The processor time, in seconds, from the first line to the last. */
async function countDuring(flood: Flood | undefined, file: string): Promise<number> {
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
    await new Promise((resolve) => setTimeout(resolve, HEAD_START_MS));
    const begun = readCpuSeconds(process.pid);
    {
      await using _scraper = new Scraper(daemon);
      await Deno.copyFile(file, path);
      await process.waitFor(`${LINES} records`, async () => await daemon.metric(RECORDS) === LINES);
    }
    const seconds = readCpuSeconds(process.pid) - begun;
    ending.abort();
    await flooding;
    return seconds;
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
      const alone: number[] = [];
      const flooded = new Map<Flood, number[]>(FLOODS.map((flood) => [flood, []]));
      for (let n = 0; n < PAIRS; n++) {
        for (const [flood, seconds] of flooded) {
          alone.push(await countDuring(undefined, file));
          seconds.push(await countDuring(flood, file));
        }
      }
      const aloneSeconds = median(alone);
      console.log(`| flood, ${LINES} lines | seconds of processor time | share |\n|---|---|---|`);
      console.log(`| none | ${aloneSeconds.toFixed(2)} | |`);
      for (const [{ name }, seconds] of flooded) {
        const share = aloneSeconds / median(seconds);
        console.log(`| ${name} | ${median(seconds).toFixed(2)} | ${(share * 100).toFixed(0)} % |`);
      }
      for (const [{ name }, seconds] of flooded) {
        assert.ok(aloneSeconds / median(seconds) >= MIN_SHARE, name);
      }
    } finally {
      Deno.removeSync(file);
    }
  },
});
