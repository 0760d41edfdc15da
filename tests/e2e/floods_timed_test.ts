// Counting stays exact, and a scraper with the right password loses no scrape, while clients at another address flood HTTP.

import assert from "node:assert/strict";
import { missingPrograms } from "../machine/machine.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { expectedBlocks, printedBlocks } from "./console_blocks.ts";
import { FLOODS } from "./floods.ts";
import { GuardedDaemon, Scraper } from "./guarded_daemon.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { newerRuntimeTest } from "./newer_runtime_only.ts";
import { SteadyStream } from "./steady_stream.ts";

const FLOOD_MS = 6_000;
/** The time for which a flood goes on before the scraper comes. */
const HEAD_START_MS = 1_000;
const LENGTH_MS = 3_000;
const SLIDE_MS = 1_000;
const TOP = 100;
const LINES = Array.from({ length: 100 }, (_, i) => `a,b${i % 7},c${i % 31}`);

newerRuntimeTest({
  name: "rtcount run counts exactly and answers other addresses during floods of HTTP",
  ignore: missing || Deno.build.os !== "linux" || missingPrograms("openssl", "curl").length > 0,
  async fn(t) {
    const topic = await makeTopic(2);
    await using daemon = await GuardedDaemon.start({
      source: kafkaSource(topic),
      window: { length: `${LENGTH_MS}ms`, slide: `${SLIDE_MS}ms`, lateness: "1s" },
      top: TOP,
      rate: { backpressure: false },
    });
    {
      await using _first = new SteadyStream({ bootstrap, topic, partition: 0 }, LINES);
      await using _second = new SteadyStream({ bootstrap, topic, partition: 1 }, LINES);
      await t.step("file descriptors run out", () => exhaustDescriptors(daemon));
      // The first flood is that of wrong log-ins: the scraper has not logged in before it.
      for (const flood of FLOODS) {
        await t.step(flood.name, async () => {
          const ending = new AbortController();
          const flooding = flood.run(daemon.target, ending.signal);
          await sleep(HEAD_START_MS);
          {
            await using _scraper = new Scraper(daemon);
            const [stream] = await Promise.all([daemon.get("/api/v1/stream"), sleep(FLOOD_MS)]);
            assert.equal(stream, 200);
          }
          ending.abort();
          await flooding;
        });
      }
    }
    const expected = await expectedBlocks({ bootstrap, topic }, {
      lengthMs: LENGTH_MS,
      slideMs: SLIDE_MS,
      top: TOP,
    });
    const blocks = () => printedBlocks(daemon.process.stdout);
    await daemon.process.waitFor("all windows", () => blocks().length >= expected.length);
    daemon.process.kill("SIGTERM");
    assert.equal(await daemon.process.status, 0, daemon.process.stderr);
    assert.deepEqual(blocks(), expected);
  },
});

/** Resolves when the daemon answers again. */
async function exhaustDescriptors(daemon: GuardedDaemon): Promise<void> {
  const { process, target } = daemon;
  const ask = () => daemon.get("/healthz", { withLogin: false });
  const former = await prlimit(process.pid, "--nofile", "--output=SOFT", "--noheadings");
  const files = [...Deno.readDirSync(`/proc/${process.pid}/fd`)].length;
  await prlimit(process.pid, `--nofile=${files + 20}:`);
  const conns = await Promise.all(
    Array.from({ length: 100 }, () => Deno.connect({ hostname: "127.0.0.1", port: target.port })),
  );
  await process.waitFor("no answer", async () => await ask() === undefined);
  for (const conn of conns) conn.close();
  await process.waitFor("an answer", async () => await ask() === 401);
  await prlimit(process.pid, `--nofile=${former}:`);
}

async function prlimit(pid: number, ...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command("prlimit", { args: ["--pid", `${pid}`, ...args] })
    .output();
  assert.ok(success);
  return new TextDecoder().decode(stdout).trim();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
