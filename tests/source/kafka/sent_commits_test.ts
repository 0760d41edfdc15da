import assert from "node:assert/strict";
import { type PartitionCommit, SentCommits } from "../../../lib/source/kafka/sent_commits.ts";

/** For a member that has some of the partitions. */
function at(nowMs: number) {
  return { nowMs, isWhole: false };
}

/** Without records in the open windows. */
function commits(offsets: readonly number[], metadata: string): readonly PartitionCommit[] {
  return offsets.map((offset, partition) => ({
    topic: "t",
    partition,
    offset,
    replayFrom: offset,
    metadata,
  }));
}

Deno.test("SentCommits.due() sends new offsets at once, and of the others one, until they are old", () => {
  const sent = new SentCommits();
  const first = commits([5, 5, 5], "window 1");
  assert.deepEqual(sent.due(first, at(0)), first);
  sent.note(first, 0);
  assert.deepEqual(sent.due(first, at(1_000)), []);
  const second = commits([5, 6, 5], "window 2");
  assert.deepEqual(sent.due(second, at(2_000)), [second[1]]);
  sent.note([second[1]], 2_000);
  const third = commits([5, 6, 5], "window 3");
  assert.deepEqual(sent.due(third, at(4_000)), [third[0]]);
  sent.note([third[0]], 4_000);
  assert.deepEqual(sent.unsent(third), [third[1], third[2]]);
  assert.deepEqual(sent.due(third, at(60_000)), [third[2]]);
});

Deno.test("SentCommits.due() sends each closed window of a partition whose sent commit replays records", () => {
  const sent = new SentCommits();
  const [quiet, busy] = commits([5, 5], "window 1");
  sent.note([{ ...quiet, replayFrom: 3 }, busy], 0);
  const open = [{ ...quiet, replayFrom: 3, metadata: "window 2" }, { ...busy, offset: 6 }];
  assert.deepEqual(sent.due(open, at(1_000)), open);
  sent.note(open, 1_000);
  // A reader of the sent commit would count the record at 3 again, in the window that has closed since.
  const closed = [{ ...quiet, replayFrom: 5, metadata: "window 3" }, { ...busy, offset: 7 }];
  assert.deepEqual(sent.due(closed, at(2_000)), closed);
  sent.note(closed, 2_000);
  const later = [{ ...quiet, metadata: "window 4" }, { ...busy, offset: 8 }];
  assert.deepEqual(sent.due(later, at(3_000)), [later[1]]);
});

for (const kind of ["without records", "that went quiet"] as const) {
  Deno.test(`SentCommits.due() sends 100 partitions ${kind} a few times a second`, () => {
    const sent = new SentCommits();
    const isQuiet = kind === "that went quiet";
    let count = 0;
    for (let second = 0; second < 120; second++) {
      const nowMs = second * 1_000;
      const all = commits(new Array(100).fill(7), `window ${second}`)
        .map((commit) => isQuiet ? { ...commit, replayFrom: Math.min(7, 3 + second) } : commit);
      const due = sent.due(all, { nowMs, isWhole: isQuiet });
      sent.note(due, nowMs);
      if (second > 0) count += due.length;
    }
    assert.ok(count <= 120 * 3, `${count} in two minutes`);
  });
}

Deno.test("SentCommits.due() of a member with all partitions sends new offsets, and one of the others", () => {
  const sent = new SentCommits();
  const first = commits([5, 5, 5], "window 1").map((commit) => ({ ...commit, replayFrom: 1 }));
  sent.note(first, 0);
  const second = first.map((commit) => ({ ...commit, metadata: "window 2" }));
  assert.deepEqual(sent.due(second, { nowMs: 1_000, isWhole: true }), [second[0]]);
  const moved = second.with(2, { ...second[2], offset: 6 });
  assert.deepEqual(sent.due(moved, { nowMs: 1_000, isWhole: true }), [moved[2]]);
});

Deno.test("SentCommits.forget() makes all due again", () => {
  const sent = new SentCommits();
  const all = commits([1, 2], "window 1");
  sent.note(all, 0);
  sent.forget();
  assert.deepEqual(sent.due(all, at(1)), all);
});
