import assert from "node:assert/strict";
import { SentCommits } from "../../../lib/source/kafka/sent_commits.ts";

function commits(offsets: readonly number[], metadata: string) {
  return offsets.map((offset, partition) => ({ topic: "t", partition, offset, metadata }));
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
