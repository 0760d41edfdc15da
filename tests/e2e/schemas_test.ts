// Values with schemas, written by confluent-kafka's serializers, and a registry that is away for a while. Each test runs on one
// of two releases of Kafka, and in the long form on both. The registry is the tests' own; with REGISTRY=apicurio the serializers
// and rtcount also use a real one.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FakeRegistry } from "../fakes/fake_registry.ts";
import { startApicurio } from "../machine/apicurio.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { KAFKA_VERSION, NEWEST_KAFKA_VERSION } from "../machine/kafka/distribution.ts";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap as shared, missing, uniqueName } from "../machine/kafka/shared_kafka.ts";
import { createTopic } from "../machine/kafka/topic.ts";
import { preparePython, runPython } from "../machine/python.ts";
import { isLong } from "../soak/soak_length.ts";
import { kafkaSource } from "./kafka_source.ts";
import { RtcountDaemon, runRtcount } from "./rtcount_process.ts";

const python = await preparePython();
const ignore = missing || python.missing !== undefined;
const AVRO = fileURLToPath(new URL("send_avro.py", import.meta.url));
const PROTOBUF = fileURLToPath(new URL("send_protobuf.py", import.meta.url));
const RECORDS = 300;

interface Place {
  /** For the names of tests. */
  readonly title: string;
  readonly bootstrap: string;
}

interface Registry extends AsyncDisposable {
  readonly url: string;
  /** It gives schemas a UUID, so that serializers can write it into headers. */
  readonly hasGuids: boolean;
}

const newest = ignore ? undefined : await startKafka({ version: NEWEST_KAFKA_VERSION });
if (newest !== undefined) globalThis.addEventListener("unload", () => newest.stopSync());
const OLD: Place = { title: `Kafka ${KAFKA_VERSION}`, bootstrap: shared };
const NEW: Place = { title: `Kafka ${NEWEST_KAFKA_VERSION}`, bootstrap: newest?.bootstrap ?? "" };

/** The tests of one kind take turns on the releases. */
function placesOf(one: Place): readonly Place[] {
  return isLong ? [OLD, NEW] : [one];
}

const apicurio = Deno.env.get("REGISTRY") === "apicurio" ? await startApicurio() : undefined;
if (apicurio !== undefined) globalThis.addEventListener("unload", () => apicurio.stop());

const REGISTRIES: readonly { readonly name: string; readonly open: () => Registry }[] = [
  {
    name: "a registry of the tests",
    open: () => Object.assign(new FakeRegistry(), { hasGuids: true }),
  },
  ...(apicurio === undefined ? [] : [{
    name: "Apicurio Registry",
    open: () => ({ url: apicurio.url, hasGuids: false, async [Symbol.asyncDispose]() {} }),
  }]),
];

function settingsOf(
  topics: readonly string[],
  { bootstrap, records, words }: {
    readonly bootstrap: string;
    readonly records: object;
    readonly words: object;
  },
): Record<string, unknown> {
  const { kafka } = kafkaSource(topics[0], bootstrap) as { readonly kafka: object };
  return {
    source: { kafka: { ...kafka, topics } },
    records,
    words: { from: "field", ...words },
    window: { length: "1h", slide: "1s", lateness: 0, idle: "1s" },
    output: { console: false },
  };
}

async function makeTopic(bootstrap: string, partitions = 1): Promise<string> {
  const topic = uniqueName("schemas");
  await createTopic({ bootstrap, topic }, { partitions, replicationFactor: 1 });
  return topic;
}

/** Sends the records of a script, which registers their schemas. */
async function send(
  script: string,
  { registry, topic, startMs, bootstrap, place = "prefix" }: {
    readonly registry: { readonly url: string };
    readonly bootstrap: string;
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
  readonly place: Place;
  /** Whether a record with this index passes the conditions. */
  readonly holds: (i: number) => boolean;
}

const FORMATS: readonly Format[] = [
  {
    name: "avro",
    script: AVRO,
    place: OLD,
    records: {
      timestamp: "$.at",
      where: [{ field: "$.level", equals: "ERROR" }, { field: "$.price", max: 0.5 }],
    },
    holds: (i) => i % 2 === 1 && i % 4 / 4 <= 0.5,
  },
  {
    name: "protobuf",
    script: PROTOBUF,
    place: NEW,
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

for (const format of FORMATS) {
  for (const { title, bootstrap } of placesOf(format.place)) {
    for (const { name, open } of REGISTRIES) {
      Deno.test({
        name: `rtcount run reads ${format.name} of confluent-kafka's serializer, on ${title} with ${name}`,
        ignore,
        fn: () => testFormat(format, { bootstrap, open }),
      });
    }
  }
}

async function testFormat(
  { name, script, records, holds }: Format,
  { bootstrap, open }: { readonly bootstrap: string; readonly open: () => Registry },
): Promise<void> {
  await using registry = open();
  const places = registry.hasGuids ? ["prefix", "header"] as const : ["prefix"] as const;
  const startMs = Date.now() - 20_000;
  const topics: string[] = [];
  for (const place of places) {
    const topic = await makeTopic(bootstrap);
    topics.push(topic);
    await send(script, { registry, bootstrap, topic, startMs, place });
  }
  const settings = settingsOf(topics, {
    bootstrap,
    records: { format: name, schema_registry: { url: registry.url }, ...records },
    words: { field: "$.user.id" },
  });
  await using daemon = new RtcountDaemon(settings);
  const wanted = [0, 1, 2].map((n): [string, number] => {
    const count = countOf((i) => holds(i) && i % 10 !== 0 && i % 3 === n);
    return [String(2n ** 60n + BigInt(n)), topics.length * count];
  });
  wanted.sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  assert.deepEqual(await topOf(daemon, topics.length * countOf(holds)), wanted);
}

for (const { title, bootstrap } of placesOf(OLD)) {
  Deno.test({
    name: `rtcount run waits while the registry is away, says so, and continues when it is back, on ${title}`,
    ignore,
    fn: () => testOutage(bootstrap),
  });
}

async function testOutage(bootstrap: string): Promise<void> {
  await using registry = new FakeRegistry();
  const [topic, others] = [await makeTopic(bootstrap), await makeTopic(bootstrap)];
  const startMs = Date.now() - 20_000;
  await send(AVRO, { registry, bootstrap, topic, startMs });
  registry.fault = () => Response.json({ message: "leader unknown" }, { status: 500 });
  const value = (text: string) => `\0\0\0\0\x63${text}`;
  await produce([{ timestampMs: startMs, value: "no frame" }], { bootstrap, topic: others, partition: 0 });
  const settings = settingsOf([topic, others], {
    bootstrap,
    records: { format: "avro", schema_registry: { url: registry.url } },
    words: { field: "$.tags" },
  });
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
}

for (const { title, bootstrap } of placesOf(NEW)) {
  for (const { name, open } of REGISTRIES) {
    Deno.test({
      name: `rtcount count reads Avro of a topic, on ${title} with ${name}`,
      ignore,
      fn: () => testCount({ bootstrap, open }),
    });
  }
}

async function testCount(
  { bootstrap, open }: { readonly bootstrap: string; readonly open: () => Registry },
): Promise<void> {
  await using registry = open();
  const topic = await makeTopic(bootstrap, 2);
  await send(AVRO, { registry, bootstrap, topic, startMs: Date.now() });
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
}
