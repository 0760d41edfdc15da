import assert from "node:assert/strict";
import { avroFormat } from "../../lib/formats/avro/avro_format.ts";
import { protobufFormat } from "../../lib/formats/protobuf/protobuf_format.ts";
import { loadProtobufjs } from "../../lib/formats/protobuf/protobufjs.ts";
import type { SchemaFormat, SchemaKey } from "../../lib/formats/schema/value_schema.ts";
import { WantedPlan } from "../../lib/formats/schema/wanted_plan.ts";
import type { Log, LogFields } from "../../lib/log/log.ts";
import type { SchemaOutcome } from "../../lib/registry/registry_client.ts";
import { SchemaCache } from "../../lib/registry/schema_cache.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";
import { silentLog } from "../fakes/silent_log.ts";

const INT: SchemaOutcome = { kind: "schema", type: "AVRO", schema: { text: '"int"', references: [] } };

function rig(
  answer: (key: SchemaKey) => SchemaOutcome = () => INT,
  log: Log = silentLog,
  format: SchemaFormat = avroFormat,
) {
  const clock = new ManualClock();
  const asked: SchemaKey[] = [];
  const stopping = new AbortController();
  const waiting: (() => void)[] = [];
  let isSlow = false;
  let news = 0;
  const cache = new SchemaCache({
    client: {
      urls: "http://r",
      async schema(key) {
        asked.push(key);
        if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
        return answer(key);
      },
    },
    format,
    plan: new WantedPlan([]),
    onNews: () => news++,
    signal: stopping.signal,
    clock,
    log,
  });
  return {
    cache,
    clock,
    asked,
    stopping,
    news: () => news,
    slow: () => isSlow = true,
    release: async () => {
      waiting.splice(0).forEach((resolve) => resolve());
      await settle();
    },
  };
}

Deno.test("SchemaCache.find() asks for a schema once, and keeps it", async () => {
  const { cache, asked, news, clock } = rig();
  assert.equal(cache.find(7), undefined);
  assert.equal(cache.find(7), undefined);
  await settle();
  const schema = cache.find(7);
  assert.ok(typeof schema === "object");
  clock.advance(1e9);
  assert.equal(cache.find(7), schema);
  assert.equal(cache.known(7), schema);
  assert.equal(cache.known(8), undefined);
  assert.deepEqual(asked, [7]);
  assert.deepEqual([news(), cache.arrivals, cache.waiting], [1, 1, undefined]);
});

Deno.test("SchemaCache.find() asks again while the registry fails, and says what waits for how long as it is wanted", async () => {
  let isDown = true;
  const { cache, asked, clock } = rig(() =>
    isDown ? { kind: "failure", reason: "http://r: connection refused" } : INT
  );
  assert.equal(cache.find(7), undefined);
  await settle();
  assert.equal(cache.find(7), undefined);
  assert.deepEqual(asked, [7], "not at once");
  assert.equal(cache.waiting, "records wait for the schema 7: http://r: connection refused");
  clock.advance(250);
  cache.find(7);
  await settle();
  assert.deepEqual(asked, [7, 7]);
  clock.advance(6_000);
  assert.equal(cache.waiting, undefined, "no record wants it any more");
  isDown = false;
  cache.find(7);
  assert.notEqual(cache.waiting, undefined, "while it is asked for again");
  await settle();
  assert.ok(typeof cache.find(7) === "object");
  assert.equal(cache.waiting, undefined);
});

Deno.test("SchemaCache says what records wait for while a slow registry has not answered", async () => {
  const { cache, clock, slow, release } = rig();
  slow();
  const wantAll = () => {
    for (let key = 0; key < 20; key++) cache.find(key);
  };
  const silence = (key: number, seconds: number) =>
    `records wait for the schema ${key}: no answer from http://r for ${seconds} s`;
  wantAll();
  clock.advance(4_999);
  wantAll();
  assert.equal(cache.waiting, undefined, "it may still answer in time");
  clock.advance(1);
  assert.equal(cache.waiting, silence(0, 5));
  clock.advance(4_000);
  wantAll();
  await release();
  assert.equal(cache.waiting, silence(8, 9), "of eight at a time, the others have not been asked for");
  clock.advance(6_000);
  assert.equal(cache.waiting, undefined, "no record wants them any more");
  cache.find(9);
  assert.equal(cache.waiting, undefined, "it is asked for from now on");
  await release();
  assert.ok(typeof cache.find(9) === "object");
});

Deno.test("SchemaCache.find() takes a missing schema for unknown, and asks for it again later", async () => {
  let outcome: SchemaOutcome = { kind: "missing" };
  const { cache, asked, clock } = rig(() => outcome);
  cache.find(7);
  await settle();
  assert.equal(cache.find(7), "unknown");
  clock.advance(59_000);
  assert.equal(cache.find(7), "unknown");
  assert.deepEqual(asked, [7]);
  clock.advance(1_000);
  outcome = INT;
  assert.equal(cache.find(7), undefined);
  assert.equal(cache.known(7), "unknown", "records of the same run are not read in two ways");
  await settle();
  assert.ok(typeof cache.find(7) === "object");
});

Deno.test("SchemaCache.find() keeps a schema that cannot be used", async () => {
  const outcomes: SchemaOutcome[] = [
    { kind: "schema", type: "JSON", schema: { text: "{}", references: [] } },
    { kind: "schema", type: "AVRO", schema: { text: '"Foo"', references: [] } },
  ];
  const { cache, asked } = rig((key) => outcomes[Number(key)]);
  for (const key of [0, 1]) cache.find(key);
  await settle();
  for (const key of [0, 1]) assert.equal(cache.find(key), "unusable");
  assert.deepEqual(asked, [0, 1]);
});

Deno.test("SchemaCache logs why a schema cannot be used, and not the whole of a long name", async () => {
  const logged: (LogFields | undefined)[] = [];
  const answer = (name: string): SchemaOutcome => (
    { kind: "schema", type: "AVRO", schema: { text: JSON.stringify(name), references: [] } }
  );
  const { cache } = rig((key) => answer(key === 1 ? "Foo" : "x".repeat(1_000)), {
    ...silentLog,
    warn: (_, fields) => logged.push(fields),
  });
  for (const key of [1, 2]) cache.find(key);
  await settle();
  assert.deepEqual(logged, [
    { schema: 1, error: 'SyntaxError: the type "Foo" is not defined' },
    { schema: 2, error: `SyntaxError: the type "${"x".repeat(177)}` },
  ]);
});

Deno.test("SchemaCache logs ten schemas a minute of a flood of those that cannot be used", async () => {
  let lines = 0;
  const { cache, clock } = rig(
    () => ({ kind: "schema", type: "JSON", schema: { text: "{}", references: [] } }),
    { ...silentLog, warn: () => lines++ },
  );
  const flood = async (first: number) => {
    for (let key = first; key < first + 200; key++) {
      cache.find(key);
      await settle();
      assert.equal(cache.find(key), "unusable");
    }
  };
  await flood(0);
  assert.equal(lines, 10);
  clock.advance(60_000);
  await flood(200);
  assert.equal(lines, 20);
});

Deno.test("SchemaCache logs few lines of a registry that fails for every second schema", async () => {
  let lines = 0;
  const { cache } = rig((key) => Number(key) % 2 ? { kind: "failure", reason: "http://r: broken" } : INT, {
    ...silentLog,
    warn: () => lines++,
    info: () => lines++,
  });
  for (let key = 0; key < 1_000; key++) {
    cache.find(key);
    await settle();
  }
  assert.equal(lines, 20);
});

Deno.test("SchemaCache asks for few schemas at a time, and keeps a bounded number of them", async () => {
  const { cache, asked, slow, release } = rig();
  slow();
  for (let key = 0; key < 20; key++) cache.find(key);
  assert.equal(asked.length, 8);
  await release();
  for (let key = 0; key < 20; key++) cache.find(key);
  assert.equal(asked.length, 16);
  await release();
  for (let key = 0; key < 1_100; key += 8) {
    for (let n = key; n < key + 8; n++) cache.find(n);
    await release();
  }
  assert.equal(cache.known(0), undefined);
  assert.ok(typeof cache.known(1_099) === "object");
});

Deno.test("SchemaCache keeps schemas up to a bound of their memory, and at least one", async () => {
  const largest: SchemaFormat = {
    registryType: "AVRO",
    compile: () => ({ sizeBytes: 30 << 20, read: () => true }),
  };
  const { cache } = rig(() => INT, silentLog, largest);
  for (let key = 0; key < 12; key++) {
    cache.find(key);
    await settle();
  }
  const kept = Array.from({ length: 12 }, (_, key) => key).filter((key) => cache.known(key) !== undefined);
  assert.deepEqual(kept, [8, 9, 10, 11]);
});

Deno.test("a short schema of very many types says how much memory it takes", async () => {
  await loadProtobufjs();
  const plan = new WantedPlan([]);
  const union = new Array(40_000).fill("int");
  const avro = JSON.stringify({ type: "record", name: "R", fields: [{ name: "u", type: union }] });
  const messages = Array.from({ length: 12_000 }, (_, i) => `message m${i}{}`).join("");
  const table: readonly (readonly [format: SchemaFormat, text: string])[] = [
    [avroFormat, avro],
    [protobufFormat, `syntax="proto3";${messages}`],
  ];
  for (const [format, text] of table) {
    const { sizeBytes } = format.compile({ text, references: [] }, plan);
    assert.ok(sizeBytes > 60 * text.length && sizeBytes < 32 << 20, `${format.registryType}: ${sizeBytes}`);
  }
});

Deno.test("SchemaCache forgets an answer that comes after the end", async () => {
  const { cache, stopping, slow, release, news } = rig();
  slow();
  cache.find(1);
  stopping.abort();
  await release();
  assert.deepEqual([news(), cache.known(1)], [0, undefined]);
});
