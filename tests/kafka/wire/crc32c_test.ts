import assert from "node:assert/strict";
import fc from "fast-check";
import { crc32c } from "../../../lib/kafka/wire/crc32c.ts";

const text = new TextEncoder();

Deno.test("crc32c() gives the published values", () => {
  // RFC 3720, section B.4, and the check value of the CRC catalogue.
  const rows: [Uint8Array, number][] = [
    [new Uint8Array(0), 0],
    [text.encode("123456789"), 0xe3069283],
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ];
  for (const [bytes, expected] of rows) assert.equal(crc32c(bytes, 0, bytes.length), expected);
});

Deno.test("crc32c() equals a bitwise implementation on any part of any buffer", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(200),
      fc.nat(200),
      fc.nat(7),
      (bytes, a, b, shift) => {
        const shifted = new Uint8Array(bytes.length + shift).subarray(shift);
        shifted.set(bytes);
        const start = Math.min(a, b, bytes.length);
        const end = Math.min(Math.max(a, b), bytes.length);
        assert.equal(crc32c(shifted, start, end), bitwise(bytes.subarray(start, end)));
      },
    ),
  );
});

function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
