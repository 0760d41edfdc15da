import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { decodeMetadata } from "../../../lib/kafka/connection/metadata_answer.ts";

const VERSION = 6;

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeInt32BE(value, 4 * i));
  return bytes;
}

function string(text: string): Buffer {
  return Buffer.concat([int16(text.length), Buffer.from(text)]);
}

/** One broker, then topics as given. */
function answer(topics: number, ...rest: Buffer[]): Buffer {
  const broker = [int32(1), int32(7), string("b"), int32(9092), int16(-1)];
  return Buffer.concat([int32(0), ...broker, string("cluster"), int32(7), int32(topics), ...rest]);
}

function topic(name: string, leaders: readonly number[]): Buffer {
  const partitions = leaders.map((leader, i) =>
    Buffer.concat([int16(0), int32(i, leader), int32(2, 1, 2), int32(1, 1), int32(0)])
  );
  return Buffer.concat([int16(0), string(name), Buffer.of(0), int32(leaders.length), ...partitions]);
}

Deno.test("decodeMetadata() reads topics of any name", async () => {
  const names = Object.getOwnPropertyNames(Object.prototype);
  const bytes = answer(names.length, ...names.map((name) => topic(name, [7, -1])));
  const { clusterId, brokers, topics } = await decodeMetadata(bytes, VERSION);
  assert.equal(clusterId, "cluster");
  assert.deepEqual([...brokers], [[7, { host: "b", port: 9092 }]]);
  assert.deepEqual([...topics.keys()], names);
  for (const { leaders } of topics.values()) assert.deepEqual([...leaders], [[0, 7], [1, -1]]);
});

Deno.test("decodeMetadata() reads the oldest version", async () => {
  const broker = [int32(1), int32(7), string("b"), int32(9092)];
  const partition = [int16(0), int32(0, 7), int32(1, 7), int32(1, 7)];
  const bytes = Buffer.concat([...broker, int32(1), int16(0), string("t"), int32(1), ...partition]);
  const { topics } = await decodeMetadata(bytes, 0);
  assert.deepEqual([...topics.get("t")?.leaders ?? []], [[0, 7]]);
});

for (
  const [what, bytes] of [
    ["a false count of topics", answer(2 ** 31 - 1)],
    ["more topics than a cluster can have", answer(500_001, Buffer.alloc(600_000 * 9))],
    ["a count below -1", answer(-2)],
    ["a cut topic", answer(1, topic("t", [7]).subarray(0, 20))],
  ] as const
) {
  Deno.test(`decodeMetadata() throws a RangeError for ${what}`, async () => {
    await assert.rejects(decodeMetadata(bytes, VERSION), RangeError);
  });
}

Deno.test("decodeMetadata() lets others run while it decodes megabytes", async () => {
  const bytes = answer(1, topic("t", new Array(200_000).fill(7)));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const { topics } = await decodeMetadata(bytes, VERSION);
  clearInterval(timer);
  assert.equal(topics.get("t")?.leaders.size, 200_000);
  assert.ok(turns >= 5, `${turns} turns`);
});
