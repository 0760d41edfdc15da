// A daemon whose records are all skipped says so at /readyz and to `rtcount check`, and every record is in a counter.

import assert from "node:assert/strict";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon, runRtcount } from "./rtcount_process.ts";

const WINDOW = { length: "1s", slide: "200ms", lateness: "0" };
const HOUR_MS = 3_600_000;

function records(count: number, aheadMs: number) {
  return Array.from({ length: count }, () => ({ timestampMs: Date.now() + aheadMs, value: "a" }));
}

Deno.test({
  name: "rtcount run names the records that it skips as future, at /readyz and to check",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(1);
    await produce(records(20, 2 * HOUR_MS), { bootstrap, topic, partition: 0 });
    await using daemon = new RtcountDaemon({ source: kafkaSource(topic), window: WINDOW });
    const text = await daemon.waitFor("the reason", async () => {
      const page = await daemon.get("/readyz");
      return page?.status === 503 && page.text.includes("20 records were skipped as future") && page.text;
    });
    assert.match(text, /dated 7[12]\d\d s ahead of this machine's clock: check the clocks/);
    await daemon.waitForLine(/WARNING .*timestamps in the future/);
    const { stdout } = await runRtcount(["check", "--config", daemon.configFile]);
    assert.match(stdout, /20 records were skipped as future/);
    assert.match(stdout, /20 as future/);
  },
});

Deno.test({
  name: "rtcount run counts records before its first window as before_start, once over restarts",
  ignore: missing,
  async fn() {
    const topic = await makeTopic(1);
    const source = kafkaSource(topic);
    const settings = { source: { kafka: { ...source.kafka as object, start: "window" } }, window: WINDOW };
    const skipped = 'rtcount_records_skipped_total{reason="before_start"}';
    {
      await using daemon = new RtcountDaemon(settings);
      await daemon.waitForReadiness();
      await produce([...records(30, -5 * HOUR_MS), ...records(1, 0)], { bootstrap, topic, partition: 0 });
      assert.equal(await daemon.metricAtLeast(skipped, 30), 30);
      assert.equal(await daemon.metricAtLeast("rtcount_records_counted_total", 1), 1);
      await daemon.waitForLine(/WARNING .*before the first window.*source\.kafka\.start: earliest/);
      daemon.kill("SIGTERM");
      assert.equal(await daemon.status, 0, daemon.stderr);
    }
    await using daemon = new RtcountDaemon(settings);
    await daemon.waitForReadiness();
    assert.equal(await daemon.metric(skipped), 0);
  },
});
