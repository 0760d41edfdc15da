// `rtcount health` in the states of a daemon that a probe meets.

import assert from "node:assert/strict";
import { freePorts } from "../machine/free_ports.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { kafkaSource } from "./kafka_source.ts";
import { type Finished, RtcountDaemon, runRtcount } from "./rtcount_process.ts";
import { withFile } from "./with_file.ts";

const WINDOW = { length: "1s", slide: "200ms", lateness: "0" };

Deno.test({
  name: "rtcount health is 0 for a daemon that starts, is ready or has lost Kafka, and 1 for one that hangs",
  ignore: await missingForKafka() !== undefined,
  async fn(t) {
    await using kafka = await startKafka();
    await kafka.createTopic("words");
    await kafka.kill(0);
    await using daemon = new RtcountDaemon({ source: kafkaSource("words", kafka.bootstrap), window: WINDOW });
    const readiness = (status: number) =>
      daemon.waitFor(`${status} at /readyz`, async () => (await daemon.get("/readyz"))?.status === status);
    const health = () => runRtcount(["health", "--config", daemon.configFile]);
    const works: Finished = { status: 0, stdout: `${daemon.url}: ok\n`, stderr: "" };

    await t.step("it starts, and finds no broker", async () => {
      await readiness(503);
      assert.deepEqual(await health(), works);
    });
    await t.step("it is ready", async () => {
      await kafka.restart(0);
      await readiness(200);
      assert.deepEqual(await health(), works);
    });
    await t.step("Kafka is down", async () => {
      await kafka.kill(0);
      await readiness(503);
      assert.deepEqual(await health(), works);
    });
    await t.step("it hangs", async () => {
      daemon.kill("SIGSTOP");
      const line = `${daemon.url}: no answer within 5 s\n`;
      assert.deepEqual(await health(), { status: 1, stdout: line, stderr: "" });
      daemon.kill("SIGCONT");
      await daemon.waitFor("a healthy process", async () => (await health()).status === 0);
    });
    await t.step("it has ended", async () => {
      const config = await Deno.readTextFile(daemon.configFile);
      daemon.kill("SIGTERM");
      assert.equal(await daemon.status, 0, daemon.stderr);
      const line = `${daemon.url}: connection refused\n`;
      await withFile(config, async (file) => {
        const { status, stdout } = await runRtcount(["health", "--config", file]);
        assert.deepEqual([status, stdout], [1, line]);
      });
    });
  },
});

Deno.test("rtcount health ends with 2 for wrong usage, and with 78 for a wrong configuration", async () => {
  const [free] = freePorts(1);
  assert.equal((await runRtcount(["health", "now"])).status, 2);
  assert.equal((await runRtcount(["health", "--url", "127.0.0.1:8000"])).status, 2);
  assert.equal((await runRtcount(["health", "--config", "/nonexistent.yaml"])).status, 78);
  const { status, stdout } = await runRtcount(["health", "--url", `http://127.0.0.1:${free}`]);
  assert.deepEqual([status, stdout], [1, `http://127.0.0.1:${free}: connection refused\n`]);
  await withFile("source: {synthetic: {}}\ntpo: 3\n", async (file) => {
    const { status, stderr } = await runRtcount(["health", "--config", file]);
    assert.equal(status, 78);
    assert.match(stderr, /:2:1: tpo: unknown key/);
  });
});
