// Values with schemas, written by confluent-kafka's serializers, and a registry that is away for a while.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FakeRegistry } from "../fakes/fake_registry.ts";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { preparePython, runPython } from "../machine/python.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { RtcountDaemon, runRtcount } from "./rtcount_process.ts";

const python = await preparePython();
const ignore = missing || python.missing !== undefined;
const AVRO = fileURLToPath(new URL("send_avro.py", import.meta.url));
const PROTOBUF = fileURLToPath(new URL("send_protobuf.py", import.meta.url));
const RECORDS = 300;

function settingsOf(topic: string, records: object, words: object): Record<string, unknown> {
  return {
    source: kafkaSource(topic),
    records,
    words: { from: "field", ...words },
    window: { length: "1h", slide: "1s", lateness: 0, idle: "1s" },
    output: { console: false },
  };
}

/** Sends the records of a script, which registers their schemas. */
async function send(
  script: string,
  { registry, topic, startMs, place = "prefix" }: {
    readonly registry: FakeRegistry;
    readonly topic: string;
    /** The timestamp of the first record. */
    readonly startMs: number;
    /** The place of the schema ids. */
    readonly place?: "prefix" | "header";
  },
): Promise<void> {
  await runPython(python, [script, bootstrap, registry.url, topic, String(RECORDS), String(startMs), place]);
}

async function topOf(daemon: RtcountDaemon, records: number): Promise<unknown> {
  return await daemon.waitFor(`a window with ${records} records`, async () => {
    const page = await daemon.get("/api/v1/top");
    const window = page?.status === 200 ? JSON.parse(page.text) : undefined;
    return window?.records === records && window.top;
  });
}

/** The number of record indexes that pass. */
function countOf(holds: (i: number) => boolean): number {
  return Array.from({ length: RECORDS }, (_, i) => i).filter(holds).length;
}

interface Format {
  readonly name: string;
  readonly script: string;
  readonly records: object;
  /** Whether a record with this index passes the conditions. */
  readonly holds: (i: number) => boolean;
}

const FORMATS: readonly Format[] = [
  {
    name: "avro",
    script: AVRO,
    records: {
      timestamp: "$.at",
      where: [{ field: "$.level", equals: "ERROR" }, { field: "$.price", max: 0.5 }],
    },
    holds: (i) => i % 2 === 1 && i % 4 / 4 <= 0.5,
  },
  {
    name: "protobuf",
    script: PROTOBUF,
    records: {
      timestamp: "$.at.seconds",
      timestamp_format: "unix",
      where: [
        { field: "$.level", equals: "ERROR" },
        { field: "$.byteCount", max: 200 },
        { field: "$.sizes[0]", max: -1 },
      ],
    },
    holds: (i) => i % 2 === 1 && i <= 200,
  },
];

for (const { name, script, records, holds } of FORMATS) {
  Deno.test({
    name:
      `rtcount run reads ${name} of confluent-kafka's serializer, with schema ids before values and in headers`,
    ignore,
    async fn() {
      await using registry = new FakeRegistry();
      const topics = [await makeTopic(1), await makeTopic(1)];
      const startMs = Date.now() - 20_000;
      await send(script, { registry, topic: topics[0], startMs, place: "prefix" });
      await send(script, { registry, topic: topics[1], startMs, place: "header" });
      const settings = settingsOf(
        topics[0],
        { format: name, schema_registry: { url: registry.url }, ...records },
        { field: "$.user.id" },
      );
      (settings.source as { kafka: { topics: readonly string[] } }).kafka.topics = topics;
      await using daemon = new RtcountDaemon(settings);
      const wanted = [0, 1, 2].map((n): [string, number] => {
        return [String(2n ** 60n + BigInt(n)), 2 * countOf((i) => holds(i) && i % 10 !== 0 && i % 3 === n)];
      });
      wanted.sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
      assert.deepEqual(await topOf(daemon, 2 * countOf(holds)), wanted);
    },
  });
}

Deno.test({
  name: "rtcount run waits while the registry is away, says so, and continues when it is back",
  ignore,
  async fn() {
    await using registry = new FakeRegistry();
    const [topic, others] = [await makeTopic(1), await makeTopic(1)];
    const startMs = Date.now() - 20_000;
    await send(AVRO, { registry, topic, startMs });
    registry.fault = () => Response.json({ message: "leader unknown" }, { status: 500 });
    const value = (text: string) => `\0\0\0\0\x63${text}`;
    await produce([{ timestampMs: startMs, value: "no frame" }], { bootstrap, topic: others, partition: 0 });
    const settings = settingsOf(topic, {
      format: "avro",
      schema_registry: { url: registry.url },
    }, { field: "$.tags" });
    const { kafka } = settings.source as { kafka: { topics: string[] } };
    kafka.topics.push(others);
    await using daemon = new RtcountDaemon(settings);
    const reason =
      `records wait for the schema 2: ${registry.url}: it answered with status 500 (leader unknown): see the log of the registry`;
    await daemon.waitFor("the reason", async () => (await daemon.get("/readyz"))?.text.includes(reason));
    await daemon.metricAtLeast('rtcount_records_skipped_total{reason="invalid_avro"}', 1);
    assert.equal(await daemon.metric(`rtcount_records_total{topic="${topic}"}`) ?? 0, 0);
    registry.fault = () => undefined;
    assert.deepEqual(await topOf(daemon, RECORDS), [["a", 200], ["b", 100]]);
    // An id that the registry does not have.
    await produce([{ timestampMs: startMs, value: value("x") }], { bootstrap, topic: others, partition: 0 });
    await daemon.metricAtLeast('rtcount_records_skipped_total{reason="unknown_schema"}', 1);
    const { status, stdout } = await runRtcount([
      "check",
      "--config",
      daemon.configFile,
      "--url",
      daemon.url,
    ]);
    assert.ok(status === 0 || status === 1);
    assert.match(stdout, new RegExp(`ok +registry +${registry.url} answers`));
  },
});

Deno.test({
  name: "rtcount count reads Avro of a topic with the registry",
  ignore,
  async fn() {
    await using registry = new FakeRegistry();
    const topic = await makeTopic(2);
    await send(AVRO, { registry, topic, startMs: Date.now() });
    const sets = [
      "records.format=avro",
      `records.schema_registry.url=${registry.url}`,
      "words.from=field",
      "words.field=$.tags[0]",
      "words.weight=$.bytes",
    ];
    const args = [
      "count",
      "--brokers",
      bootstrap,
      "--topic",
      topic,
      ...sets.flatMap((set) => ["--set", set]),
    ];
    const { status, stdout, stderr } = await runRtcount(args);
    assert.equal(status, 0, stderr);
    const indexes = Array.from({ length: RECORDS }, (_, i) => i);
    const sum = indexes.filter((i) => i % 3 > 0).reduce((a, b) => a + b, 0);
    assert.equal(stdout.trim(), `('a', ${sum})`);
  },
});
