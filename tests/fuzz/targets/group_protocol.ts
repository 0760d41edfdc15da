// Data that members of a group send each other. Nothing of a member that lies or has another version is used, and lies
// cost neither time nor memory.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../../../lib/kafka/group/group_protocol.ts";
import { type Random, randomInteger } from "../../../lib/source/synthetic/random.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

export const groupProtocol: FuzzTarget = {
  name: "group-protocol",
  seedCorpus: [
    encodeSubscription({ topics: ["a", "b"], owned: [{ topic: "a", partition: 3 }], generation: 2 }),
    encodeAssignment({ partitions: [{ topic: "a", partition: 3 }], begunTopics: ["a"], mustJoinAgain: true }),
  ].map((bytes) => Uint8Array.from(bytes)),
  generate: (random) =>
    Uint8Array.from(random() < 0.5 ? randomSubscription(random) : randomAssignment(random)),
  dictionary: [
    ...encodeAll(['"owned":', '"begun":[]', "null", "__proto__", "[[]]"]),
    Uint8Array.of(0xff, 0xfe),
  ],
  run(bytes) {
    const subscription = decodeSubscription("m", Buffer.from(bytes));
    assert.ok(subscription.topics.every((topic) => typeof topic === "string"), "a topic is not a text");
    assert.ok(subscription.owned.every(isPartition), "an owned item is not a partition");
    assert.ok(Number.isInteger(subscription.generation));
    const again = decodeSubscription("m", encodeSubscription(subscription));
    assert.deepEqual(again.topics, subscription.topics);
    assert.equal(again.owned.length, subscription.owned.length);

    const assignment = orRefused(() => decodeAssignment(Buffer.from(bytes)));
    if (assignment === undefined) return;
    assert.ok(assignment.partitions.every(isPartition), "an assigned item is not a partition");
    assert.ok(assignment.begunTopics.every((topic) => typeof topic === "string"), "a topic is not a text");
    assert.equal(typeof assignment.mustJoinAgain, "boolean");
  },
};

function isPartition({ topic, partition }: { topic: unknown; partition: unknown }): boolean {
  return typeof topic === "string" && Number.isInteger(partition);
}

function orRefused<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
    return undefined;
  }
}

function randomPartitions(random: Random): { topic: string; partition: number }[] {
  return Array.from({ length: randomInteger(random, 0, 6) }, (_, partition) => {
    return { topic: `t${randomInteger(random, 0, 2)}`, partition };
  });
}

function randomSubscription(random: Random): Buffer {
  const topics = Array.from({ length: randomInteger(random, 0, 3) }, (_, i) => `t${i}`);
  return encodeSubscription({
    topics,
    owned: randomPartitions(random),
    generation: randomInteger(random, -1, 99),
  });
}

function randomAssignment(random: Random): Buffer {
  return encodeAssignment({
    partitions: randomPartitions(random),
    begunTopics: ["t0"],
    mustJoinAgain: random() < 0.5,
  });
}
