import assert from "node:assert/strict";
import { join } from "node:path";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { expectedBlocks, printedBlocks, waitForTimeOf } from "./console_blocks.ts";
import * as longStream from "./long_stream.ts";
import { makeLongTopic, slowly, WINDOWS_BEFORE_THE_END } from "./long_stream.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

/** So long that the replay of a window has more records than come within a second, the age of a late snapshot. */
const WINDOW = { ...longStream.WINDOW, lengthMs: 30_000 };
const OK = 'rtcount_snapshots_total{result="ok"}';
const FAILED = 'rtcount_snapshots_total{result="failed"}';

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "rtcount-state-" });
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A life that ends by a signal with windows yet to come, `snapshots` of them saved; what it has printed. */
async function liveUntil(
  signal: "SIGTERM" | "SIGKILL",
  { topic, state, snapshots = 0 }: { topic: string; state: object; snapshots?: number },
): Promise<string[]> {
  await using daemon = new RtcountDaemon(settings(topic, slowly, { state }));
  await daemon.metricAtLeast("rtcount_windows_closed_total", WINDOWS_BEFORE_THE_END);
  const saved = await daemon.metricAtLeast(OK, snapshots);
  // A snapshot that is old at the kill, as it may be on a busy machine, is not used: a replay is shorter then.
  if (signal === "SIGKILL") await daemon.metricAtLeast(OK, saved + 1);
  daemon.kill(signal);
  const status = await daemon.status;
  if (signal === "SIGTERM") assert.equal(status, 0, daemon.stderr);
  return printedBlocks(daemon.stdout);
}

function settings(topic: string, rate: object, { state }: { state: object }): Record<string, unknown> {
  const window = { length: `${WINDOW.lengthMs}ms`, slide: `${WINDOW.slideMs}ms`, lateness: "0" };
  return longStream.settings(topic, { ...rate }, { state, window });
}

function linesWith(text: string, daemon: RtcountDaemon): string[] {
  return daemon.stderr.split("\n").filter((line) => line.includes(text));
}

Deno.test({
  name: "a daemon started again goes on from its snapshot with the next window and reads nothing again",
  ignore: missing,
  fn: () =>
    inFolder(async (dir) => {
      const topic = await makeLongTopic();
      const expected = await expectedBlocks({ bootstrap, topic }, WINDOW);
      // Only the one at the end.
      const state = { dir, interval: "1h" };
      const before = await liveUntil("SIGTERM", { topic, state });
      assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), ["rtcount.snapshot"]);
      await using second = new RtcountDaemon(settings(topic, {}, { state }));
      await waitForTimeOf(expected[expected.length - 1], second);
      assert.equal(linesWith("counting continues from the snapshot", second).length, 1, second.stderr);
      assert.equal(await second.metric(`rtcount_replayed_records_total{topic="${topic}"}`), 0);
      assert.ok(before.length < expected.length, "nothing was left for the second");
      assert.deepEqual([...before, ...printedBlocks(second.stdout)], expected);
    }),
});

Deno.test({
  name: "a daemon started again after SIGKILL goes on from a snapshot of any moment, with no window left out",
  ignore: missing,
  fn: () =>
    inFolder(async (dir) => {
      const topic = await makeLongTopic();
      const expected = await expectedBlocks({ bootstrap, topic }, WINDOW);
      const state = { dir, interval: "100ms" };
      const before = await liveUntil("SIGKILL", { topic, state, snapshots: 2 });
      await using second = new RtcountDaemon(settings(topic, {}, { state }));
      await waitForTimeOf(expected[expected.length - 1], second);
      assert.equal(linesWith("counting continues from the snapshot", second).length, 1, second.stderr);
      const after = printedBlocks(second.stdout);
      const resumedAt = expected.indexOf(after[0]);
      assert.ok(resumedAt <= before.length, `goes on with block ${resumedAt} after ${before.length} blocks`);
      assert.deepEqual(before, expected.slice(0, before.length));
      assert.deepEqual(after, expected.slice(resumedAt));
    }),
});

Deno.test({
  name: "a daemon that finds a damaged snapshot says so, keeps it aside and reads again",
  ignore: missing,
  fn: () =>
    inFolder(async (dir) => {
      const topic = await makeLongTopic();
      const expected = await expectedBlocks({ bootstrap, topic }, WINDOW);
      const state = { dir, interval: "1h" };
      const before = await liveUntil("SIGTERM", { topic, state });
      const file = join(dir, "rtcount.snapshot");
      await Deno.truncate(file, 100);
      await using second = new RtcountDaemon(settings(topic, {}, { state }));
      await waitForTimeOf(expected[expected.length - 1], second);
      assert.equal(linesWith("it is damaged", second).length, 1, second.stderr);
      assert.deepEqual([...before, ...printedBlocks(second.stdout)], expected);
      second.kill("SIGTERM");
      assert.equal(await second.status, 0, second.stderr);
      assert.equal((await Deno.stat(`${file}.unused`)).size, 100);
      assert.ok((await Deno.stat(file)).size > 100);
    }),
});

Deno.test({
  name: "a daemon whose snapshots cannot be written says so once, counts them and goes on",
  ignore: missing,
  fn: () =>
    inFolder(async (dir) => {
      const topic = await makeLongTopic();
      const state = { dir: join(dir, "missing"), interval: "100ms" };
      await using daemon = new RtcountDaemon(settings(topic, slowly, { state }));
      await daemon.metricAtLeast(FAILED, 3);
      await daemon.waitForLine(/the snapshot is not saved/);
      assert.equal(linesWith("the snapshot is not saved", daemon).length, 1, daemon.stderr);
      assert.equal(await daemon.metric("rtcount_snapshot_last_success_timestamp_seconds"), undefined);
      await Deno.mkdir(state.dir);
      await daemon.metricAtLeast(OK, 1);
      const savedAt = await daemon.metric("rtcount_snapshot_last_success_timestamp_seconds");
      assert.ok(savedAt !== undefined && Math.abs(savedAt - Date.now() / 1000) < 30, `${savedAt}`);
      daemon.kill("SIGTERM");
      assert.equal(await daemon.status, 0, daemon.stderr);
    }),
});
