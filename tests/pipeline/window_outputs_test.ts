import assert from "node:assert/strict";
import { formatClosedWindow } from "../../lib/pipeline/window_outputs.ts";

const RESULT = { startMs: 0, endMs: 1_000, records: 0, words: 0, distinct: 0, error: 0, top: [] };

function partitionsOf(...partitions: readonly (readonly [topic: string, partition: number])[]) {
  return partitions.map(([topic, partition]) => ({ topic, partition }));
}

Deno.test("formatClosedWindow() lists the covered partitions by topic, whatever a topic is called", () => {
  const partitions = partitionsOf(["constructor", 0], ["__proto__", 3], ["constructor", 1], ["toString", 2]);
  const json = formatClosedWindow({ result: RESULT, partitions }, { partitions: true });
  assert.match(json, /"partitions":\{"constructor":\[0,1\],"__proto__":\[3\],"toString":\[2\]\}\}$/);
});

Deno.test("formatClosedWindow() has the words that rise after the partitions", () => {
  const rising = [{ word: "a", count: 30, expected: 1.25, factor: 3.56 }];
  const closed = { result: { ...RESULT, rising }, partitions: partitionsOf(["t", 0]) };
  const json = formatClosedWindow(closed, { partitions: true });
  assert.match(json, /"top":\[\],"partitions":\{"t":\[0\]\},"rising":\[\["a",30,1\.25,3\.56\]\]\}$/);
  assert.match(formatClosedWindow(closed, { partitions: false }), /"top":\[\],"rising":\[\["a",/);
});

Deno.test("formatClosedWindow() has the new words last", () => {
  const rising = [{ word: "a", count: 30, expected: 1.25, factor: 3.56 }];
  const newWords = [{ word: "b", count: 5 }];
  const closed = { result: { ...RESULT, rising, newWords }, partitions: [] };
  const json = formatClosedWindow(closed, { partitions: false });
  assert.match(json, /"rising":\[\["a",30,1\.25,3\.56\]\],"new":\[\["b",5\]\]\}$/);
});

Deno.test("formatClosedWindow() leaves the partitions out unless they are requested", () => {
  const json = formatClosedWindow({ result: RESULT, partitions: partitionsOf(["t", 0]) }, {
    partitions: false,
  });
  assert.deepEqual(Object.keys(JSON.parse(json)).includes("partitions"), false);
});
