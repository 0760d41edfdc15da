// The member of a merging group that writes windows to a topic is killed again and again: the topic has every window, each
// with one content.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { newestByKey } from "../e2e/window_topic.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { dump } from "../machine/kafka/kcat.ts";
import { showingErrors } from "../shown_errors.ts";
import type { Member, ShownWindow } from "./member.ts";
import { PARTITIONS } from "./member_stream.ts";
import { MergeGroup, TOPIC } from "./merge_group.ts";
import { isLong, soakSeed } from "./soak_length.ts";

const WINDOWS = "windows";
const KILLS = 20;
const WINDOW = { lengthMs: 10_000, slideMs: 1_000, latenessMs: 60_000 };
const OPTIONS = {
  window: WINDOW,
  recordsPerSecond: 1_200,
  durationMs: 300_000,
  output: { kafka: { topic: WINDOWS } },
};
const SHOWN = "rtcount_window_records";

/** The member that exports the windows, which is the one that writes them. */
async function writerOf(group: MergeGroup): Promise<Member> {
  for (;;) {
    for (const member of group.members) {
      if (await member.run?.daemon.metric(SHOWN) !== undefined) return member;
    }
    await systemClock.sleep(100);
  }
}

/** Compares what the topic has with the stream. */
async function checkTopic({ kafka, stream: { counts } }: MergeGroup): Promise<void> {
  const found = await dump({ bootstrap: kafka.bootstrap, topic: WINDOWS });
  const windows = newestByKey(found).map(({ payload }): ShownWindow => JSON.parse(payload ?? ""));
  for (const { window_end, top, partitions } of windows) {
    assert.deepEqual(partitions[TOPIC], PARTITIONS);
    assert.deepEqual(top, counts.window(window_end, PARTITIONS));
  }
  const ends = new Set(windows.map(({ window_end }) => window_end));
  const newestMs = Math.max(...ends);
  assert.deepEqual(
    counts.ends.filter((endMs) => endMs <= newestMs && !ends.has(endMs)),
    [],
    "none is missing",
  );
  const contents = new Set(found.map(({ key, payload }) => `${key} ${payload}`));
  assert.equal(contents.size, windows.length, "each window has one content");
  console.log(`${windows.length} windows in ${found.length} records`);
}

if (isLong) {
  const ignore = await missingForKafka() !== undefined;
  Deno.test({
    name: `the topic has every window, though the member that writes them is killed ${KILLS} times`,
    ignore,
    fn: showingErrors(async () => {
      const seed = soakSeed("merge_writer_test");
      await using group = await MergeGroup.start({ ...OPTIONS, seed }, (kafka) => kafka.createTopic(WINDOWS));
      for (let kill = 0; kill < KILLS; kill++) {
        const writer = await writerOf(group);
        await writer.kill();
        const others = group.members.filter((member) => member !== writer);
        const ms = await group.closesMore(others);
        console.log(
          `killed ${kill + 1} times: windows after ${Math.round(ms)} ms, load ${Deno.loadavg()[0]}`,
        );
        writer.start();
        await group.closesMore();
      }
      await group.stop();
      await checkTopic(group);
    }),
  });
}
