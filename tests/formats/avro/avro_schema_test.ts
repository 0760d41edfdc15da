import assert from "node:assert/strict";
import avsc from "avsc";
import { parseAvroSchema } from "../../../lib/formats/avro/avro_schema.ts";
import { MAX_SCHEMA_LENGTH } from "../../../lib/formats/schema/schema_length.ts";
import { seededRandom } from "../../../lib/source/synthetic/random.ts";
import { RandomSchema } from "./random_avro.ts";

const parse = (schema: unknown, references: readonly unknown[] = []) =>
  parseAvroSchema(JSON.stringify(schema), references.map((one) => JSON.stringify(one))).type;

const record = (name: string, fields: readonly unknown[], more: object = {}) => ({
  type: "record",
  name,
  fields,
  ...more,
});

Deno.test("parseAvroSchema() finds names in their namespaces, and in the schemas that are referred to", () => {
  const inner = record("Inner", [{ name: "x", type: "int" }], { namespace: "org.example" });
  const outer = { name: "Outer", namespace: "org.example", type: "record" };
  for (const name of ["Inner", "org.example.Inner"]) {
    const type = parse({ ...outer, fields: [{ name: "i", type: name }] }, [inner]);
    assert.deepEqual(type, {
      kind: "record",
      fields: [{ name: "i", type: { kind: "record", fields: [{ name: "x", type: { kind: "int" } }] } }],
    });
  }
  const nested = parse(record("a.B", [
    { name: "one", type: record("C", []) },
    { name: "other", type: { type: "array", items: "a.C" } },
  ]));
  assert.equal(nested.kind, "record");
  assert.deepEqual(parse({ type: { type: "string", logicalType: "uuid" } }), { kind: "string" });
  assert.deepEqual(parseAvroSchema("string").type, { kind: "string" });
});

Deno.test("parseAvroSchema() takes names of objects in JavaScript like any other", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  const type = parse(
    record("valueOf", names.map((name) => ({ name, type: { type: "enum", name, symbols: names } })), {
      namespace: "constructor",
    }),
  );
  assert.deepEqual(type.kind === "record" && type.fields.map(({ name }) => name), names);
});

Deno.test("parseAvroSchema() refuses what is no schema, and says why", () => {
  const deep = Array.from({ length: 100 }).reduce<unknown>((items) => ({ type: "array", items }), "int");
  const chain = [record("T0", [])];
  for (let n = 1; n < 1_000; n++) chain.push(record(`T${n}`, [{ name: "t", type: `T${n - 1}` }]));
  const rows: [schema: unknown, message: RegExp][] = [
    [7, /neither name nor object/],
    [null, /neither name nor object/],
    [{}, /neither name nor object/],
    ["Foo", /"Foo" is not defined/],
    ["__proto__", /"__proto__" is not defined/],
    [record("R", [{ name: "a", type: "int" }, { name: "a", type: "int" }]), /without a name of its own/],
    [record("R", [null]), /without a name of its own/],
    [{ type: "record", name: "R" }, /"R" has no fields/],
    [{ type: "record", fields: [] }, /has no name/],
    [["int", ["string"]], /a union is in a union/],
    [{ type: "enum", name: "E", symbols: "A" }, /no list of symbols/],
    [{ type: "fixed", name: "F", size: -1 }, /no size/],
    [[record("R", []), record("R", [])], /"R" is defined twice/],
    [deep, /nested more than 64 deep/],
    [chain, /more than 256 types are within each other/],
  ];
  for (const [schema, message] of rows) {
    assert.throws(
      () => parse(schema),
      { name: "SyntaxError", message },
      JSON.stringify(schema).slice(0, 200),
    );
  }
  assert.throws(() => parseAvroSchema("{"), { name: "SyntaxError", message: "the schema is not JSON" });
  assert.throws(() => parseAvroSchema(" ".repeat(MAX_SCHEMA_LENGTH + 1)), /is longer than/);
});

Deno.test("parseAvroSchema() takes the schemas that avsc takes", () => {
  const random = seededRandom(7, 0);
  for (let n = 0; n < 200; n++) {
    const schema = new RandomSchema(random).make();
    avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true });
    parse(schema);
  }
});

Deno.test("parseAvroSchema() refuses very many types, of which a short text can have millions", () => {
  assert.equal(parse(new Array(40_000).fill("int")).kind, "union");
  assert.throws(() => parse(new Array(50_001).fill("int")), {
    name: "SyntaxError",
    message: "the schema has more than 50000 types",
  });
});

Deno.test("parseAvroSchema() refuses a name of more than 1024 characters with its namespace", () => {
  const long = "n".repeat(1_020);
  const record = (name: string, namespace: string, field: string) =>
    JSON.stringify({ type: "record", name, namespace, fields: [{ name: field, type: "int" }] });
  const tooLong = { name: "SyntaxError", message: "a name has more than 1024 characters" };
  assert.throws(() => parseAvroSchema(record("R12345", long, "a")), tooLong);
  assert.throws(() => parseAvroSchema(record(`${long}12345`, "", "a")), tooLong);
  assert.throws(() => parseAvroSchema(record("R", "", `${long}12345`)), tooLong);
  assert.throws(() => parseAvroSchema(JSON.stringify(`${long}12345`)), tooLong);
  assert.equal(parseAvroSchema(record("R12", long, `${long}1234`)).type.kind, "record");
});
