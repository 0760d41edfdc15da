import assert from "node:assert/strict";
import { type PartitionCommit, SentCommits } from "../../../lib/source/kafka/sent_commits.ts";

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
  assert.deepEqual(sent.due(first, 0), first);
  sent.note(first, 0);
  assert.deepEqual(sent.due(first, 1_000), []);
  const second = commits([5, 6, 5], "window 2");
  assert.deepEqual(sent.due(second, 2_000), [second[1]]);
  sent.note([second[1]], 2_000);
  const third = commits([5, 6, 5], "window 3");
  assert.deepEqual(sent.due(third, 4_000), [third[0]]);
  sent.note([third[0]], 4_000);
  assert.deepEqual(sent.unsent(third), [third[1], third[2]]);
  assert.deepEqual(sent.due(third, 10_000), [third[2]]);
});

Deno.test("SentCommits.due() sends each closed window of a partition whose sent commit replays records", () => {
  const sent = new SentCommits();
  const [quiet, busy] = commits([5, 5], "window 1");
  sent.note([{ ...quiet, replayFrom: 3 }, busy], 0);
  const open = [{ ...quiet, replayFrom: 3, metadata: "window 2" }, { ...busy, offset: 6 }];
  assert.deepEqual(sent.due(open, 1_000), open);
  sent.note(open, 1_000);
  // A reader of the sent commit would count the record at 3 again, in the window that has closed since.
  const closed = [{ ...quiet, replayFrom: 5, metadata: "window 3" }, { ...busy, offset: 7 }];
  assert.deepEqual(sent.due(closed, 2_000), closed);
  sent.note(closed, 2_000);
  const later = [{ ...quiet, metadata: "window 4" }, { ...busy, offset: 8 }];
  assert.deepEqual(sent.due(later, 3_000), [later[1]]);
});

Deno.test("SentCommits.due() sends 100 partitions without records some 10 times a second", () => {
  const sent = new SentCommits();
  let count = 0;
  for (let second = 0; second < 60; second++) {
    const due = sent.due(commits(new Array(100).fill(7), `window ${second}`), second * 1_000);
    sent.note(due, second * 1_000);
    count += due.length;
  }
  assert.ok(count <= 60 * 12, `${count} in a minute`);
});

Deno.test("SentCommits.forget() makes all due again", () => {
  const sent = new SentCommits();
  const all = commits([1, 2], "window 1");
  sent.note(all, 0);
  sent.forget();
  assert.deepEqual(sent.due(all, 1), all);
});
