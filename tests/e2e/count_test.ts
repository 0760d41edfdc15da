import assert from "node:assert/strict";
import { parseEnvelopes } from "../machine/kafka/kcat.ts";
import { formatConsoleBlock, type OracleWindow, recount } from "../oracle/oracle.ts";
import { type Finished, rtcountCommand, runRtcount } from "./rtcount_process.ts";
import { withFile } from "./with_file.ts";

const START_MS = Date.UTC(2026, 10, 22, 10, 0, 0);
/** Two partitions in long runs, the second one with records before the first's; a gap longer than the window. */
const DUMP = [
  envelope({ partition: 0, offset: 0, ts: START_MS + 3_000, payload: "a,b,a" }),
  envelope({ partition: 0, offset: 1, ts: START_MS + 2_500, payload: " c , ,b" }),
  envelope({ partition: 0, offset: 2, ts: START_MS + 60_000, payload: "late,late" }),
  envelope({ partition: 1, offset: 0, ts: START_MS + 1_000, payload: "b" }),
  envelope({ partition: 1, offset: 1, ts: START_MS + 4_999, payload: null }),
  envelope({ partition: 1, offset: 2, ts: START_MS + 7_000, payload: "" }),
].join("");
const LENGTH_MS = 6_000;
const SLIDE_MS = 2_000;
const WINDOW = ["--set", "window.length=6s", "--set", "window.slide=2s"];

function envelope(fields: { partition: number; offset: number; ts: number; payload: string | null }): string {
  return JSON.stringify({ topic: "t", tstype: "create", broker: 1, key: null, ...fields }) + "\n";
}

/** At the end of input the last window is the one that ends with the last pane. */
function expectedWindows(top: number): OracleWindow[] {
  const envelopes = parseEnvelopes(DUMP);
  const lastMs = Math.max(...envelopes.map(({ ts }) => ts));
  return recount(envelopes, { lengthMs: LENGTH_MS, slideMs: SLIDE_MS, top })
    .filter(({ endMs }) => endMs - SLIDE_MS <= lastMs);
}

function assertSucceeded({ status, stderr }: Finished): void {
  assert.equal(status, 0, stderr);
}

Deno.test("rtcount count counts the words of standard input", async () => {
  const result = await runRtcount(["count"], { stdin: "b,a, a\n\nit's,a" });
  assertSucceeded(result);
  assert.equal(result.stdout, `('a', 3)\n('b', 1)\n("it's", 1)\n`);
});

Deno.test("rtcount count takes files and standard input as one window", async () => {
  await withFile("a,b\n", async (file) => {
    const result = await runRtcount(["count", "--output", "json", file, "-"], { stdin: "b\n" });
    assertSucceeded(result);
    assert.deepEqual(JSON.parse(result.stdout), {
      window_start: null,
      window_end: null,
      records: 2,
      words: 3,
      distinct: 2,
      error: 0,
      top: [["b", 2], ["a", 1]],
    });
  });
});

Deno.test("rtcount count ends with 1 where a file cannot be read", async () => {
  const { status, stderr } = await runRtcount(["count", "/nonexistent/words.txt"]);
  assert.equal(status, 1);
  assert.match(stderr, /\/nonexistent\/words\.txt/);
});

Deno.test("rtcount count ends quietly when its reader goes away", async () => {
  // More than a pipe holds: the program has to notice.
  const input = Array.from({ length: 1_000 }, (_, i) => `${i}`.padStart(200, "w")).join(",");
  await withFile(input, async (file) => {
    const script = '"$@" | head -n 1; echo "status ${PIPESTATUS[0]}"';
    const [program, ...args] = rtcountCommand(["count", "--set", "top=1000", file]);
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", script, "bash", program, ...args],
    })
      .output();
    assert.match(new TextDecoder().decode(stdout), /^\('w+\d+', 1\)\nstatus 0\n$/);
    assert.equal(new TextDecoder().decode(stderr), "");
  });
});

Deno.test("rtcount count --format kcat --output json equals a naive recount", async () => {
  const result = await runRtcount(["count", "--format", "kcat", "--output", "json", ...WINDOW], {
    stdin: DUMP,
  });
  assertSucceeded(result);
  const windows = result.stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  assert.deepEqual(
    windows,
    expectedWindows(20).map(({ endMs, records, words, distinct, top }) => ({
      window_start: endMs - LENGTH_MS,
      window_end: endMs,
      records,
      words,
      distinct,
      error: 0,
      top,
    })),
  );
});

Deno.test("rtcount count --format kcat prints the blocks of the console", async () => {
  const result = await runRtcount(["count", "--format", "kcat", ...WINDOW, "--set", "top=2"], {
    stdin: DUMP,
  });
  assertSucceeded(result);
  assert.equal(result.stdout, expectedWindows(2).map(formatConsoleBlock).join(""));
});
