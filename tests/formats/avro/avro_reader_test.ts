import assert from "node:assert/strict";
import { AvroReader } from "../../../lib/formats/avro/avro_reader.ts";
import { parseAvroSchema } from "../../../lib/formats/avro/avro_schema.ts";
import { FoundValues, VALUE } from "../../../lib/formats/found_values.ts";
import { WantedPlan } from "../../../lib/formats/schema/wanted_plan.ts";

interface Options {
  readonly elements?: boolean;
  readonly inMilliseconds?: boolean;
}

function readerOf(
  schema: unknown,
  path: string,
  { elements = false, inMilliseconds = false }: Options = {},
): AvroReader {
  return new AvroReader(
    parseAvroSchema(JSON.stringify(schema)).type,
    new WantedPlan([{ path, elements, inMilliseconds }]),
  );
}

/** The text of what the path leads to, a list, or the name of another kind; undefined for bytes that are no value. */
function read(reader: AvroReader, bytes: readonly number[]): unknown {
  const around = Uint8Array.from([1, 1, ...bytes, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
  const found = new FoundValues(1);
  found.reset(around, 1);
  if (!reader.read(around, 2, 2 + bytes.length, found, 0)) return undefined;
  const kind = found.kind(0, 0);
  if (kind === VALUE.list) return found.list(0, 0);
  if (kind !== VALUE.text && kind !== VALUE.number) {
    return Object.entries(VALUE).find(([, n]) => n === kind)?.[0];
  }
  const place = found.bytes(0, 0).subarray(found.start(0, 0), found.end(0, 0));
  return new TextDecoder().decode(place);
}

const bytesOf = (...parts: (string | number)[]): number[] =>
  parts.flatMap((part) =>
    typeof part === "number" ? [part] : [part.length * 2, ...new TextEncoder().encode(part)]
  );

const record = (...fields: readonly unknown[]) => ({ type: "record", name: "R", fields });
const field = (name: string, type: unknown) => ({ name, type });

Deno.test("AvroReader.read() shows scalars as JSON would", () => {
  const rows: [schema: unknown, bytes: number[], shown: unknown][] = [
    ["null", [], "null"],
    ["boolean", [1], "true"],
    ["boolean", [0], "false"],
    ["int", [3], "-2"],
    ["int", [0xff, 0xff, 0xff, 0xff, 0x0f], "-2147483648"],
    ["long", [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "9223372036854775807"],
    ["float", [0, 0, 0xc0, 0x3f], "1.5"],
    ["double", [0, 0, 0, 0, 0, 0, 0xf8, 0x7f], "NaN"],
    ["string", bytesOf("a,b"), "a,b"],
    ["bytes", bytesOf("xy"), "xy"],
    [{ type: "fixed", name: "F", size: 2 }, [0x61, 0x62], "ab"],
    [{ type: "enum", name: "E", symbols: ["A", "B"] }, [2], "B"],
    [["null", "string"], [2, 2, 0x61], "a"],
    [["null", "string"], [0], "null"],
    [{ type: "map", values: "int" }, [0], "composite"],
  ];
  for (const [schema, bytes, shown] of rows) {
    assert.equal(read(readerOf(schema, "$"), bytes), shown, JSON.stringify(schema));
    const nested = record(field("before", "string"), field("x", schema), field("after", "long"));
    assert.equal(
      read(readerOf(nested, "$.x"), [2, 0x7a, ...bytes, 2]),
      shown,
      `${JSON.stringify(schema)}, a field`,
    );
    assert.equal(
      read(readerOf(nested, "$.after"), [2, 0x7a, ...bytes, 2]),
      "1",
      `after ${JSON.stringify(schema)}`,
    );
  }
});

Deno.test("AvroReader.read() shows logical types", () => {
  const decimal = { type: "bytes", logicalType: "decimal", precision: 20, scale: 2 };
  const fixed = { type: "fixed", name: "D", size: 2, logicalType: "decimal", precision: 4, scale: 2 };
  const uuid = { type: "fixed", name: "U", size: 16, logicalType: "uuid" };
  const digits = Array.from({ length: 16 }, (_, i) => i * 17);
  const rows: [schema: unknown, bytes: number[], shown: unknown][] = [
    [decimal, [4, 0x04, 0xd2], "12.34"],
    [decimal, [2, 0xfb], "-0.05"],
    [decimal, [4, 0x04, 0xe2], "12.5"],
    [decimal, [0], "0"],
    [decimal, [20, 0x7f, ...Array(9).fill(0xff)], "6044629098073145873530.87"],
    [fixed, [0xff, 0x00], "-2.56"],
    [{ ...decimal, scale: 1000 }, [2, 0x61], "a"],
    [uuid, digits, "00112233-4455-6677-8899-aabbccddeeff"],
    [{ type: "long", logicalType: "timestamp-millis" }, [0x80, 0x40], "4096"],
    [{ type: "int", logicalType: "date" }, [2], "1"],
    [{ type: "long", logicalType: "no such type" }, [2], "1"],
  ];
  for (const [schema, bytes, shown] of rows) {
    assert.equal(read(readerOf(schema, "$"), bytes), shown, JSON.stringify(schema));
  }
});

Deno.test("AvroReader.read() gives times in milliseconds, and other values as they are, where they are wanted so", () => {
  const micros = { type: "long", logicalType: "timestamp-micros" };
  const bytes = [0x80, 0x80, 0x01];
  assert.equal(read(readerOf(micros, "$"), bytes), "8192");
  assert.equal(read(readerOf(micros, "$", { inMilliseconds: true }), bytes), "8");
  assert.equal(read(readerOf(["null", micros], "$", { inMilliseconds: true }), [2, ...bytes]), "8");
  assert.equal(read(readerOf("long", "$", { inMilliseconds: true }), bytes), "8192");
});

Deno.test("AvroReader.read() takes elements and members, in blocks with and without their size", () => {
  const array = { type: "array", items: "string" };
  const plain = [4, ...bytesOf("a", "b"), 2, ...bytesOf("c"), 0];
  const sized = [3, 8, ...bytesOf("a", "b"), 2, ...bytesOf("c"), 0];
  for (const bytes of [plain, sized]) {
    assert.equal(read(readerOf(array, "$[2]"), bytes), "c");
    assert.equal(read(readerOf(array, "$[3]"), bytes), "nothing");
    assert.equal(read(readerOf(array, "$[-1]"), bytes), "c");
    assert.deepEqual(read(readerOf(array, "$", { elements: true }), bytes), ["a", "b", "c"]);
    assert.equal(read(readerOf(array, "$"), bytes), "composite");
    assert.equal(read(readerOf(array, "$.length"), bytes), "nothing");
  }
  assert.equal(read(readerOf(array, "$[0]"), [3, 6, ...bytesOf("a", "b"), 0]), undefined, "a wrong size");
  const map = { type: "map", values: { type: "map", values: "int" } };
  const bytes = [4, ...bytesOf("a"), 2, ...bytesOf("b", 2), 0, ...bytesOf("a"), 2, ...bytesOf("c", 4), 0, 0];
  assert.equal(read(readerOf(map, "$.a.c"), bytes), "2");
  assert.equal(read(readerOf(map, "$.a.b"), bytes), "nothing", "the last of equal keys counts");
  assert.equal(read(readerOf(map, "$.constructor"), bytes), "nothing");
});

Deno.test("AvroReader.read() follows a type into itself", () => {
  const list = record(field("id", "int"), field("next", ["null", "R"]));
  assert.equal(read(readerOf(list, "$.next.next.id"), [2, 2, 4, 2, 6, 0]), "3");
  assert.equal(read(readerOf(list, "$.next.next.next.id"), [2, 2, 4, 2, 6, 0]), "nothing");
  const endless = Array.from({ length: 4_000 }, (_, i) => i % 2 === 0 ? 0 : 2);
  assert.equal(read(readerOf(list, "$.id"), [...endless, 0, 0]), undefined);
  assert.equal(read(readerOf(record(field("r", "R")), "$.x"), []), undefined, "no value has an end");
});

Deno.test("AvroReader.read() refuses bytes that are no value, and reads nothing after their end", () => {
  const rows: [schema: unknown, bytes: number[]][] = [
    ["string", [4, 0x61]],
    ["string", []],
    ["string", [1]],
    ["string", [0, 0]],
    ["bytes", [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ["int", [0x80, 0x80, 0x80, 0x80, 0x10]],
    ["int", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ["long", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02]],
    ["long", [0x80]],
    ["double", [0, 0, 0, 0, 0, 0, 0]],
    ["null", [0]],
    [["null", "string"], [4]],
    [["null", "string"], [1]],
    [[], [0]],
    [{ type: "enum", name: "E", symbols: ["A"] }, [2]],
    [{ type: "array", items: "string" }, [2, 0]],
    [{ type: "array", items: "string" }, [0xfe, 0xff, 0xff, 0xff, 0x0f, 0]],
    [{ type: "array", items: "null" }, [0x84, 0x80, 0x08, 0]],
    [{ type: "array", items: "null" }, [0x80, 0x80, 0x04, 0x82, 0x80, 0x04, 0]],
    [{ type: "fixed", name: "F", size: 2 ** 52 }, [0]],
    [{ type: "map", values: "null" }, [2, 4, 0x61, 0]],
  ];
  for (const [schema, bytes] of rows) {
    for (const path of ["$", "$.x", "$[*]"]) {
      assert.equal(read(readerOf(schema, path), bytes), undefined, `${JSON.stringify(schema)} ${path}`);
      const nested = record(field("before", "null"), field("x", schema));
      assert.equal(
        read(readerOf(nested, "$.before"), bytes),
        undefined,
        `${JSON.stringify(schema)}, skipped`,
      );
    }
  }
  assert.deepEqual(read(readerOf({ type: "array", items: "null" }, "$", { elements: true }), [4, 0]), [
    null,
    null,
  ]);
});

Deno.test("AvroReader.read() takes the time of the bytes, not that of a schema which doubles with each of its types", () => {
  const types: unknown[] = [record()];
  for (let n = 0; n < 100; n++) {
    const below = n === 0 ? "R" : `R${n - 1}`;
    types.push({ type: "record", name: `R${n}`, fields: [field("a", below), field("b", below)] });
  }
  assert.equal(read(readerOf(types, "$.a.b.a"), [200]), undefined);
  assert.equal(read(readerOf(types, "$.a.b.a"), [0xc8, 0x01]), "composite");
});

Deno.test("AvroReader.read() refuses a few bytes that would be millions of values without a byte", () => {
  const listOf = (items: unknown) => record(field("list", { type: "array", items }));
  const named = (name: string, ...fields: readonly unknown[]) => ({ type: "record", name, fields });
  let doubling: unknown = named("D0");
  for (let n = 1; n <= 60; n++) doubling = named(`D${n}`, field("a", doubling), field("b", `D${n - 1}`));
  assert.equal(read(readerOf(listOf(doubling), "$.list[*]"), [2, 0]), undefined);
  const wide = named("W", ...Array.from({ length: 100 }, (_, n) => field(`n${n}`, "null")));
  const [ten, thousand] = [[20, 0], [0xd0, 0x0f, 0]];
  assert.equal((read(readerOf(listOf(wide), "$.list[*]"), ten) as unknown[]).length, 10);
  assert.equal(read(readerOf(listOf(wide), "$.list[*]"), thousand), undefined);
});
