// Tests the files that install.sh puts into /etc: units, configurations and the checker agree on files and ports.

import assert from "node:assert/strict";
import { parse } from "yaml";
import { USUAL_PROMETHEUS_URL } from "../../lib/check/checker.ts";
import { defaultConfigFile } from "../../lib/cli/commands.ts";
import { defaultDaemonUrl } from "../../lib/config/schema.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { differingKeys } from "../../lib/config/reload.ts";
import { showConfig } from "../../lib/config/show.ts";
import { readPrometheusConfig, readText } from "../monitoring/shipped_files.ts";

const SYSTEMD = new URL("../../systemd/", import.meta.url);

async function readShipped(file: string): Promise<string> {
  return await Deno.readTextFile(new URL(file, SYSTEMD));
}

const LEAST = "source: {kafka: {brokers: [127.0.0.1:9092], topics: [raw-events]}}";

Deno.test("systemd/rtcount.yaml overrides only the defaults that a service needs to change", async () => {
  const config = showConfig(parseConfig(await readShipped("rtcount.yaml")));
  assert.deepEqual(differingKeys(showConfig(parseConfig(LEAST)), config), ["state.dir", "output.console"]);
});

Deno.test("systemd/spark-lab.yaml has the numbers of the Spark lab, each with the Spark setting that it replaces", async () => {
  const text = await readShipped("spark-lab.yaml");
  const { source, window, words, top, rate, output } = parseConfig(text);
  assert.equal(source.kafka?.group, "raw-event-streaming-consumer");
  assert.equal(words.separator, ",");
  assert.equal(window.slide, 2_000);
  assert.equal(top, 20);
  assert.equal(output.console, true);
  const { min, initial, max, max_per_partition: perPartition, backpressure } = rate;
  assert.deepEqual({ min, initial, max, perPartition, backpressure }, {
    min: 10,
    initial: 30,
    max: 100,
    perPartition: 100,
    backpressure: true,
  });
  const options = [
    "backpressure.enabled=true",
    "backpressure.pid.minRate=10",
    "backpressure.initialRate=30",
    "receiver.maxRate=100",
    "kafka.maxRatePerPartition=100",
  ];
  for (const option of options) {
    assert.match(
      text,
      new RegExp(`^  \\w+: \\w+ # spark\\.streaming\\.${option.replaceAll(".", "\\.")}$`, "m"),
    );
  }
});

Deno.test("units, configurations and the checker name the same files and ports", async () => {
  const { http } = parseConfig(await readShipped("rtcount.yaml"));
  assert.equal(`http://${http.listen}`, defaultDaemonUrl);
  assert.ok((await readShipped("rtcount.service")).includes(` --config ${defaultConfigFile}\n`));
  const listens = async (unit: string) => {
    return /--web\.listen-address=(\S+)$/m.exec(await readShipped(unit))?.[1] ?? "";
  };
  const prometheus = await listens("prometheus.service");
  assert.equal(`http://${prometheus}`, USUAL_PROMETHEUS_URL);
  const { scrape_configs } = await readPrometheusConfig();
  const scraped = scrape_configs.map(({ static_configs: [{ targets: [target] }] }) => target);
  const served = [prometheus, http.listen, await listens("node_exporter.service")];
  assert.deepEqual(scraped, served.map((address) => address.replace("127.0.0.1", "localhost")));
  const { datasources: [{ url }] } = parse(await readText("grafana/provisioning/datasources/rtcount.yml"));
  assert.equal(url, `http://${scraped[0]}`);
});
