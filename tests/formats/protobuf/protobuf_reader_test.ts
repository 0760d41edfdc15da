import assert from "node:assert/strict";
import { FoundValues, VALUE } from "../../../lib/formats/found_values.ts";
import { namedMessage, protobufFormat } from "../../../lib/formats/protobuf/protobuf_format.ts";
import { loadProtobufjs } from "../../../lib/formats/protobuf/protobufjs.ts";
import type { ValueSchema } from "../../../lib/formats/schema/value_schema.ts";
import { WantedPlan } from "../../../lib/formats/schema/wanted_plan.ts";

await loadProtobufjs();

const PROTO = `syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Order {
  string order_id = 1;
  repeated sint32 sizes = 2;
  repeated string tags = 3;
  map<string, Item> items = 4;
  map<int64, bool> flags = 5;
  oneof pay { string card = 6; Item gift = 7; }
  optional uint64 total = 8 [json_name = "SUM"];
  State state = 9;
  google.protobuf.Timestamp at = 10;
  Order parent = 11;
  bytes raw = 12;
  message Item { string name = 1; double price = 2; message Deep { int32 n = 1; } }
  string constructor = 13;
  map<string, string> __proto__ = 14;
}
message Other { int32 n = 1; }
enum State { NEW = 0; PAID = 7; }`;

const OLD = `syntax = "proto2";
message M {
  optional group Part = 1 { optional int32 n = 1; }
  repeated group Line = 2 { optional string s = 1; }
  optional E e = 3;
  repeated E es = 4;
  optional int32 z = 5;
  enum E { A = 0; B = 1; }
}`;

const plan = (path: string, elements = false) => new WantedPlan([{ path, elements }]);
const order = (path: string, elements = false) =>
  namedMessage({ text: PROTO, references: [] }, "shop.Order", plan(path, elements));
const old = (path: string, elements = false) =>
  namedMessage({ text: OLD, references: [] }, "M", plan(path, elements));
const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const sized = (tag: number, bytes: readonly number[]): number[] => [tag, bytes.length, ...bytes];

/** The text of what the path leads to, a list, or the name of another kind; undefined for bytes that are no value. */
function read(schema: ValueSchema, bytes: readonly number[], header?: readonly number[]): unknown {
  const around = Uint8Array.from([1, ...bytes, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, ...header ?? []]);
  const found = new FoundValues(1);
  found.reset(around, 1);
  const indexesStart = header === undefined ? -1 : around.length - header.length;
  const place = { bytes: around, start: 1, end: 1 + bytes.length, indexesStart, indexesEnd: around.length };
  if (!schema.read(place, found, 0)) return undefined;
  const kind = found.kind(0, 0);
  if (kind === VALUE.list) return found.list(0, 0);
  if (kind !== VALUE.text && kind !== VALUE.number) {
    return Object.entries(VALUE).find(([, n]) => n === kind)?.[0];
  }
  return new TextDecoder().decode(found.bytes(0, 0).subarray(found.start(0, 0), found.end(0, 0)));
}

Deno.test("ProtobufReader.read() finds fields by both of their names", () => {
  const bytes = [
    ...sized(0x0a, text("o-1")),
    0x40,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0x01,
  ];
  assert.equal(read(order("$.order_id"), bytes), "o-1");
  assert.equal(read(order("$.orderId"), bytes), "o-1");
  assert.equal(read(order("$.total"), bytes), "18446744073709551615");
  assert.equal(read(order("$.SUM"), bytes), "18446744073709551615");
  assert.equal(read(order("$"), bytes), "composite");
  assert.equal(read(order("$.nothing"), bytes), "nothing");
  assert.equal(read(order("$.constructor"), bytes), "nothing");
  assert.equal(read(order("$.constructor"), sized(0x6a, text("c"))), "c");
  assert.equal(read(order("$.toString"), bytes), "nothing");
  const strange = sized(0x72, [...sized(0x0a, text("x")), ...sized(0x12, text("y"))]);
  assert.equal(read(order("$.__proto__.x"), strange), "y");
  assert.deepEqual(read(order("$.*.x"), strange), "y");
});

Deno.test("ProtobufReader.read() takes elements, packed or not, and members of maps", () => {
  const packed = [...sized(0x12, [2, 4]), 0x10, 6, ...sized(0x12, []), ...sized(0x12, [1])];
  assert.deepEqual(read(order("$.sizes", true), packed), [1, 2, 3, -1]);
  assert.equal(read(order("$.sizes[3]"), packed), "-1");
  assert.equal(read(order("$.sizes[-1]"), packed), "-1");
  assert.equal(read(order("$.sizes[4]"), packed), "nothing");
  assert.equal(read(order("$.sizes"), packed), "composite");
  assert.equal(read(order("$.sizes"), sized(0x12, [])), "nothing", "an empty list is absent");
  assert.deepEqual(read(order("$.tags", true), [...sized(0x1a, text("a")), ...sized(0x1a, text("b"))]), [
    "a",
    "b",
  ]);
  const item = (key: string, name: string) =>
    sized(0x22, [...sized(0x0a, text(key)), ...sized(0x12, sized(0x0a, text(name)))]);
  const items = [...item("k", "one"), ...item("l", "two"), ...item("k", "three")];
  assert.equal(read(order("$.items.k.name"), items), "three", "the last of equal keys counts");
  assert.equal(read(order("$.items.l"), items), "composite");
  assert.equal(read(order("$.items.m"), items), "nothing");
  assert.equal(read(order("$.items['']"), sized(0x22, [])), "composite", "absent parts have their defaults");
  assert.equal(read(order("$.flags['7']"), sized(0x2a, [8, 7, 16, 1])), "true");
  assert.equal(read(order("$.flags['0']"), sized(0x2a, [])), "false");
});

Deno.test("ProtobufReader.read() merges messages, and keeps the last field of a oneof", () => {
  const gift = (...fields: number[]) => sized(0x3a, fields);
  const merged = [...gift(...sized(0x0a, text("g"))), ...gift(0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f)];
  assert.equal(read(order("$.gift.name"), merged), "g");
  assert.equal(read(order("$.gift.price"), merged), "1.5");
  const card = sized(0x32, text("4711"));
  assert.equal(read(order("$.gift.name"), [...merged, ...card]), "nothing");
  assert.equal(read(order("$.card"), [...card, ...gift()]), "nothing");
  assert.equal(read(order("$.card"), [...gift(), ...card]), "4711");
  const parent = sized(0x5a, sized(0x5a, sized(0x0a, text("root"))));
  assert.equal(read(order("$.parent.parent.order_id"), parent), "root");
  assert.equal(read(order("$.at.seconds"), sized(0x52, [8, 42])), "42");
});

Deno.test("ProtobufReader.read() leaves out what is absent, and takes enums by name", () => {
  assert.equal(read(order("$.order_id"), []), "nothing");
  assert.equal(read(order("$.order_id"), sized(0x0a, [])), "nothing", "a default without presence is absent");
  assert.equal(read(order("$.card"), sized(0x32, [])), "", "one with presence is there");
  assert.equal(read(order("$.state"), [0x48, 7]), "PAID");
  assert.equal(read(order("$.state"), [0x48, 8]), "8", "enums of proto3 are open");
  assert.equal(read(old("$.e"), [0x18, 1, 0x18, 8]), "B", "those of proto2 are closed");
  assert.deepEqual(read(old("$.es", true), [0x20, 1, ...sized(0x22, [0, 8, 1])]), ["B", "A", "B"]);
  assert.equal(read(old("$.z"), [0x28, 0]), "0");
  assert.equal(read(old("$.part.n"), [0x0b, 8, 5, 0x0c]), "5");
  assert.equal(read(old("$.line[1].s"), [0x13, 0x14, 0x13, ...sized(0x0a, text("x")), 0x14]), "x");
  assert.equal(read(old("$.z"), [0x0b, 0x13, 0x14, 0x0c, 0x28, 3]), "3", "an unknown group is skipped");
});

Deno.test("ProtobufReader.read() skips fields of another wire type", () => {
  assert.equal(read(order("$.order_id"), [0x08, 5]), "nothing");
  assert.equal(read(order("$.total"), sized(0x42, [5])), "nothing");
  assert.equal(read(order("$.items.k"), [0x20, 5]), "nothing");
});

Deno.test("ProtobufReader.read() refuses bytes that are no message, and reads nothing after their end", () => {
  const rows: number[][] = [
    [0x0a, 4, 0x61],
    [0x0a],
    [0x40],
    [0x40, 0x80],
    [0x40, ...Array(10).fill(0x80), 1],
    [0x00, 1],
    [0x0f, 1],
    [0x0e, 1],
    [0x0c],
    [0x0b, 0x14],
    [0x0b, 8, 5],
    [0x11, 0, 0, 0],
    [0x15, 0, 0],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 1],
    [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    Array(300).fill(0x0b),
  ];
  for (const bytes of rows) {
    for (const path of ["$.order_id", "$.total", "$[*]"]) {
      assert.equal(read(order(path), bytes), undefined, `${JSON.stringify(bytes)} ${path}`);
    }
  }
  assert.equal(
    read(order("$.sizes[0]"), [0x12, 1, 0x80, 0x02]),
    undefined,
    "an element across the end of its list",
  );
  assert.equal(
    read(order("$.parent.order_id"), [0x5a, 2, 0x0a, 1, 0x61]),
    undefined,
    "a field across the end of its message",
  );
  const deep = Array.from({ length: 200 }).reduce<number[]>((inner) => {
    const length = inner.length < 128 ? [inner.length] : [inner.length & 127 | 128, inner.length >> 7];
    return [0x5a, ...length, ...inner];
  }, []);
  assert.equal(read(order("$[*]"), deep), undefined);
});

Deno.test("protobufFormat reads the message that the indexes choose", () => {
  const schema = (path: string) => protobufFormat.compile({ text: PROTO, references: [] }, plan(path));
  assert.equal(read(schema("$.order_id"), [0, ...sized(0x0a, text("x"))]), "x");
  assert.equal(read(schema("$.order_id"), [2, 0, ...sized(0x0a, text("x"))]), "x");
  assert.equal(read(schema("$.n"), [2, 2, 8, 5]), "5", "the second message");
  assert.equal(read(schema("$.n"), [6, 0, 0, 0, 8, 5]), "5", "a message in a message in a message");
  assert.equal(read(schema("$.name"), [4, 0, 0, ...sized(0x0a, text("x"))]), "x");
  for (const indexes of [[], [0x80], [2], [2, 4], [2, 1], [1], [4, 0, 2], [0x80, 0x80, 0x80, 0x80, 0x10]]) {
    assert.equal(read(schema("$.n"), indexes), undefined, JSON.stringify(indexes));
  }
  assert.equal(read(schema("$.n"), [8, 5], [2, 2]), "5", "in a header");
  assert.equal(read(schema("$.n"), [8, 5], [2, 2, 0]), undefined, "with something after them");
});

Deno.test("protobufFormat finds imported messages, and needs only those that are read", () => {
  const main =
    'syntax = "proto3"; package a; import "b.proto"; import "lost.proto"; message M { b.N n = 1; lost.L l = 2; }';
  const references = [{
    name: "b.proto",
    text: 'syntax = "proto2"; package b; message N { optional int32 i = 1; }',
  }];
  const schema = { text: main, references };
  assert.equal(read(namedMessage(schema, "a.M", plan("$.n.i")), sized(0x0a, [8, 5])), "5");
  assert.equal(read(protobufFormat.compile(schema, plan("$.n.i")), [0, ...sized(0x0a, [8, 5])]), "5");
  assert.throws(() => namedMessage(schema, "a.M", plan("$.l")), /does not define the type "lost.L"/);
  assert.throws(() => namedMessage(schema, "a.M", plan("$[*]")), /does not define the type "lost.L"/);
  assert.throws(() => namedMessage(schema, "a.X", plan("$.l")), /has no message "a.X"/);
  assert.equal(read(protobufFormat.compile(schema, plan("$.l")), [0]), undefined);
  const second = { text: `${main} message Second { lost.L l = 1; }`, references };
  const indexed = protobufFormat.compile(second, plan("$.l"));
  for (const bytes of [[2, 2], [2, 2]]) assert.equal(read(indexed, bytes), undefined);
});

Deno.test("protobufFormat refuses what is no .proto file, and any name is safe", () => {
  for (
    const bad of [
      "",
      "message M {",
      "syntax = 7;",
      "message M { int32 a = 1; ".repeat(5_000),
      "\0".repeat(99),
      "{}",
    ]
  ) {
    try {
      protobufFormat.compile({ text: bad, references: [] }, plan("$.a"));
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  }
  const names = ["__proto__", "constructor", "hasOwnProperty", "toString", "valueOf"];
  for (const name of names) {
    const proto =
      `syntax = "proto3"; package ${name}; option (${name}).x = 1; message ${name}_ { int32 ${name} = 1; }`;
    const schema = protobufFormat.compile({ text: proto, references: [] }, plan(`$.a`));
    read(schema, [0, 8, 5]);
  }
  assert.equal(({} as { x?: unknown }).x, undefined);
  assert.throws(
    () => protobufFormat.compile({ text: " ".repeat(5 << 20), references: [] }, plan("$")),
    /is longer than/,
  );
});
