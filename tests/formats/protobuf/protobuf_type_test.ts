import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { protobufFormat } from "../../../lib/formats/protobuf/protobuf_format.ts";
import { ProtobufFile } from "../../../lib/formats/protobuf/protobuf_type.ts";
import { loadProtobufjs } from "../../../lib/formats/protobuf/protobufjs.ts";
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
