// Tests of ByteWriter and ByteReader.

import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteFormatError, ByteReader } from "../../lib/bytes/byte_reader.ts";
import { ByteWriter, varintBytes } from "../../lib/bytes/byte_writer.ts";

type Step =
  | { readonly kind: "uint8" | "uint32" | "varint" | "float64"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("uint8" as const), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("uint32" as const), value: fc.nat(2 ** 32 - 1) }),
  fc.record({ kind: fc.constant("varint" as const), value: fc.oneof(fc.nat(300), fc.maxSafeNat()) }),
  fc.record({ kind: fc.constant("float64" as const), value: fc.double() }),
  fc.record({ kind: fc.constant("text" as const), value: fc.string({ unit: "grapheme" }) }),
  fc.record({ kind: fc.constant("bytes" as const), value: fc.uint8Array() }),
);

function write(writer: ByteWriter, step: Step): void {
  if (step.kind === "text") writer.text(step.value);
  else if (step.kind === "bytes") writer.bytes(step.value);
  else writer[step.kind](step.value);
}

function read(reader: ByteReader, step: Step): unknown {
  if (step.kind === "text") return reader.text(1_000);
  if (step.kind === "bytes") return new Uint8Array(reader.bytes(step.value.length));
  return reader[step.kind]();
}

Deno.test("ByteReader reads what ByteWriter has written, and throws beyond the end", () => {
  fc.assert(fc.property(fc.array(anyStep), fc.nat(40), (steps, capacity) => {
    const writer = new ByteWriter(capacity);
    for (const step of steps) write(writer, step);
    const { length } = writer;
    const bytes = writer.take();
    assert.equal(bytes.length, length);
    const reader = new ByteReader(bytes);
    for (const step of steps) assert.deepEqual(read(reader, step), step.value);
    assert.deepEqual([reader.left, reader.at], [0, length]);
    assert.throws(() => reader.uint8(), ByteFormatError);
  }));
});

Deno.test("ByteWriter.varints() writes what varint() writes for each number", () => {
  const numbers = fc.array(fc.oneof(fc.nat(300), fc.maxSafeNat()));
  fc.assert(fc.property(numbers, fc.nat(9), fc.nat(9), fc.nat(40), (numbers, from, count, capacity) => {
    const end = Math.min(numbers.length, from + count);
    const [one, all] = [new ByteWriter(capacity), new ByteWriter(capacity)];
    for (let i = from; i < end; i++) one.varint(numbers[i]);
    all.varints(numbers, from, end);
    all.uint8(7);
    assert.deepEqual([...all.take()], [...one.take(), 7]);
  }));
});

Deno.test("ByteReader throws a ByteFormatError for any cut", () => {
  fc.assert(fc.property(fc.array(anyStep, { minLength: 1 }), fc.nat(), (steps, cut) => {
    const writer = new ByteWriter(8);
    for (const step of steps) write(writer, step);
    const bytes = writer.take();
    if (bytes.length === 0) return;
    const reader = new ByteReader(bytes.subarray(0, cut % bytes.length));
    assert.throws(() => steps.forEach((step) => read(reader, step)), ByteFormatError);
  }));
});

Deno.test("ByteWriter.take() begins anew", () => {
  const writer = new ByteWriter(1);
  writer.varint(300);
  assert.deepEqual([...writer.take()], [172, 2]);
  writer.uint8(7);
  assert.deepEqual([...writer.take()], [7]);
});

Deno.test("varintBytes() is what varint() writes", () => {
  for (const value of [0, 127, 128, 16_383, 16_384, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    const writer = new ByteWriter(8);
    writer.varint(value);
    assert.equal(varintBytes(value), writer.length);
  }
});

Deno.test("ByteReader takes no number beyond 2^53 - 1 and no endless one", () => {
  const full = new Array(7).fill(255);
  assert.equal(new ByteReader(Uint8Array.from([...full, 15])).varint(), Number.MAX_SAFE_INTEGER);
  for (const bytes of [[...full, 16], new Array(9).fill(128), [...full, 255, 1]]) {
    assert.throws(() => new ByteReader(Uint8Array.from(bytes)).varint(), ByteFormatError);
  }
});

Deno.test("ByteReader.count() believes no length without the bytes for it", () => {
  const writer = new ByteWriter(16);
  writer.varint(2 ** 31);
  writer.uint8(0);
  assert.throws(() => new ByteReader(writer.take()).count(1), ByteFormatError);
});

Deno.test("ByteReader.text() takes no text that is too long or not UTF-8", () => {
  assert.throws(() => new ByteReader(Uint8Array.of(3, 97, 97, 97)).text(2), ByteFormatError);
  assert.throws(() => new ByteReader(Uint8Array.of(1, 255)).text(2), ByteFormatError);
});
