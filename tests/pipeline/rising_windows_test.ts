// Tests of the words that rise in the windows of a pipeline, over restarts and changes of the assignment.

import assert from "node:assert/strict";
import { decodeSnapshot, encodeSnapshot } from "../../lib/snapshot/snapshot_codec.ts";
import type { WindowResult } from "../../lib/window/window_result.ts";
import { fakeBatch, type FakeRecord } from "../fakes/fake_source.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { joined } from "../snapshot/snapshots.ts";
import { at, rig } from "./pipeline_rig.ts";

const SETTINGS = {
  lengthMs: 4_000,
  slideMs: 1_000,
  maxRecordBytes: 10_000,
  rising: { baselineWindows: 5, minCount: 5 },
};
const USUAL = Array.from({ length: 30 }, (_, i) => `w${i}`);

/** A record a second. A word of some seconds comes back, and another one rises in the last seconds. */
const RECORDS: readonly FakeRecord[] = Array.from({ length: 60 }, (_, second) => {
  const words = [...USUAL, ...USUAL];
  if (second % 9 === 0) words.push(...Array.from({ length: 12 }, () => "returns"));
  if (second >= 45) words.push(...Array.from({ length: 9 }, () => "breaking"));
  return at(second, second * 1_000, words.join(","));
});

function feed({ source, clock, run }: ReturnType<typeof rig>, records: readonly FakeRecord[]): void {
  source.assignment?.partitions[0].push(fakeBatch(records, { arrivedMs: clock.monotonicMs() }));
  run();
}

function risingByEnd(windows: readonly WindowResult[]): Map<number | null, unknown> {
  return new Map(windows.map(({ endMs, rising }) => [endMs, rising]));
}

function wholeRun(): Map<number | null, unknown> {
  const whole = rig(SETTINGS);
  whole.source.assign([{}]);
  feed(whole, RECORDS);
  return risingByEnd(whole.closed);
}

Deno.test("OwnWindows: each window has the words that rise in it", () => {
  const rising = wholeRun();
  assert.deepEqual(rising.get(44_000), []);
  assert.deepEqual(rising.get(49_000), [{ word: "breaking", count: 36, expected: 0, factor: 8.2 }]);
});

Deno.test("OwnWindows: windows have no rising words where counts are not compared", () => {
  const plain = rig({ ...SETTINGS, rising: undefined });
  plain.source.assign([{}]);
  feed(plain, RECORDS);
  assert.ok(plain.closed.length > 0);
  assert.ok(plain.closed.every((window) => !("rising" in window)));
});

Deno.test("OwnWindows: after a restart with a snapshot the same words rise as without the restart", () => {
  const wanted = wholeRun();
  for (const cut of [8, 20, 40, 46, 55]) {
    const before = rig(SETTINGS);
    before.source.assign([{}]);
    feed(before, RECORDS.slice(0, cut));
    const snapshot = before.pipeline.takeSnapshot() ?? assert.fail("there is no snapshot");
    const { snapshot: restore } = decodeSnapshot(joined(encodeSnapshot(snapshot, {})));
    const after = rig(SETTINGS);
    const { closedUntilMs, firstEndMs, partitions: [{ position }] } = restore;
    after.source.assign([{ startOffset: position }], { restore, closedUntilMs, firstEndMs });
    feed(after, RECORDS.slice(cut));
    const found = new Map([...risingByEnd(before.closed), ...risingByEnd(after.closed)]);
    assert.deepEqual(found, wanted, `cut at ${cut}`);
  }
});

Deno.test("OwnWindows: without a snapshot and after a change of the partitions the usual counts are learned anew", () => {
  const lines: string[] = [];
  const log = { ...silentLog, info: (line: string) => void lines.push(line) };
  const { source, clock, run, closed, pipeline } = rig({ ...SETTINGS, log });
  source.assign([{}]);
  run();
  source.assign([{}, {}]);
  run();
  const learning = "the usual counts of words are not known yet: no word rises in the first 8s of the stream";
  assert.deepEqual(lines, [learning, learning]);
  for (const queue of source.assignment?.partitions ?? []) {
    queue.push(fakeBatch(RECORDS, { arrivedMs: clock.monotonicMs() }));
  }
  run();
  assert.ok(closed.some(({ rising = [] }) => rising.length > 0));
  const { snapshot } = decodeSnapshot(joined(encodeSnapshot(pipeline.takeSnapshot() ?? assert.fail(), {})));
  source.assign([{}, {}], { ...snapshot, restore: snapshot });
  run();
  assert.equal(lines.length, 2, "a restored baseline needs no line");
});
