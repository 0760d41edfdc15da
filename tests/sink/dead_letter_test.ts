import assert from "node:assert/strict";
import { deadLetter } from "../../lib/sink/dead_letter.ts";

const FROM = { name: "job", topic: "raw", partition: 3, offset: 77 };

Deno.test("deadLetter() keeps key and value, and names origin and reason in headers", () => {
  const key = Uint8Array.of(1);
  const value = Uint8Array.of(0xff, 0);
  const letter = deadLetter({ ...FROM, reason: "future", timestampMs: 9_000 }, { key, value, nowMs: 5_000 });
  assert.equal(letter.key, key);
  assert.equal(letter.value, value);
  assert.equal(letter.timestampMs, 5_000);
  assert.deepEqual(letter.headers, [
    ["reason", "future"],
    ["topic", "raw"],
    ["partition", "3"],
    ["offset", "77"],
    ["timestamp", "9000"],
    ["name", "job"],
    ["schema", "1"],
  ]);
});

Deno.test("deadLetter() of a batch names its number of records and the fault in headers", () => {
  const batch = { records: 10, message: "its checksum is wrong" };
  const letter = deadLetter({ ...FROM, reason: "corrupt", timestampMs: undefined, batch }, {
    key: null,
    value: null,
    nowMs: 5_000,
  });
  const headers = new Map(letter.headers);
  assert.equal(headers.has("timestamp"), false);
  assert.equal(headers.get("records"), "10");
  assert.equal(headers.get("message"), "its checksum is wrong");
});
