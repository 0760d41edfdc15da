import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { protobufFormat } from "../../../lib/formats/protobuf/protobuf_format.ts";
import { ProtobufFile } from "../../../lib/formats/protobuf/protobuf_type.ts";
import { loadProtobufjs, protobufjs } from "../../../lib/formats/protobuf/protobufjs.ts";
import { WantedPlan } from "../../../lib/formats/schema/wanted_plan.ts";

await loadProtobufjs();

const fileOf = (text: string, ...references: readonly string[]): ProtobufFile =>
  new ProtobufFile({ text, references: references.map((text, n) => ({ name: `${n}.proto`, text })) });

/** A message with that many fields. */
const wide = (name: string, fields: number): string =>
  `syntax = "proto3"; message ${name} { ${
    Array.from({ length: fields }, (_, n) => `int32 f${n} = ${n + 1};`).join("\n")
  } }`;

/** The descriptor of a file with that many messages. */
const descriptorOf = (messages: number): string =>
  Buffer.from(
    Array.from({ length: messages }, (_, n) => {
      const name = `M${String(n).padStart(6, "0")}`;
      return [0x22, name.length + 2, 0x0a, name.length, ...Buffer.from(name)];
    }).flat(),
  ).toString("base64");

Deno.test("new ProtobufFile() refuses a schema that uses Google's names for other things, as any wrong schema", () => {
  for (
    const taken of ["message google {}", "enum google { A = 0; }", "message google { message protobuf {} }"]
  ) {
    const text = `syntax = "proto3"; ${taken}`;
    assert.throws(() => fileOf(text), SyntaxError, taken);
    assert.throws(() => fileOf('syntax = "proto3"; message A {}', text), SyntaxError, taken);
    assert.throws(
      () =>
        protobufFormat.compile({ text, references: [] }, new WantedPlan([{ path: "$.a", elements: false }])),
      SyntaxError,
    );
  }
});

Deno.test("ProtobufFile knows messages, fields, values and packages with the name __proto__", () => {
  const text = `syntax = "proto3"; package a.__proto__; message __proto__ {
    E __proto__ = 1; string a = 2 [json_name = "__proto__"]; string my__proto__ = 3;
    a.__proto__.__proto__ inner = 4; oneof o { int32 x = 5; }
  } enum E { __proto__ = 0; B = 1; }`;
  const file = fileOf(text);
  const message = file.message("a.__proto__.__proto__");
  assert.equal(file.messageAt([0]), message);
  const names = [...message.fields.values()].map(({ name, jsonName }) => [name, jsonName]);
  assert.deepEqual(names, [
    ["__proto__", "Proto"],
    ["a", "__proto__"],
    ["my__proto__", "myProto"],
    ["inner", "inner"],
    ["x", "x"],
  ]);
  const type = message.fields.get(1)?.value();
  assert.deepEqual(type?.kind === "enum" && [...type.names], [[0, "__proto__"], [1, "B"]]);
  const inner = message.fields.get(4)?.value();
  assert.equal(inner?.kind === "message" && inner.message, message);
});

Deno.test("ProtobufFile knows the name __proto__ in descriptors", () => {
  const name = [...Buffer.from("__proto__")];
  const sized = (tag: number, bytes: readonly number[]) => [tag, bytes.length, ...bytes];
  // A message with that name, and an int32 of that name.
  const field = [...sized(0x0a, name), 0x18, 1, 0x20, 1, 0x28, 5];
  const descriptor = Buffer.from(sized(0x22, [...sized(0x0a, name), ...sized(0x12, field)]));
  const message = fileOf(descriptor.toString("base64")).message("__proto__");
  assert.deepEqual([...message.fields.values()].map(({ name }) => name), ["__proto__"]);
});

Deno.test("new ProtobufFile() takes time that is linear in the fields of a message", () => {
  // protobufjs's own way of adding fields would read each field again for each further one.
  let reads = 0;
  const file = fileOf('syntax = "proto3"; message A { int32 a = 1; }');
  assert.equal(file.message("A").fields.size, 1);
  const { Type, Field } = protobufjs().protobuf;
  const type = new Type("A");
  const fields = type.fields;
  type.fields = new Proxy(fields, {
    get: (target, name) => {
      reads++;
      return Reflect.get(target, name);
    },
  });
  for (let n = 1; n <= 1_000; n++) type.add(new Field(`f${n}`, n, "int32"));
  assert.ok(reads < 10_000, `${reads} reads`);
  assert.throws(() => type.add(new Field("g", 7, "int32")), /duplicate id 7/);
  assert.equal(type.fieldsById[1_000].name, "f1000");
});

Deno.test("new ProtobufFile() compares no field with the reserved numbers and names", () => {
  const { Type, Enum, Field } = protobufjs().protobuf;
  let reads = 0;
  const reserved = new Proxy([[5_000, 9_000], "other"], {
    get: (target, name) => {
      reads++;
      return Reflect.get(target, name);
    },
  }) as (number[] | string)[];
  const type = new Type("A");
  type.reserved = reserved;
  type.add(new Field("f", 1, "int32"));
  const numbers = new Enum("E");
  numbers.reserved = reserved;
  numbers.add("G", 1);
  assert.equal(reads, 0);
  const file = fileOf(
    'syntax = "proto3"; message A { reserved 2, 5 to 9, 11 to max; reserved "b"; int32 a = 1; }',
  );
  assert.deepEqual([...file.message("A").fields.keys()], [1]);
});

Deno.test("new ProtobufFile() refuses a schema with a very long name, and takes long texts and comments", () => {
  const long = "n".repeat(257);
  const tooLong = { name: "SyntaxError", message: "a name has more than 256 characters" };
  const head = 'syntax = "proto3";';
  for (
    const text of [
      `${head} package ${long}; message A {}`,
      `${head} message ${long} {}`,
      `${head} message A { int32 ${long} = 1; }`,
      `${head} message A { a.${long} b = 1; }`,
      `${head} enum E { ${long} = 0; } message A {}`,
      `${head} option x = ""; message ${long} {}`,
      `${head} option x = 'y' 'z'; message ${long} {}`,
    ]
  ) assert.throws(() => fileOf(text), tooLong, text.slice(0, 60));
  const fine = `${head} message A { /* ${long} */ int32 b = 1 [(x) = "${long}"]; // ${long}\n}`;
  assert.equal(fileOf(fine).message("A").fields.get(1)?.name, "b");
  const descriptor = [0x22, 0x84, 0x02, 0x0a, 0x81, 0x02, ...Buffer.from(long)];
  assert.throws(() => fileOf(Buffer.from(descriptor).toString("base64")), tooLong);
});

Deno.test("new ProtobufFile() refuses a schema whose parsing would take minutes, and counts no comments", () => {
  const tooMany = { name: "SyntaxError", message: "the schema has more than 50000 tokens" };
  assert.throws(() => fileOf(wide("A", 100_000)), tooMany);
  assert.throws(
    () => fileOf('syntax = "proto3"; message A {}', wide("B", 6_000), wide("C", 6_000)),
    tooMany,
  );
  assert.throws(() => fileOf(descriptorOf(20_000)), tooMany);
  assert.ok(fileOf(descriptorOf(100)).messageAt([99]));
  const commented = `syntax = "proto3"; message A { /* ${"int32 a = 1; ".repeat(100_000)} */ int32 b = 1; }`;
  assert.deepEqual([...fileOf(commented).message("A").fields.keys()], [1]);
});
