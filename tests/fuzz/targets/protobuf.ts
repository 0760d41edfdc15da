// Protobuf values: whatever the bytes, a value that can be made is found by walking. Schemas: any text is a schema, or an
// error that says why.

import assert from "node:assert/strict";
import { protobufFormat } from "../../../lib/formats/protobuf/protobuf_format.ts";
import { ProtobufReader } from "../../../lib/formats/protobuf/protobuf_reader.ts";
import { ProtobufFile } from "../../../lib/formats/protobuf/protobuf_type.ts";
import { loadProtobufjs } from "../../../lib/formats/protobuf/protobufjs.ts";
import { WantedPlan } from "../../../lib/formats/schema/wanted_plan.ts";
import { foundValues, wantedOf } from "../../formats/json/reference_json.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

await loadProtobufjs();

const SCHEMA = `syntax = "proto3";
message M {
  M a = 1; map<string, M> b = 2; repeated sint64 c = 3; repeated string d = 4; E e = 5; fixed64 f = 6;
  oneof o { float g = 7; M h = 8; bytes i = 9; }
  map<bool, E> j = 10;
}
enum E { X = 0; Y = 3; }`;
const PATHS = [
  "$",
  "$.a",
  "$.a.a.c[1]",
  "$.b.x",
  "$.b.x.d",
  "$.c",
  "$.d",
  "$.e",
  "$.f",
  "$.g",
  "$.h.e",
  "$.i",
  "$.j.true",
];
const wanted = wantedOf(PATHS);
const schema = { text: SCHEMA, references: [] };
const type = new ProtobufFile(schema).message("M");
const walking = new ProtobufReader(type, new WantedPlan(wanted));
// One path that is no list of names and indexes makes the whole value be made.
const making = new ProtobufReader(type, new WantedPlan([...wanted, { path: "$[*]", elements: false }]));
const messages = protobufFormat.compile(schema, new WantedPlan(wanted));
const indexed: Pick<ProtobufReader, "read"> = {
  read: (bytes, start, end, found, row) =>
    messages.read({ bytes, start, end, indexesStart: -1, indexesEnd: -1 }, found, row),
};

export const protobufValues: FuzzTarget = {
  name: "protobuf-values",
  seedCorpus: [
    [0x0a, 0x06, 0x0a, 0x04, 0x1a, 0x02, 2, 4, 0x28, 3],
    [0x12, 0x09, 0x0a, 1, 0x78, 0x12, 4, 0x22, 2, 0x61, 0x62, 0x31, 1, 2, 3, 4, 5, 6, 7, 8],
    [0x3d, 0, 0, 0xc0, 0x3f, 0x42, 2, 0x28, 3, 0x4a, 1, 0x7a, 0x52, 4, 8, 1, 16, 3],
  ].map((bytes) => Uint8Array.from(bytes)),
  dictionary: [[0x0a, 0], [0x0b], [0x0c], [0x42, 2], [0x12, 5, 0x0a, 1, 0x78], [0xff, 0xff, 0xff, 0xff, 0x0f]]
    .map((bytes) => Uint8Array.from(bytes)),
  run(bytes) {
    const made = foundValues(bytes, making, PATHS.length + 1);
    const walked = foundValues(bytes, walking, PATHS.length);
    // Walking does not look into fields that nothing wants.
    if (made !== undefined) assert.deepEqual(walked, made.slice(0, PATHS.length));
    foundValues(bytes, indexed, PATHS.length);
  },
};

export const protobufSchemas: FuzzTarget = {
  name: "protobuf-schemas",
  seedCorpus: encodeAll([
    SCHEMA,
    'syntax = "proto2"; package a.b; import "c.proto"; message M { optional group G = 1 {} }',
  ]),
  dictionary: encodeAll([
    "message ",
    "oneof ",
    "map<",
    "__proto__",
    "constructor",
    "extend ",
    "option (a).b = ",
    "/*",
    "//",
  ]),
  run(bytes) {
    try {
      protobufFormat.compile(
        { text: new TextDecoder().decode(bytes), references: [] },
        new WantedPlan(wanted),
      );
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  },
};
