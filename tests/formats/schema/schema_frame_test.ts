import assert from "node:assert/strict";
import { SchemaFrame } from "../../../lib/formats/schema/schema_frame.ts";
import { encodeHeaders } from "../../../lib/records/record_headers.ts";
import { Records } from "../../../lib/records/records.ts";

const UUID = Array.from({ length: 16 }, (_, i) => i * 17);
const UUID_TEXT = "00112233-4455-6677-8899-aabbccddeeff";

/** A header of that name, as Kafka writes it. */
function header(name: string, value: readonly number[]): number[] {
  return [2, name.length * 2, ...new TextEncoder().encode(name), value.length * 2, ...value];
}

function frameOf(value: readonly number[], headers: readonly number[] = []): unknown {
  const bytes = Uint8Array.from([9, ...headers, ...value, 9, 9, 9, 9, 9, 9]);
  const records = new Records();
  records.keepsHeaders = true;
  records.reset(bytes);
  const start = 1 + headers.length;
  records.push(0, 0, -1, -1, start, start + value.length);
  if (headers.length > 0) records.setHeaders(0, 1, start);
  const frame = new SchemaFrame();
  if (!frame.read(records, 0)) return undefined;
  const { key, indexesStart, indexesEnd } = frame;
  return [key, [...bytes.subarray(frame.start, frame.end)], [
    ...(indexesStart < 0 ? [] : bytes.subarray(indexesStart, indexesEnd)),
  ]];
}

Deno.test("SchemaFrame.read() finds the schema before the value, or in a header", () => {
  const name = "__value_schema_id";
  const rows: [value: number[], headers: number[], frame: unknown][] = [
    [[0, 0, 0, 1, 2, 7, 8], [], [258, [7, 8], []]],
    [[0, 0xff, 0xff, 0xff, 0xff], [], [0xffffffff, [], []]],
    [[1, ...UUID, 7], [], [UUID_TEXT, [7], []]],
    [[7, 8], header(name, [1, ...UUID]), [UUID_TEXT, [7, 8], []]],
    [[7, 8], header(name, [1, ...UUID, 4, 2, 0]), [UUID_TEXT, [7, 8], [4, 2, 0]]],
    [[0, 0, 0, 0, 5], header(name, [0, 0, 0, 0, 6]), [6, [0, 0, 0, 0, 5], []]],
    [[0, 0, 0, 0, 5], header("other", [1]), [5, [], []]],
    [[0, 0, 0, 0, 5], [...encodeHeaders([[name, null]])], [5, [], []]],
  ];
  for (const [value, headers, frame] of rows) assert.deepEqual(frameOf(value, headers), frame);
});

Deno.test("SchemaFrame.read() refuses a value without a frame", () => {
  const name = "__value_schema_id";
  for (
    const value of [[], [0], [0, 0, 0, 1], [1, ...UUID.slice(1)], [2, 0, 0, 0, 1, 5], [0x7b, 0x7d, 0, 0, 0]]
  ) {
    assert.equal(frameOf(value), undefined, JSON.stringify(value));
  }
  for (const value of [[], [0], [1, 2], [7, ...UUID]]) {
    assert.equal(frameOf([0, 0, 0, 0, 1], header(name, value)), undefined, JSON.stringify(value));
  }
  assert.equal(frameOf([0, 0, 0, 0, 1], [4, 0, 0]), undefined, "damaged headers");
});
