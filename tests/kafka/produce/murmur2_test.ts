import assert from "node:assert/strict";
import fc from "fast-check";
import { murmur2, partitionOfKey } from "../../../lib/kafka/produce/murmur2.ts";

/** From Kafka's own test (UtilsTest.testMurmur2). */
const KAFKAS: readonly (readonly [string, number])[] = [
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
];

Deno.test("murmur2() equals Kafka's", () => {
  for (const [text, hash] of KAFKAS) assert.equal(murmur2(new TextEncoder().encode(text)), hash, text);
});

Deno.test("murmur2() does not read beyond its bytes", () => {
  for (const [text, hash] of KAFKAS) {
    const bytes = new TextEncoder().encode(`xyz${text}xyz`);
    assert.equal(murmur2(bytes.subarray(3, bytes.length - 3)), hash, text);
  }
});

Deno.test("partitionOfKey() is one of the partitions", () => {
  fc.assert(fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
    const partition = partitionOfKey(key, partitions);
    assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitions);
  }));
});
