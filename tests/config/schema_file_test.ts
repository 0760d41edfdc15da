import assert from "node:assert/strict";
import { ConfigError, formatConfigProblem } from "../../lib/config/config_error.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { fileSchema } from "../../lib/settings/schema_settings.ts";
import { snapshotIdentity } from "../../lib/settings/snapshot_identity.ts";
import { read } from "../extraction/reading.ts";
import { readingRules } from "../../lib/settings/reading_settings.ts";

const ORDER =
  'syntax = "proto3"; package shop;\nimport "item.proto";\nimport "google/protobuf/timestamp.proto";\n' +
  "message Order { Item item = 1; google.protobuf.Timestamp at = 2; }";
const ITEM =
  'syntax = "proto3"; package shop;\nimport public "deep/name.proto";\nmessage Item { Name name = 1; }';
const NAME = 'syntax = "proto3"; package shop; message Name { string text = 1; }';
const FILES: Readonly<Record<string, string>> = {
  "/s/order.proto": ORDER,
  "/s/item.proto": ITEM,
  "/s/deep/name.proto": NAME,
  "/s/loop.proto": 'syntax = "proto3"; import "loop.proto"; message M {}',
  "/s/away.proto": 'syntax = "proto3";\nimport "../order.proto";\nmessage M {}',
  "/s/lost.proto": 'syntax = "proto3";\nimport "nowhere.proto";\nmessage M {}',
  "/s/bad.proto": "message {",
  "/s/e.avsc": '{"type":"record","name":"E","fields":[{"name":"id","type":"string"}]}',
  "/s/bad.avsc": '{"type":"record"}',
};

async function load(records: string, field = "$.id", files = FILES) {
  return await loadConfig({
    text:
      `source: {kafka: {brokers: [a:1], topics: [t]}}\nrecords: {${records}}\nwords: {from: field, field: ${field}}`,
    readTextFile: (path) =>
      path in files ? Promise.resolve(files[path]) : Promise.reject(new Error(`no ${path}`)),
  });
}

async function problems(records: string): Promise<string> {
  try {
    await load(records);
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatConfigProblem).join("\n");
  }
}

Deno.test("loadConfig() reads the files that a .proto file imports, and values are read by them", async () => {
  const config = await load(
    "format: protobuf, schema_file: /s/order.proto, message: shop.Order",
    "$.item.name.text",
  );
  const value = Uint8Array.from([0x0a, 5, 0x0a, 3, 0x0a, 1, 0x78]);
  const record = { key: null, value, headers: [] };
  const reading = read(
    [record, { ...record, value: value.subarray(1) }],
    readingRules(config),
    [2],
    fileSchema(config),
  );
  assert.deepEqual(reading.counts, { "=x": 1 });
  assert.deepEqual(reading.skipped, [[1, "invalid_protobuf"]]);
  const changed = { ...FILES, "/s/deep/name.proto": NAME.replace("1;", "2;") };
  const other = await load(
    "format: protobuf, schema_file: /s/order.proto, message: shop.Order",
    "$.id",
    changed,
  );
  const [before, after] = [config, other].map((one) => snapshotIdentity(one)["records.schema_file"]);
  assert.notEqual(before, after, "an imported file changes the counts");
});

Deno.test("loadConfig() reads an Avro schema, and values are read by it", async () => {
  const config = await load("format: avro, schema_file: /s/e.avsc");
  const record = { key: null, value: Uint8Array.from([2, 0x78]), headers: [] };
  const reading = read([record, { ...record, value: null }], readingRules(config), [2], fileSchema(config));
  assert.deepEqual([reading.counts, reading.counted], [{ "=x": 1 }, 2]);
});

Deno.test("loadConfig() says what is wrong with a file of a schema", async () => {
  const rows: [records: string, problem: RegExp][] = [
    [
      "format: avro, schema_file: /s/bad.avsc",
      /records\.schema_file: \/s\/bad\.avsc holds no schema: .* has no name/,
    ],
    ["format: protobuf, schema_file: /s/bad.proto, message: M", /\/s\/bad\.proto holds no schema: illegal/],
    [
      "format: protobuf, schema_file: /s/item.proto, message: shop.Order",
      /holds no schema: .* no message "shop\.Order"/,
    ],
    [
      "format: protobuf, schema_file: /s/lost.proto, message: M",
      /schema_file: cannot be read: no \/s\/nowhere\.proto/,
    ],
    [
      "format: protobuf, schema_file: /s/away.proto, message: M",
      /imports "\.\.\/order\.proto", wanted a file below/,
    ],
    ["format: avro, schema_file: /s/nothing.avsc", /schema_file: cannot be read: no \/s\/nothing\.avsc/],
  ];
  for (const [records, problem] of rows) assert.match(await problems(records), problem, records);
  assert.equal(await problems("format: protobuf, schema_file: /s/loop.proto, message: M"), "");
});
