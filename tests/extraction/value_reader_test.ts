import assert from "node:assert/strict";
import { makeValueReader } from "../../lib/extraction/value_reader.ts";
import { avroFormat } from "../../lib/formats/avro/avro_format.ts";
import { FoundValues } from "../../lib/formats/found_values.ts";
import { protobufFormat } from "../../lib/formats/protobuf/protobuf_format.ts";
import { loadProtobufjs } from "../../lib/formats/protobuf/protobufjs.ts";
import type { KnownSchema, SchemaFormat, SchemaKey } from "../../lib/formats/schema/value_schema.ts";
import { Records } from "../../lib/records/records.ts";

await loadProtobufjs();

const TEXT = "words of a record";
const WANTED = [{ path: "$.message", elements: false }];
const bytesOfText = [...new TextEncoder().encode(TEXT)];

interface Rig {
  readonly name: "avro" | "protobuf";
  readonly format: SchemaFormat;
  readonly schema: string;
  /** A value whose `message` is the text. */
  readonly value: readonly number[];
}

const RIGS: readonly Rig[] = [
  {
    name: "avro",
    format: avroFormat,
    schema: JSON.stringify({
      type: "record",
      name: "R",
      fields: [
        { name: "tags", type: { type: "array", items: "long" } },
        { name: "message", type: "string" },
        { name: "price", type: ["null", "double"] },
      ],
    }),
    value: [4, 2, 0x80, 1, 0, 2 * TEXT.length, ...bytesOfText, 2, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
  },
  {
    name: "protobuf",
    format: protobufFormat,
    schema: 'syntax = "proto3"; message R { repeated int64 tags = 1; string message = 2; double price = 3; }',
    // After the index of the first message.
    value: [0, 0x0a, 3, 1, 0x80, 1, 0x12, TEXT.length, ...bytesOfText, 0x19, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
  },
];

/** Reads a value between other bytes: whether it counts, and its text. */
function read(
  { name, format, schema }: Rig,
  { value, after, known }: {
    readonly value: readonly number[];
    readonly after: readonly number[];
    readonly known?: (key: SchemaKey) => KnownSchema | undefined;
  },
): { readonly state: number; readonly text: string } {
  const reader = makeValueReader(name, WANTED, {
    kind: "registry",
    open: (plan) => {
      const compiled = format.compile({ text: schema, references: [] }, plan);
      const find = known ?? (() => compiled);
      return { arrivals: 0, find, known: find };
    },
  });
  const bytes = Uint8Array.from([7, ...value, ...after]);
  const records = new Records();
  records.keepsHeaders = true;
  records.reset(bytes);
  records.push(0, 0, -1, -1, 1, 1 + value.length);
  const found = new FoundValues(1);
  found.reset(bytes, 1);
  reader.begin(records, 0, 1);
  const state = reader.read(records, 0, found, 0);
  if (state !== 0 || found.kind(0, 0) === 0) return { state, text: "" };
  const text = found.bytes(0, 0).subarray(found.start(0, 0), found.end(0, 0));
  return { state, text: new TextDecoder().decode(text) };
}

for (const rig of RIGS) {
  const framed = [0, 0, 0, 0, 9, ...rig.value];

  Deno.test(`makeValueReader() reads ${rig.name} cut at each byte without what follows it`, () => {
    assert.deepEqual(read(rig, { value: framed, after: [] }), { state: 0, text: TEXT });
    for (let length = 0; length < framed.length; length++) {
      const value = framed.slice(0, length);
      const rest = framed.slice(length);
      const [alone, ...others] = [[], rest, [...rest, 0xff], Array(40).fill(0), Array(40).fill(0xff)]
        .map((after) => read(rig, { value, after }));
      for (const other of others) assert.deepEqual(other, alone, `${length} bytes`);
      // A field that is missing at the end of a Protobuf message is absent.
      const isWhole = alone.state === 0;
      assert.ok(!isWhole || (rig.name === "protobuf" && ["", TEXT].includes(alone.text)), `${length} bytes`);
    }
  });

  Deno.test(`makeValueReader() reads each record of ${rig.name} with the schema of its own id`, () => {
    const asked: SchemaKey[] = [];
    const outcomes: KnownSchema[] = ["unknown", "unusable"];
    const states = outcomes.map((outcome, n) => {
      const value = [0, 0xff, 0, 0, n, ...rig.value];
      const known = (key: SchemaKey) => {
        asked.push(key);
        return outcome;
      };
      return read(rig, { value, after: [], known }).state;
    });
    assert.deepEqual(asked, [0xff000000, 0xff000001]);
    assert.ok(states[0] !== states[1] && states.every((state) => state !== 0), JSON.stringify(states));
  });
}
