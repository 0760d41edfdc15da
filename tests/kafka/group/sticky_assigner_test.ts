import assert from "node:assert/strict";
import fc from "fast-check";
import { partitionKey, type TopicPartition } from "../../../lib/kafka/topic_partition.ts";
import { assignSticky, type GroupCandidate } from "../../../lib/kafka/group/sticky_assigner.ts";

function partitionsOf(topics: Readonly<Record<string, number>>): TopicPartition[] {
  return Object.entries(topics).flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  );
}

function candidate(memberId: string, facts: Partial<GroupCandidate> = {}): GroupCandidate {
  return { memberId, topics: ["t"], owned: [], generation: -1, ...facts };
}

/** The members as they join in the next generation. */
function again(
  assigned: ReadonlyMap<string, readonly TopicPartition[]>,
  generation: number,
  topics: readonly string[] = ["t"],
): GroupCandidate[] {
  return [...assigned].map(([memberId, owned]) => ({ memberId, topics, owned, generation }));
}

function keysOf(assigned: ReadonlyMap<string, readonly TopicPartition[]>): Record<string, string[]> {
  return Object.fromEntries([...assigned].map(([member, held]) => [member, held.map(partitionKey).sort()]));
}

Deno.test("assignSticky() assigns all partitions to the only member", () => {
  const partitions = partitionsOf({ t: 4 });
  assert.deepEqual(keysOf(assignSticky([candidate("a")], partitions)).a, partitions.map(partitionKey));
});

Deno.test("assignSticky() moves no more to a new member than the balance needs", () => {
  const partitions = partitionsOf({ t: 4 });
  const before = assignSticky([candidate("a")], partitions);
  const after = keysOf(assignSticky([...again(before, 1), candidate("b")], partitions));
  assert.deepEqual(after, { a: ["t/0", "t/1"], b: ["t/2", "t/3"] });
});

Deno.test("assignSticky() moves no partition of the remaining members when one leaves", () => {
  const partitions = partitionsOf({ t: 6 });
  const before = assignSticky(["a", "b", "c"].map((id) => candidate(id)), partitions);
  const left = again(before, 1).filter(({ memberId }) => memberId !== "b");
  const after = assignSticky(left, partitions);
  for (const { memberId, owned } of left) {
    for (const one of owned) {
      assert.ok(after.get(memberId)?.some((held) => partitionKey(held) === partitionKey(one)));
    }
  }
});

Deno.test("assignSticky() prefers the claim of the later generation", () => {
  const partitions = partitionsOf({ t: 1 });
  const claims = [
    candidate("a", { owned: partitions, generation: 3 }),
    candidate("b", { owned: partitions, generation: 4 }),
  ];
  assert.deepEqual(keysOf(assignSticky(claims, partitions)), { a: [], b: ["t/0"] });
});

Deno.test("assignSticky() assigns a topic only to members that subscribe to it", () => {
  const partitions = partitionsOf({ t: 1, u: 3 });
  const members = [candidate("a"), candidate("b", { topics: ["t", "u"] }), candidate("c", { topics: [] })];
  assert.deepEqual(keysOf(assignSticky(members, partitions)), {
    a: ["t/0"],
    b: ["u/0", "u/1", "u/2"],
    c: [],
  });
});

Deno.test("assignSticky() ignores claims to partitions that no longer exist, or have no subscriber", () => {
  const gone = candidate("a", {
    owned: [{ topic: "t", partition: 9 }, { topic: "u", partition: 0 }],
    generation: 1,
  });
  assert.deepEqual(keysOf(assignSticky([gone], partitionsOf({ t: 1, u: 1 }))), { a: ["t/0"] });
});

const memberIds = fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { minLength: 1, maxLength: 6 });
const topicSizes = fc.record({ t: fc.nat(9), u: fc.nat(5) });

Deno.test("assignSticky() assigns every partition once, evenly, in any order of the members", () => {
  fc.assert(fc.property(memberIds, topicSizes, fc.nat(5), (ids, sizes, keep) => {
    const partitions = partitionsOf(sizes);
    const topics = ["t", "u"];
    const first = assignSticky(ids.map((id) => candidate(id, { topics })), partitions);
    const members = [...again(first, 1, topics).slice(0, keep), candidate("z", { topics })];
    const assigned = assignSticky(members, partitions);
    assert.deepEqual(keysOf(assignSticky(members.toReversed(), partitions.toReversed())), keysOf(assigned));
    const all = [...assigned.values()].flat().map(partitionKey).sort();
    assert.deepEqual(all, partitions.map(partitionKey).sort());
    const loads = [...assigned.values()].map((held) => held.length);
    assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, `loads ${loads}`);
  }));
});

Deno.test("assignSticky() moves no partition without a change", () => {
  fc.assert(fc.property(memberIds, topicSizes, (ids, sizes) => {
    const partitions = partitionsOf(sizes);
    const topics = ["t", "u"];
    const before = assignSticky(ids.map((id) => candidate(id, { topics })), partitions);
    assert.deepEqual(keysOf(assignSticky(again(before, 1, topics), partitions)), keysOf(before));
  }));
});
