import assert from "node:assert/strict";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { expectedBlocks, printedBlocks, waitForTimeOf } from "./console_blocks.ts";
import { makeLongTopic, settings, slowly, WINDOW, WINDOWS_BEFORE_THE_END } from "./long_stream.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

Deno.test({
  name: "a daemon started again goes on with the next window, none left out and none printed twice",
  ignore: missing,
  async fn() {
    const topic = await makeLongTopic();
    const expected = await expectedBlocks({ bootstrap, topic }, WINDOW);
    await using first = new RtcountDaemon(settings(topic, slowly));
    await first.metricAtLeast("rtcount_windows_closed_total", WINDOWS_BEFORE_THE_END);
    first.kill("SIGTERM");
    assert.equal(await first.status, 0, first.stderr);
    await using second = new RtcountDaemon(settings(topic, {}));
    await waitForTimeOf(expected[expected.length - 1], second);
    const before = printedBlocks(first.stdout);
    assert.ok(before.length < expected.length, "nothing was left for the second");
    assert.deepEqual([...before, ...printedBlocks(second.stdout)], expected);
  },
});

Deno.test({
  name: "a daemon started again after SIGKILL leaves no window out and prints the same content twice at most",
  ignore: missing,
  async fn() {
    const topic = await makeLongTopic();
    const expected = await expectedBlocks({ bootstrap, topic }, WINDOW);
    await using first = new RtcountDaemon(settings(topic, slowly));
    await first.metricAtLeast("rtcount_windows_closed_total", WINDOWS_BEFORE_THE_END);
    first.kill("SIGKILL");
    await first.status;
    // Nobody can tell yet that the first is dead: its partitions are free when its session has run out.
    await using second = new RtcountDaemon(settings(topic, {}));
    await waitForTimeOf(expected[expected.length - 1], second);
    const before = printedBlocks(first.stdout);
    const after = printedBlocks(second.stdout);
    const resumedAt = expected.indexOf(after[0]);
    assert.ok(resumedAt <= before.length, `goes on with block ${resumedAt} after ${before.length} blocks`);
    assert.deepEqual(before, expected.slice(0, before.length));
    assert.deepEqual(after, expected.slice(resumedAt));
  },
});
