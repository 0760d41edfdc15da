// Tests of the new words in the windows of a pipeline, over restarts and changes of the assignment.

import assert from "node:assert/strict";
import { decodeSnapshot, encodeSnapshot } from "../../lib/snapshot/snapshot_codec.ts";
import type { Snapshot } from "../../lib/snapshot/snapshot.ts";
import { fakeBatch, type FakeRecord } from "../fakes/fake_source.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { joined } from "../snapshot/snapshots.ts";
import { at, rig } from "./pipeline_rig.ts";

const SETTINGS = {
  lengthMs: 4_000,
  slideMs: 1_000,
  maxRecordBytes: 10_000,
  newWords: { memoryMs: 16_000, learnMs: 3_000, minCount: 2 },
};

/** A record a second. Words come once, for some seconds, at intervals within the memory, and beyond it. */
const RECORDS: readonly FakeRecord[] = Array.from({ length: 90 }, (_, second) => {
  const words = ["a", "b", "a", "b"];
  if (second % 7 === 0) words.push(`once-${second}`, `once-${second}`);
  if (second % 11 < 3) words.push(`slow-${Math.floor(second / 11)}`);
  if (second % 9 === 0) words.push("often", "often");
  if (second % 25 === 0) words.push("seldom", "seldom");
  return at(second, second * 1_000, words.join(","));
});

type Rig = ReturnType<typeof rig>;

function feed({ source, clock, run }: Rig, records: readonly FakeRecord[]): void {
  source.assignment?.partitions[0].push(fakeBatch(records, { arrivedMs: clock.monotonicMs() }));
  run();
}

function newByEnd({ closed }: Rig): Map<number | null, string[] | undefined> {
  return new Map(closed.map(({ endMs, newWords }) => [endMs, newWords?.map(({ word }) => word)]));
}

/** Started and fed with all records. */
function wholeRun(): Rig {
  const whole = rig(SETTINGS);
  whole.source.assign([{}]);
  feed(whole, RECORDS);
  return whole;
}

function snapshotOf({ pipeline }: Rig): Snapshot {
  const snapshot = pipeline.takeSnapshot() ?? assert.fail("there is no snapshot");
  return decodeSnapshot(joined(encodeSnapshot(snapshot, {}))).snapshot;
}

/** A run in which the same partition is assigned again after `cut` records. */
function reassignedRun(cut: number): ReturnType<typeof rig> {
  const run = rig(SETTINGS);
  run.source.assign([{}]);
  feed(run, RECORDS.slice(0, cut));
  const { closedUntilMs, firstEndMs } = snapshotOf(run);
  // The panes that the next window needs are read again.
  const startOffset = Math.max(0, (closedUntilMs - SETTINGS.lengthMs) / 1_000);
  run.source.assign([{ startOffset }], { closedUntilMs, firstEndMs });
  feed(run, RECORDS.slice(startOffset));
  return run;
}

Deno.test("OwnWindows: each window has the words that are new in it", () => {
  const found = newByEnd(wholeRun());
  assert.deepEqual(found.get(7_000), []);
  assert.deepEqual(found.get(15_000), ["slow-1", "once-14"]);
  assert.deepEqual(found.get(18_000), ["once-14"]);
  assert.deepEqual(found.get(29_000), ["once-28", "seldom"]);
  assert.deepEqual([...found].filter(([, words]) => words?.includes("often")), []);
});

Deno.test("OwnWindows: windows have no new words where they are not looked for", () => {
  const plain = rig({ ...SETTINGS, newWords: undefined });
  plain.source.assign([{}]);
  feed(plain, RECORDS);
  assert.ok(plain.closed.length > 0);
  assert.ok(plain.closed.every((window) => !("newWords" in window)));
});

Deno.test("OwnWindows: after a restart with a snapshot the same words are new as without the restart", () => {
  const whole = wholeRun();
  const wanted = newByEnd(whole);
  for (let cut = 1; cut < RECORDS.length; cut += 4) {
    const before = rig(SETTINGS);
    before.source.assign([{}]);
    feed(before, RECORDS.slice(0, cut));
    const restore = snapshotOf(before);
    const after = rig(SETTINGS);
    const { closedUntilMs, firstEndMs, partitions: [{ position }] } = restore;
    after.source.assign([{ startOffset: position }], { restore, closedUntilMs, firstEndMs });
    feed(after, RECORDS.slice(cut));
    assert.deepEqual(new Map([...newByEnd(before), ...newByEnd(after)]), wanted, `cut at ${cut}`);
    const total = [before, after].reduce((sum, { windows }) => sum + (windows.newWords?.total ?? 0), 0);
    assert.equal(total, whole.windows.newWords?.total, `cut at ${cut}`);
  }
});

Deno.test("OwnWindows: after a crash the same words are new, although the snapshot is older than the last windows", () => {
  const wanted = newByEnd(wholeRun());
  for (let cut = 5; cut < RECORDS.length - 3; cut += 4) {
    for (const lost of [1, 3]) {
      const before = rig(SETTINGS);
      before.source.assign([{}]);
      feed(before, RECORDS.slice(0, cut));
      const restore = snapshotOf(before);
      feed(before, RECORDS.slice(cut, cut + lost));
      // The commit is newer than the snapshot.
      const { closedUntilMs } = snapshotOf(before);
      const after = rig(SETTINGS);
      const { firstEndMs, partitions: [{ position }] } = restore;
      after.source.assign([{ startOffset: position }], { restore, closedUntilMs, firstEndMs });
      feed(after, RECORDS.slice(cut));
      const found = new Map([...newByEnd(before), ...newByEnd(after)]);
      assert.deepEqual(found, wanted, `${lost} after the snapshot at ${cut}`);
    }
  }
});

Deno.test("OwnWindows: a change of the assignment with the same partitions forgets no word", () => {
  const wanted = newByEnd(wholeRun());
  for (const cut of [15, 29, 30, 55]) {
    const run = reassignedRun(cut);
    assert.deepEqual(newByEnd(run), wanted, `cut at ${cut}`);
  }
});

Deno.test("OwnWindows: without a snapshot and with another partition, new words are learned anew", () => {
  const lines: string[] = [];
  const log = { ...silentLog, info: (line: string) => void lines.push(line) };
  const { source, run, clock, windows, closed } = rig({ ...SETTINGS, log });
  source.assign([{}]);
  run();
  assert.match(lines[0], /^the words of the stream are not known yet: no word is new in the first 3s of it$/);
  source.assignment?.partitions[0].push(fakeBatch(RECORDS.slice(0, 20), { arrivedMs: clock.monotonicMs() }));
  run();
  assert.equal(windows.newWords?.isLearning(windows.window), false);
  assert.ok(closed.some(({ newWords = [] }) => newWords.length > 0));
  source.assign([{}, {}], { closedUntilMs: 20_000, firstEndMs: 21_000 });
  run();
  assert.equal(lines.length, 2);
  assert.equal(windows.newWords?.isLearning(windows.window), true);
});

Deno.test("OwnWindows: a snapshot with another memory is not used for new words", () => {
  const before = rig(SETTINGS);
  before.source.assign([{}]);
  feed(before, RECORDS.slice(0, 40));
  const restore = snapshotOf(before);
  const lines: string[] = [];
  const log = { ...silentLog, warn: (line: string) => void lines.push(line) };
  const after = rig({ ...SETTINGS, newWords: { ...SETTINGS.newWords, memoryMs: 32_000 }, log });
  const { closedUntilMs, firstEndMs, partitions: [{ position }] } = restore;
  after.source.assign([{ startOffset: position }], { restore, closedUntilMs, firstEndMs });
  after.run();
  assert.deepEqual(lines, ["the words of the snapshot are not used: new_words.memory has changed"]);
  assert.equal(after.windows.newWords?.isLearning(after.windows.window), true);
});

Deno.test("OwnWindows: a change of the assignment counts no new word twice", () => {
  const wanted = wholeRun().windows.newWords?.total;
  for (const cut of [15, 29, 30, 57]) {
    const run = reassignedRun(cut);
    assert.equal(run.windows.newWords?.total, wanted, `cut at ${cut}`);
  }
});

Deno.test("OwnWindows: where panes have left that neither the snapshot has nor anybody reads again, it learns anew", () => {
  const lines: string[] = [];
  const log = { ...silentLog, warn: (line: string) => void lines.push(line) };
  const before = rig(SETTINGS);
  before.source.assign([{}]);
  feed(before, RECORDS.slice(0, 45));
  const restore = snapshotOf(before);
  feed(before, RECORDS.slice(45, 60));
  const { closedUntilMs, firstEndMs } = snapshotOf(before);
  const startOffset = (closedUntilMs - SETTINGS.lengthMs) / 1_000;
  const after = rig({ ...SETTINGS, newWords: { ...SETTINGS.newWords, learnMs: 20_000 }, log });
  after.source.assign([{ startOffset }], { restore, closedUntilMs, firstEndMs });
  feed(after, RECORDS.slice(startOffset, 75));
  assert.match(lines[0], /^the snapshot is too old for new words/);
  assert.ok(after.closed.length > 10);
  assert.deepEqual(after.closed.flatMap(({ newWords = [] }) => newWords), []);
});

Deno.test("OwnWindows: it says that it learns where a snapshot has the panes, but no memory of words", () => {
  const rising = { baselineWindows: 3, minCount: 3 };
  const before = rig({ ...SETTINGS, newWords: undefined, rising });
  before.source.assign([{}]);
  feed(before, RECORDS.slice(0, 40));
  const restore = snapshotOf(before);
  const lines: string[] = [];
  const after = rig({ ...SETTINGS, rising, log: { ...silentLog, info: (line) => void lines.push(line) } });
  const { closedUntilMs, firstEndMs, partitions: [{ position }] } = restore;
  after.source.assign([{ startOffset: position }], { restore, closedUntilMs, firstEndMs });
  after.run();
  assert.equal(after.windows.newWords?.isLearning(after.windows.window), true);
  assert.match(lines.join(), /no word is new in the first 3s/);
});
