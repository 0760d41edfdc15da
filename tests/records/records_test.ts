import assert from "node:assert/strict";
import { Records } from "../../lib/records/records.ts";

Deno.test("Records.reserve() keeps the records and their headers, and gives each array its own room", () => {
  const records = new Records();
  records.keepsHeaders = true;
  records.useOwnTimes();
  const offsets = Array.from({ length: 100 }, (_, i) => i);
  for (const i of offsets) {
    records.push(i, i + 1_000, i + 2_000, i + 3_000, i + 4_000, i + 5_000);
    records.setHeaders(i, i + 6_000, i + 7_000);
    records.timesMs[i] = i + 8_000;
  }
  const { keyStarts, keyEnds, valueStarts, valueEnds, headerStarts, headerEnds } = records;
  const arrays = [records.offsets, records.timestampsMs, keyStarts, keyEnds, valueStarts, valueEnds];
  [...arrays, headerStarts, headerEnds, records.timesMs].forEach((array, n) => {
    assert.deepEqual([...array.subarray(0, 100)], offsets.map((offset) => offset + n * 1_000));
  });
});

Deno.test("Records.release() gives back large arrays, which are reserved anew", () => {
  const records = new Records();
  records.reserve(2_000);
  assert.equal(records.arrayBytes, 64_000);
  records.release();
  assert.equal(records.arrayBytes, 0);
  records.push(7, 8, -1, -1, 0, 3);
  assert.deepEqual([records.offsets[0], records.timestampsMs[0], records.sizeBytes(0)], [7, 8, 3]);
});
