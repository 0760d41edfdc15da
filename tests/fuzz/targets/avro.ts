// Avro values: whatever the bytes, walking finds what making the whole value finds. Avro schemas: any text is a schema, or
// an error that says why.

import assert from "node:assert/strict";
import { AvroReader } from "../../../lib/formats/avro/avro_reader.ts";
import { parseAvroSchema } from "../../../lib/formats/avro/avro_schema.ts";
import { WantedPlan } from "../../../lib/formats/schema/wanted_plan.ts";
import { foundValues, wantedOf } from "../../formats/json/reference_json.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const SCHEMA = JSON.stringify({
  type: "record",
  name: "R",
  fields: [
    { name: "a", type: ["null", "R", "string"] },
    { name: "b", type: { type: "map", values: { type: "array", items: ["long", "R"] } } },
    { name: "c", type: { type: "bytes", logicalType: "decimal", precision: 20, scale: 3 } },
    { name: "d", type: { type: "array", items: "null" } },
    { name: "e", type: { type: "enum", name: "E", symbols: ["X", "Y"] } },
    { name: "f", type: { type: "fixed", name: "F", size: 3 } },
    { name: "g", type: "int" },
    { name: "h", type: ["double", "boolean", "float"] },
  ],
});
const PATHS = [
  "$",
  "$.a",
  "$.a.a",
  "$.b.x",
  "$.b.x[1]",
  "$.c",
  "$.d",
  "$.e",
  "$.f",
  "$.g",
  "$.h",
  "$.a.b.y[0].g",
];
const wanted = wantedOf(PATHS);
const type = parseAvroSchema(SCHEMA).type;
const walking = new AvroReader(type, new WantedPlan(wanted));
// One path that is no list of names and indexes makes the whole value be made.
const making = new AvroReader(type, new WantedPlan([...wanted, { path: "$[*]", elements: false }]));

export const avroValues: FuzzTarget = {
  name: "avro-values",
  seedCorpus: [
    [0, 0, 0, 0, 0, 1, 2, 3, 8, 2, 1],
    [
      4,
      2,
      0x61,
      2,
      2,
      0x78,
      4,
      0,
      0x80,
      0x80,
      0x10,
      0,
      0,
      2,
      5,
      6,
      0,
      2,
      1,
      2,
      3,
      8,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    ],
    [2, 0, 0, 0, 0, 0, 1, 2, 3, 8, 2, 1, 0, 0, 0, 0, 1, 2, 3, 8, 2, 1],
  ].map((bytes) => Uint8Array.from(bytes)),
  dictionary: [[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1], [2, 0x78], [1, 2], [3, 4]]
    .map((bytes) => Uint8Array.from(bytes)),
  run(bytes) {
    const walked = foundValues(bytes, walking, PATHS.length);
    const made = foundValues(bytes, making, PATHS.length + 1);
    // A long and a decimal may lose digits in a made value, and in the comparison.
    assert.deepEqual(walked, made?.slice(0, PATHS.length));
  },
};

export const avroSchemas: FuzzTarget = {
  name: "avro-schemas",
  seedCorpus: encodeAll([SCHEMA, '"string"', '["null","int"]', '{"type":"map","values":"bytes"}']),
  dictionary: encodeAll(['"type":', '"name":', '"R"', '"fields":[', '"items":', "__proto__", "namespace"]),
  run(bytes) {
    let schema;
    try {
      schema = parseAvroSchema(new TextDecoder().decode(bytes)).type;
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
      return;
    }
    const reader = new AvroReader(schema, new WantedPlan(wanted));
    foundValues(bytes, reader, PATHS.length);
  },
};
