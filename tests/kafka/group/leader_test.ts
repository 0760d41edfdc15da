import assert from "node:assert/strict";
import { decodeAssignment, encodeSubscription, MAX_EPOCH } from "../../../lib/kafka/group/group_protocol.ts";
import { distribute } from "../../../lib/kafka/group/leader.ts";
import type { KafkaClient } from "../../../lib/kafka/kafka_client.ts";

const client = { metadata: () => Promise.resolve(new Map()) } as unknown as KafkaClient;
const partitions = [0, 1, 2].map((partition) => ({ topic: "t", partition }));

/** The distribution by member a, to members that know these highest epochs. */
async function distribution(
  metEpoch: number | undefined,
  met: Readonly<Record<string, number | undefined>>,
  generationId = 1,
  cluster: KafkaClient = client,
) {
  const members = Object.entries(met).map(([memberId, metEpoch]) => {
    const memberMetadata = encodeSubscription({ topics: ["t"], owned: [], generation: 1, metEpoch });
    return { memberId, memberMetadata };
  });
  return await distribute(cluster, {
    joined: { memberId: "a", generationId, members },
    topics: ["t"],
    partitions,
    committed: () => Promise.resolve(new Map()),
    metEpoch,
  });
}

async function distributed(...of: Parameters<typeof distribution>) {
  const { messages } = await distribution(...of);
  return messages.map(({ memberAssignment }) => decodeAssignment(memberAssignment));
}

/** The epoch of generation 5 of a group that has begun anew so many times. */
const fifth = (beginnings: number) => beginnings * 2 ** 32 + 5;

Deno.test("distribute() numbers the assignment above all epochs that a member knows, and lists all partitions", async () => {
  for (const [own, met] of [[4, { a: 4, b: fifth(1) }], [fifth(1), { a: 3, b: 0 }]] as const) {
    for (const { epoch } of await distributed(own, met, 6)) {
      assert.deepEqual(epoch, { number: fifth(1) + 1, list: partitions });
    }
  }
});

Deno.test("distribute() gives two generations different epochs, whatever its members have heard of the first", async () => {
  const numbers = await Promise.all([[7, 5], [8, 5], [8, 7], [9, 3]].map(async ([generation, met]) => {
    const [{ epoch }] = await distributed(met, { a: met }, generation);
    return epoch?.number;
  }));
  assert.deepEqual(numbers, [7, 8, 8, 9]);
});

Deno.test("distribute() goes on above the known epochs when the group was removed and begins anew", async () => {
  for (const generation of [1, 4, 5]) {
    const [{ epoch }] = await distributed(fifth(2), { a: 5 }, generation);
    assert.equal(epoch?.number, 3 * 2 ** 32 + generation);
  }
});

Deno.test("distribute() says so where no epoch is left", async () => {
  await assert.rejects(
    distributed(MAX_EPOCH - 2 ** 32 + 1, { a: 5 }, 1),
    /delete the pane log before the members start/,
  );
});

Deno.test("distribute() gives no epoch in a group without epochs", async () => {
  const assignments = await distributed(undefined, { a: undefined, b: undefined });
  assert.deepEqual(assignments.map(({ epoch }) => epoch), [undefined, undefined]);
});

Deno.test("distribute() lists partitions that the leader has not met yet, in a group with epochs alone", async () => {
  const leaders = new Map([0, 1, 2, 3].map((partition) => [partition, 1]));
  const newer = {
    metadata: (topics: readonly string[]) => {
      return Promise.resolve(
        new Map(topics.map((topic) => [topic, { errorCode: 0, isInternal: false, leaders }])),
      );
    },
  } as unknown as KafkaClient;
  const all = [...partitions, { topic: "t", partition: 3 }];
  const [{ epoch, partitions: own }] = await distributed(1, { a: 1 }, 2, newer);
  assert.deepEqual([epoch?.list, own], [all, all]);
  const [{ partitions: without }] = await distributed(undefined, { a: undefined }, 2, newer);
  assert.deepEqual(without, partitions);
});

Deno.test("distribute() says whether the leader has all partitions", async () => {
  assert.equal((await distribution(undefined, { a: undefined })).hasAll, true);
  assert.equal((await distribution(undefined, { a: undefined, b: undefined })).hasAll, false);
});

for (const [leaders, hasAll] of [[[0], false], [[], true]] as const) {
  Deno.test(`distribute() and a topic of another member alone, with ${leaders.length} partitions`, async () => {
    const metadata = () =>
      Promise.resolve(
        new Map([["u", { errorCode: 0, isInternal: false, leaders: new Map(leaders.map((n) => [n, 1])) }]]),
      );
    const other = encodeSubscription({ topics: ["u"], owned: [], generation: 1, metEpoch: undefined });
    const own = encodeSubscription({ topics: ["t"], owned: [], generation: 1, metEpoch: undefined });
    const { hasAll: found } = await distribute({ metadata } as unknown as KafkaClient, {
      joined: {
        memberId: "a",
        generationId: 1,
        members: [{ memberId: "a", memberMetadata: own }, { memberId: "b", memberMetadata: other }],
      },
      topics: ["t"],
      partitions,
      committed: () => Promise.resolve(new Map()),
      metEpoch: undefined,
    });
    assert.equal(found, hasAll);
  });
}
