// An hour of simulated time of a stream that fills every bound, with new words and a schema registry, stays below the
// unit's MemoryMax with the shipped bounds.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { memoryMax } from "./memory_max.ts";
import { soakLength } from "./soak_length.ts";

const SIMULATED_MS = soakLength({ short: 20_000, long: 3_600_000 });
const MAIN = fileURLToPath(new URL("full_hour_main.ts", import.meta.url));

interface Passed {
  readonly peakKib: number;
  readonly windows: number;
  readonly snapshots: number;
  readonly mostWords: number;
  readonly mostWordBytes: number;
  readonly maxWordBytes: number;
  /** Partitions with records that were never taken. */
  readonly left: number;
  readonly counts: Readonly<Record<string, number>>;
}

Deno.test({
  name: `${SIMULATED_MS / 1_000} s of simulated time that fill all bounds stay below MemoryMax`,
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", MAIN, `${SIMULATED_MS}`],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const passed: Passed = JSON.parse(new TextDecoder().decode(stdout));
    const { peakKib, windows, snapshots, mostWords, mostWordBytes, maxWordBytes, left, counts } = passed;
    console.log(
      `${Math.round(peakKib / 1024)} MiB resident at most, in ${SIMULATED_MS / 1_000} s of simulated time; ` +
        `${windows} windows, ${counts.words} words, ${mostWords} of them held at a time in ` +
        `${Math.round(mostWordBytes / 2 ** 20)} of ${maxWordBytes / 2 ** 20} MiB, ${snapshots} snapshots`,
    );
    assert.ok(peakKib * 1024 < await memoryMax());
    assert.ok(windows > 0 && snapshots > 0);
    assert.equal(left, 0);
    // Each record is in one counter.
    assert.equal(counts.counted + (counts["late dropped"] ?? 0), counts["taken events"]);
    const isFull = mostWordBytes > 0.9 * maxWordBytes;
    assert.ok(isFull || SIMULATED_MS < 120_000, "the bytes of words were not used up");
  },
});
