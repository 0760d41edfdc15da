import assert from "node:assert/strict";
import { SnapshotFileError } from "../../lib/snapshot/snapshot_files.ts";
import { SnapshotKeeper } from "../../lib/snapshot/snapshot_keeper.ts";
import type { Snapshot } from "../../lib/snapshot/snapshot.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { emptySnapshot } from "./snapshots.ts";
import { settle } from "../fakes/settle.ts";

function rig() {
  const clock = new ManualClock({ nowMs: 1_000_000 });
  const state = {
    changes: 0,
    /** The next save calls it. */
    save: (): Promise<void> => Promise.resolve(),
    snapshot: emptySnapshot as Snapshot | undefined,
  };
  const events: string[] = [];
  const lines: string[] = [];
  const keeper = new SnapshotKeeper({
    store: {
      save: async () => {
        events.push("save");
        await state.save();
      },
    },
    intervalMs: 10_000,
    changes: () => state.changes,
    take: () => state.snapshot,
    tally: {
      snapshotSaved: (nowMs, durationMs) => events.push(`saved at ${nowMs} in ${durationMs}`),
      snapshotFailed: () => events.push("failed"),
    },
    clock,
    log: { info: (message) => lines.push(message), warn: (message) => lines.push(message) },
  });
  const pass = async (ms: number) => {
    clock.advance(ms);
    keeper.saveIfDue();
    await settle();
  };
  return { clock, state, events, lines, keeper, pass };
}

Deno.test("SnapshotKeeper.saveIfDue() saves once an interval if something has changed", async () => {
  const { state, events, pass } = rig();
  state.changes = 1;
  await pass(9_999);
  assert.deepEqual(events, []);
  await pass(1);
  assert.deepEqual(events, ["save", "saved at 1010000 in 0"]);
  await pass(10_000);
  assert.equal(events.length, 2, "nothing has changed");
  state.changes = 2;
  await pass(10_000);
  assert.equal(events.length, 4);
});

Deno.test("SnapshotKeeper.saveIfDue() waits for the save under way and measures its duration", async () => {
  const { state, events, pass } = rig();
  const { promise, resolve } = Promise.withResolvers<void>();
  state.save = () => promise;
  state.changes = 1;
  await pass(10_000);
  state.changes = 2;
  await pass(10_000);
  assert.deepEqual(events, ["save"]);
  resolve();
  state.save = () => Promise.resolve();
  await pass(0);
  assert.deepEqual(events, ["save", "saved at 1020000 in 10000"]);
  await pass(10_000);
  assert.equal(events.filter((event) => event === "save").length, 2, "the second change is saved too");
});

Deno.test("SnapshotKeeper.saveIfDue() logs an outage once, counts each failure and tries again", async () => {
  const { state, events, lines, pass } = rig();
  state.changes = 1;
  state.save = () => Promise.reject(new SnapshotFileError("cannot write /x: No space left on device"));
  for (let n = 0; n < 4; n++) await pass(10_000);
  assert.deepEqual(events, Array.from({ length: 4 }, () => ["save", "failed"]).flat());
  assert.equal(lines.length, 1);
  assert.match(lines[0], /No space left/);
  state.save = () => Promise.resolve();
  await pass(10_000);
  assert.equal(events.at(-1), "saved at 1050000 in 0");
  assert.equal(lines.length, 2, "the outage is over");
});

Deno.test("SnapshotKeeper.saveIfDue() throws unexpected errors", async () => {
  const { state, keeper, pass } = rig();
  state.changes = 1;
  state.save = () => Promise.reject(new RangeError("a bug"));
  await pass(10_000);
  assert.throws(() => keeper.saveIfDue(), { message: "a bug" });
  await assert.rejects(keeper.finish(), { message: "a bug" });
});

Deno.test("SnapshotKeeper.finish() saves the last changes after the save under way", async () => {
  const { state, events, keeper, pass } = rig();
  const { promise, resolve } = Promise.withResolvers<void>();
  state.save = () => promise;
  state.changes = 1;
  await pass(10_000);
  state.changes = 2;
  const finished = keeper.finish();
  state.save = () => Promise.resolve();
  resolve();
  await finished;
  assert.deepEqual(events.filter((event) => event === "save").length, 2);
  await keeper.finish();
  assert.deepEqual(events.filter((event) => event === "save").length, 2, "nothing has changed since");
});

Deno.test("SnapshotKeeper.saveIfDue() saves nothing while there is no snapshot to take", async () => {
  const { state, events, pass } = rig();
  state.changes = 1;
  state.snapshot = undefined;
  await pass(10_000);
  assert.deepEqual(events, []);
  state.snapshot = emptySnapshot;
  await pass(10_000);
  assert.equal(events[0], "save");
});
