import assert from "node:assert/strict";
import { decodeAssignment, encodeSubscription } from "../../../lib/kafka/group/group_protocol.ts";
import { distribute } from "../../../lib/kafka/group/leader.ts";
import type { KafkaClient } from "../../../lib/kafka/kafka_client.ts";

const client = { metadata: () => Promise.resolve(new Map()) } as unknown as KafkaClient;
const partitions = [0, 1, 2].map((partition) => ({ topic: "t", partition }));

/** The decoded assignments of two members, by the highest epoch that each knows. */
async function distributed(
  metEpoch: number | undefined,
  met: Readonly<Record<string, number | undefined>>,
  generationId = 1,
) {
  const members = Object.entries(met).map(([memberId, metEpoch]) => {
    const memberMetadata = encodeSubscription({ topics: ["t"], owned: [], generation: 1, metEpoch });
    return { memberId, memberMetadata };
  });
  const messages = await distribute(client, {
    joined: { memberId: "a", generationId, members },
    topics: ["t"],
    partitions,
    committed: () => Promise.resolve(new Map()),
    metEpoch,
  });
  return messages.map(({ memberAssignment }) => decodeAssignment(memberAssignment));
}

Deno.test("distribute() numbers the assignment above all epochs that a member knows, and lists all partitions", async () => {
  for (const [own, met] of [[4, { a: 4, b: 9 }], [9, { a: 9, b: 0 }], [9, { a: 4, b: 4 }]] as const) {
    for (const { epoch } of await distributed(own, met)) {
      assert.deepEqual(epoch, { number: 10, list: partitions });
    }
  }
});

Deno.test("distribute() gives two generations different epochs, even if the first has told nobody of its own", async () => {
  const numbers = await Promise.all([7, 8].map(async (generation) => {
    const [{ epoch }] = await distributed(5, { a: 5 }, generation);
    return epoch?.number;
  }));
  assert.deepEqual(numbers, [12, 13]);
});

Deno.test("distribute() gives no epoch in a group without epochs", async () => {
  const assignments = await distributed(undefined, { a: undefined, b: undefined });
  assert.deepEqual(assignments.map(({ epoch }) => epoch), [undefined, undefined]);
});
