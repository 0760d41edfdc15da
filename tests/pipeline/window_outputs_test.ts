import assert from "node:assert/strict";
import { formatClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import { PartitionQueue } from "../../lib/records/partition_queue.ts";

const RESULT = { startMs: 0, endMs: 1_000, records: 0, words: 0, distinct: 0, error: 0, top: [] };

function assignmentOf(...partitions: readonly (readonly [topic: string, partition: number])[]) {
  return {
    partitions: partitions.map(([topic, partition]) => {
      return new PartitionQueue({ topic, partition, startOffset: 0 });
    }),
    closedUntilMs: -Infinity,
    firstEndMs: -Infinity,
  };
}

Deno.test("formatClosedWindow() lists the covered partitions by topic, whatever a topic is called", () => {
  const assignment = assignmentOf(["constructor", 0], ["__proto__", 3], ["constructor", 1], ["toString", 2]);
  const json = formatClosedWindow({ result: RESULT, assignment }, { partitions: true });
  assert.match(json, /"partitions":\{"constructor":\[0,1\],"__proto__":\[3\],"toString":\[2\]\}\}$/);
});

Deno.test("formatClosedWindow() leaves the partitions out unless they are requested", () => {
  const json = formatClosedWindow({ result: RESULT, assignment: assignmentOf(["t", 0]) }, {
    partitions: false,
  });
  assert.deepEqual(Object.keys(JSON.parse(json)).includes("partitions"), false);
});
