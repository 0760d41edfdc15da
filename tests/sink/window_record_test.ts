import assert from "node:assert/strict";
import { windowRecord } from "../../lib/sink/window_record.ts";

const decode = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined);

Deno.test("windowRecord() has the window's end as timestamp and the job's name in its key and headers", () => {
  const partitions = [{ topic: "raw-events", partition: 2 }];
  const { key, value, headers, timestampMs } = windowRecord({
    name: "job",
    endMs: 1_763_805_600_000,
    partitions,
    json: '{"ü":1}',
  });
  assert.equal(decode(key), "job/1763805600000/raw-events-2");
  assert.equal(decode(value), '{"ü":1}');
  assert.deepEqual(headers, [["name", "job"], ["schema", "1"]]);
  assert.equal(timestampMs, 1_763_805_600_000);
});

Deno.test("windowRecord() has the lowest partition that it covers in its key, by topic, then by number", () => {
  const rows: readonly (readonly [readonly string[], string])[] = [
    [["a-1", "a-0"], "a-0"],
    [["a-10", "a-9"], "a-9"],
    [["b-0", "a-7"], "a-7"],
    [["b-0", "B-1"], "B-1"],
  ];
  for (const [names, lowest] of rows) {
    const partitions = names.map((name) => {
      const [topic, partition] = name.split("-");
      return { topic, partition: Number(partition) };
    });
    const { key } = windowRecord({ name: "n", endMs: 1, partitions, json: "" });
    assert.equal(decode(key), `n/1/${lowest}`);
  }
});
