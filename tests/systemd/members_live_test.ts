// Four instances of rtcount@ on one configuration, on a live systemd and a real Kafka. They need root, so only
// `deno task test:systemd` runs this.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SteadyStream } from "../e2e/steady_stream.ts";
import { freePorts } from "../machine/free_ports.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { missingForContainers, runInContainer } from "../machine/systemd_container.ts";
import { executable } from "./executable.ts";

const TOPIC = "words";
const INSTANCES = 4;
const SCRIPT = fileURLToPath(new URL("members.sh", import.meta.url));

Deno.test("the instances of docs/scaling.md are those that are tested", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/scaling.md", import.meta.url));
  const script = Deno.readTextFileSync(SCRIPT);
  const lines = script.split("\n").filter((line) => /^(\[Service\]|ExecStart=)/.test(line));
  assert.equal(lines.length, 3);
  assert.ok(
    page.includes(lines.map((line) => `    ${line}\n`).join("")),
    "docs/scaling.md has the same lines",
  );
});

if (Deno.env.get("SYSTEMD") === "1") {
  const missing = missingForContainers() ?? await missingForKafka();
  if (missing !== undefined) console.log(`the instances of a group are not tested: ${missing}`);
  Deno.test({
    name: "four instances of rtcount@ on one configuration are a group that merges its counts",
    ignore: missing !== undefined,
    async fn() {
      await using kafka = await startKafka({ properties: { "broker.session.timeout.ms": "60000" } });
      await kafka.createTopic(TOPIC, { partitions: INSTANCES });
      await using streams = new AsyncDisposableStack();
      for (let partition = 0; partition < INSTANCES; partition++) {
        const target = { bootstrap: kafka.bootstrap, topic: TOPIC, partition };
        streams.use(new SteadyStream(target, ["some,words"]));
      }
      const ports = freePorts(INSTANCES).map(String);
      const { status, output } = await runInContainer(SCRIPT, {
        system: "bare",
        binary: await executable(),
        args: [kafka.bootstrap, TOPIC, ...ports],
        sharesNetwork: true,
      });
      assert.equal(status, 0, `the script ended with ${status}:\n${output}`);
      for (const [line] of output.matchAll(/^.*\b\d+ ms\b.*$/gm)) console.log(line);
    },
  });
}
