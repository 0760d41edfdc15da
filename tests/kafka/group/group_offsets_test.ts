import assert from "node:assert/strict";
import { commitOffsets, fetchCommits } from "../../../lib/kafka/group/group_offsets.ts";
import type { KafkaClient } from "../../../lib/kafka/kafka_client.ts";

/** An answer with so many commits, each with as much metadata as a broker keeps by default, is within all limits. */
const MAX_ANSWERED = 4_000;

interface Asked {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number }[];
  }[];
}

Deno.test("fetchCommits() asks for the commits of very many partitions in parts", async () => {
  const partitions = Array.from({ length: 10_001 }, (_, partition) => ({ topic: "t", partition }));
  const sizes: number[] = [];
  const client = {
    request: (_: string, __: string, { topics }: Asked) => {
      sizes.push(topics.reduce((sum, { partitions }) => sum + partitions.length, 0));
      const responses = topics.map(({ topic, partitions }) => ({
        topic,
        // The last partition was never committed.
        partitions: partitions.map(({ partition }) => {
          return { partition, offset: partition === 10_000 ? "-1" : "7", metadata: null, errorCode: 0 };
        }),
      }));
      return Promise.resolve({ errorCode: 0, responses });
    },
  } as unknown as KafkaClient;
  const options = {
    coordinator: { ask: (_: unknown, __: unknown, send: (address: string) => unknown) => send("broker") },
    group: "g",
    signal: new AbortController().signal,
  } as unknown as Omit<Parameters<typeof fetchCommits>[1], "partitions">;
  const found = await fetchCommits(client, { ...options, partitions });
  assert.equal(found.size, 10_000);
  assert.deepEqual(found.get("t/9999"), { topic: "t", partition: 9_999, offset: 7, metadata: "" });
  assert.ok(sizes.every((size) => size > 0 && size <= MAX_ANSWERED), sizes.join());
  assert.equal((await fetchCommits(client, { ...options, partitions: [] })).size, 0);
});

/** A client whose coordinator gives this answer to any request. */
function clientThatHears(answer: object): KafkaClient {
  return { request: () => Promise.resolve(answer) } as unknown as KafkaClient;
}

const FIRST = { topic: "t", partition: 0, offset: 5, metadata: "" };

const INCOMPLETE: readonly (readonly [what: string, responses: readonly object[]])[] = [
  ["no partition", []],
  ["another partition", [{ topic: "t", partitions: [{ partition: 1, errorCode: 0, offset: "3" }] }]],
  ["another topic", [{ topic: "u", partitions: [{ partition: 0, errorCode: 0, offset: "3" }] }]],
];

for (const [what, responses] of INCOMPLETE) {
  Deno.test(`fetchCommits() does not take an answer that names ${what} for a group without commits`, async () => {
    const coordinator = { ask: (_: unknown, __: unknown, send: (address: string) => unknown) => send("b") };
    const options = { coordinator, group: "g", partitions: [FIRST], signal: new AbortController().signal };
    const found = fetchCommits(
      clientThatHears({ errorCode: 0, responses }),
      options as unknown as Parameters<typeof fetchCommits>[1],
    );
    await assert.rejects(found, /^KafkaError: the answer to OffsetFetch does not name t\/0/);
  });

  Deno.test(`commitOffsets() does not take an answer that names ${what} for a success`, async () => {
    const where = { address: "b", group: "g", memberId: "m", generation: 1, commits: [FIRST] };
    const saved = commitOffsets(clientThatHears({ responses }), where);
    await assert.rejects(saved, /^KafkaError: the answer to OffsetCommit does not name t\/0/);
  });
}
