import assert from "node:assert/strict";
import { ProgressSaves } from "../../lib/pipeline/progress_saves.ts";
import type { Progress } from "../../lib/source/source.ts";
import { FakeSource } from "../fakes/fake_source.ts";
import { settle } from "../fakes/settle.ts";

function setUp() {
  const source = new FakeSource();
  source.assign([{}]);
  const { assignment } = source;
  assert.ok(assignment !== undefined);
  const state = { closedUntilMs: 0, settled: Promise.resolve(true) };
  const saves = new ProgressSaves({
    source,
    progress: (): Progress => {
      const { closedUntilMs } = state;
      return { assignment, closedUntilMs, firstEndMs: -Infinity, partitions: [] };
    },
    settled: () => state.settled,
  });
  const ends = () => source.saved.map(({ closedUntilMs }) => closedUntilMs);
  return { source, saves, state, ends };
}

Deno.test("ProgressSaves.saveIfDue() saves changes, at most once a second", async () => {
  const { saves, ends } = setUp();
  saves.saveIfDue(0);
  await settle();
  assert.deepEqual(ends(), [], "nothing has changed");
  saves.changed(3);
  assert.equal(saves.changes, 3);
  for (const nowMs of [10, 20, 1_010]) {
    saves.saveIfDue(nowMs);
    await settle();
    saves.changed(1);
  }
  assert.equal(ends().length, 2);
});

Deno.test("ProgressSaves.saveIfDue() repeats a save that did not succeed", async () => {
  const { source, saves, ends } = setUp();
  saves.changed(1);
  source.saveSucceeds = false;
  saves.saveIfDue(0);
  await settle();
  source.saveSucceeds = true;
  for (const nowMs of [1_000, 2_000, 3_000]) {
    saves.saveIfDue(nowMs);
    await settle();
  }
  assert.equal(ends().length, 2);
});

Deno.test("ProgressSaves repeats the save of a handover that did not succeed, though nothing has changed", async () => {
  const { source, saves, ends } = setUp();
  source.isHandingOver = true;
  source.saveSucceeds = false;
  saves.prepareHandover();
  saves.saveIfDue(0);
  await settle();
  source.isHandingOver = false;
  source.saveSucceeds = true;
  saves.prepareHandover();
  for (const nowMs of [999, 1_000, 2_000]) {
    saves.saveIfDue(nowMs);
    await settle();
  }
  assert.equal(ends().length, 2);
});

Deno.test("ProgressSaves saves once for each handover, at once and without a change", async () => {
  const { source, saves } = setUp();
  for (let handovers = 1; handovers <= 2; handovers++) {
    source.isHandingOver = true;
    assert.equal(saves.prepareHandover(), true);
    for (const nowMs of [1, 2, 3]) {
      saves.saveIfDue(nowMs);
      await settle();
      assert.equal(saves.prepareHandover(), false, "it is prepared once");
    }
    assert.equal(source.saved.length, handovers);
    assert.equal(source.saved.at(-1)?.isHandover, true);
    source.isHandingOver = false;
    assert.equal(saves.prepareHandover(), false);
  }
});

Deno.test("ProgressSaves saves for a handover after the save that is under way, with what was prepared", async () => {
  const { source, saves, state, ends } = setUp();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  state.settled = promise;
  saves.changed(1);
  saves.saveIfDue(0);
  source.isHandingOver = true;
  assert.equal(saves.prepareHandover(), true);
  state.closedUntilMs = 7;
  saves.saveIfDue(1);
  await settle();
  assert.deepEqual(ends(), []);
  resolve(true);
  await settle();
  saves.saveIfDue(2);
  await settle();
  assert.deepEqual(ends(), [0, 7]);
  assert.deepEqual(source.saved.map(({ isHandover }) => isHandover), [false, true]);
});

Deno.test("ProgressSaves.finish() saves what has changed since the last save", async () => {
  const { saves, ends } = setUp();
  await saves.finish();
  assert.deepEqual(ends(), []);
  saves.changed(1);
  saves.saveIfDue(0);
  saves.changed(1);
  await saves.finish();
  await saves.finish();
  assert.equal(ends().length, 2);
});
