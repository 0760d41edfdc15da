// Groups that merge their counts, on a real Kafka: every window is that of all partitions, on every member and in
// output.kafka.

import assert from "node:assert/strict";
import { withAdmin } from "../machine/kafka/admin.ts";
import { dump } from "../machine/kafka/kcat.ts";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap, missing, uniqueName } from "../machine/kafka/shared_kafka.ts";
import { createTopic } from "../machine/kafka/topic.ts";
import { type OracleWindow, recount } from "../oracle/oracle.ts";
import { makeTopic } from "./kafka_source.ts";
import { RtcountDaemon } from "./rtcount_process.ts";
import {
  counted,
  newestByKey,
  PARTITIONS,
  produceSpan,
  SENT,
  type ShownWindow,
  stop,
  TOP,
  WINDOW,
  windowSettings,
  windowsOf,
} from "./window_topic.ts";

/** The time that the records of a span cover. */
const SPAN_MS = 10_000;

function settings(topic: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...windowSettings(topic, {}), merge: { enabled: true }, ...more };
}

async function expectedOf(topic: string): Promise<OracleWindow[]> {
  return recount(await dump({ bootstrap, topic }), { ...WINDOW, top: TOP });
}

async function readiness(daemon: RtcountDaemon): Promise<string> {
  const page = await daemon.get("/readyz");
  return page === undefined ? "" : `${page.status} ${page.text}`;
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: missing, fn });
}

test("members that merge show the windows of all partitions, and one of them writes them", async () => {
  const topic = await makeTopic(PARTITIONS.length);
  const windows = uniqueName("windows");
  await createTopic({ bootstrap, topic: windows }, { partitions: 1, replicationFactor: 1 });
  const base = settings(topic, { output: { console: false, kafka: { topic: windows } } });
  const config = { ...base, window: { ...base.window as object, idle: "1h" } };
  // A partition without a record would hold no window back.
  for (const partition of PARTITIONS) {
    await produce([{ timestampMs: Date.now() - 120_000, value: "first" }], { bootstrap, topic, partition });
  }
  await using a = new RtcountDaemon(config);
  await using b = new RtcountDaemon(config);
  const members = [a, b];
  await a.waitFor("two members", async () => {
    const assigned = await Promise.all(members.map((one) => one.metric("rtcount_assigned_partitions")));
    return assigned.join() === "2,2";
  });
  await produceSpan(topic, { startMs: Date.now() - 20_000, spanMs: SPAN_MS });
  const expected = await expectedOf(topic);
  const last = expected[expected.length - 1];
  for (const member of members) {
    await member.waitFor("the last window", async () => {
      const page = await member.get(`/api/v1/top?k=${TOP}`);
      return page?.status === 200 && counted(page.text).endMs >= last.endMs;
    });
    await member.waitForReadiness();
  }
  await a.waitFor("all windows in the topic", async () => {
    const sent = await Promise.all(members.map((member) => member.metric(SENT)));
    return sent.reduce<number>((sum, one) => sum + (one ?? 0), 0) >= expected.length;
  });
  await a.waitFor("the figures of the window on one member: a sum over instances is right", async () => {
    const shown = await Promise.all(members.map((member) => member.metric("rtcount_window_records")));
    return shown.filter((records) => records !== undefined).length === 1;
  });
  for (const member of members) await stop(member);
  const found = await dump({ bootstrap, topic: windows });
  assert.deepEqual(windowsOf(newestByKey(found)), expected);
  assert.equal(new Set(found.map(({ payload }) => payload)).size, expected.length, "one content per window");
  for (const { key, payload } of found) {
    const { window_end: endMs, partitions }: ShownWindow = JSON.parse(payload ?? "");
    assert.equal(key, `rtcount/${endMs}/${topic}-0`);
    assert.deepEqual(partitions, { [topic]: PARTITIONS });
  }
});

test("a member that counts differently waits until the others are stopped, and they go on", async () => {
  const topic = await makeTopic(PARTITIONS.length);
  await produceSpan(topic, { startMs: Date.now() - 20_000, spanMs: SPAN_MS });
  await using a = new RtcountDaemon(settings(topic));
  await a.waitFor("a window", async () => (await a.get("/api/v1/top"))?.status === 200);
  await using other = new RtcountDaemon(settings(topic, { words: { stop_words: ["w1"] } }));
  await using without = new RtcountDaemon({ ...settings(topic), merge: { enabled: false } });
  await other.waitFor("the reason", async () => /count differently/.test(await readiness(other)));
  await without.waitFor(
    "the reason",
    async () => /^503.*another program is in the group/.test(await readiness(without)),
  );
  await a.waitForReadiness();
  await stop(without);
  await stop(a);
  await other.waitForReadiness();
  await produceSpan(topic, { startMs: Date.now() - 8_000, spanMs: SPAN_MS });
  const words = await other.waitFor("a window with w2", async () => {
    const found = await other.get(`/api/v1/top?k=${TOP}`);
    const words = new Set(found?.status === 200 ? counted(found.text).top.map(([word]) => word) : []);
    return words.has("w2") && words;
  });
  assert.equal(words.has("w1"), false);
  await stop(other);
});

for (
  const [what, partitions, config, reason] of [
    ["two partitions", 2, {}, /has 2 partitions: .*kafka-topics\.sh .*--partitions 1 /],
    ["compaction", 1, { "cleanup.policy": "compact" }, /cleanup\.policy is compact.*kafka-configs\.sh /],
    ["a retention of a minute", 1, { "retention.ms": "60000" }, /retention\.ms is 60000.*kafka-configs\.sh /],
    [
      "small messages",
      1,
      { "max.message.bytes": "100000" },
      /max\.message\.bytes is 100000.*kafka-configs\.sh /,
    ],
  ] as const
) {
  test(`a member is not ready with a pane log of ${what}, and says the command`, async () => {
    const topic = await makeTopic(1);
    await createTopic({ bootstrap, topic: `${topic}.panes` }, { partitions, replicationFactor: 1, config });
    await using daemon = new RtcountDaemon(settings(topic));
    await daemon.waitFor("the reason", async () => reason.test(await readiness(daemon)));
    await stop(daemon);
  });
}

test("the pane log is created with one partition that keeps its records for a day", async () => {
  const topic = await makeTopic(1);
  await using daemon = new RtcountDaemon(settings(topic));
  await daemon.waitForReadiness();
  const described = await withAdmin(bootstrap, (admin) =>
    admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: `${topic}.panes`, configNames: ["cleanup.policy", "retention.ms"] }],
    }));
  const entries = described.resources[0].configEntries.map((
    { configName, configValue },
  ) => [configName, configValue]);
  assert.deepEqual(Object.fromEntries(entries), { "cleanup.policy": "delete", "retention.ms": "86400000" });
  await stop(daemon);
});

test("merge may be switched on and off between two runs of the group: no window is missing or incomplete", async () => {
  const topic = await makeTopic(PARTITIONS.length);
  const windows = uniqueName("windows");
  await createTopic({ bootstrap, topic: windows }, { partitions: 1, replicationFactor: 1 });
  // A daemon at the end of the log moves on with time: nothing that comes later may be late for it, however slow it is.
  const distanceMs = 60_000;
  const startMs = Date.now() - 5 * distanceMs;
  for (const [round, enabled] of [false, true, false, true].entries()) {
    await produceSpan(topic, { startMs: startMs + round * distanceMs, spanMs: SPAN_MS });
    const config = settings(topic, {
      output: { console: false, kafka: { topic: windows } },
      merge: { enabled },
    });
    await using daemon = new RtcountDaemon(config);
    const untilMs = startMs + round * distanceMs + SPAN_MS - 2 * WINDOW.latenessMs;
    await daemon.waitFor(`windows up to ${untilMs}`, async () => {
      return windowsOf(await dump({ bootstrap, topic: windows })).some(({ endMs }) => endMs >= untilMs);
    });
    // Half of them are stopped, the others killed.
    if (round % 3 === 0) await stop(daemon);
    else {
      daemon.kill("SIGKILL");
      await daemon.status;
    }
  }
  await using daemon = new RtcountDaemon(
    settings(topic, { output: { console: false, kafka: { topic: windows } } }),
  );
  const expected = await expectedOf(topic);
  const last = expected[expected.length - 1];
  await daemon.waitFor("the last window", async () => {
    return windowsOf(await dump({ bootstrap, topic: windows })).some(({ endMs }) => endMs === last.endMs);
  });
  await stop(daemon);
  assert.deepEqual(windowsOf(newestByKey(await dump({ bootstrap, topic: windows }))), expected);
});
