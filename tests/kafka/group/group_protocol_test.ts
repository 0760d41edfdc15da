import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  MAX_EPOCH,
} from "../../../lib/kafka/group/group_protocol.ts";
import { encodeAssignmentFormat, encodeSubscriptionFormat } from "../../../lib/kafka/group/member_codec.ts";
import { comparePartitions } from "../../../lib/kafka/topic_partition.ts";
import { isTopicName } from "../../../lib/kafka/topic_name.ts";

const topicName = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/).filter(isTopicName),
  fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)),
);
const ofTopic = fc.tuple(topicName, fc.uniqueArray(fc.nat(100), { minLength: 1, maxLength: 5 }));
const partitions = fc.uniqueArray(ofTopic, { selector: ([topic]) => topic }).map((topics) =>
  topics.flatMap(([topic, ofTopic]) => ofTopic.map((partition) => ({ topic, partition })))
);

Deno.test("decodeSubscription() reads what encodeSubscription() writes", () => {
  fc.assert(
    fc.property(fc.array(topicName), partitions, fc.integer({ min: -1 }), (topics, owned, generation) => {
      const bytes = encodeSubscription({ topics, owned, generation });
      assert.deepEqual(decodeSubscription("m", bytes), { memberId: "m", topics, owned, generation });
    }),
  );
});

Deno.test("without epochs, members say what they have said since version 1: members of both can share a group", () => {
  const owned = [{ topic: "b", partition: 2 }, { topic: "a", partition: 0 }, { topic: "b", partition: 10 }];
  assert.equal(
    encodeSubscription({ topics: ["a", "b"], owned, generation: 7 }).toString("latin1"),
    '\0\0\0\0\0\x02\0\x01a\0\x01b\0\0\0\x37{"v":1,"generation":7,"owned":[["b",[2,10]],["a",[0]]]}',
  );
  const partitions = owned.slice(0, 2);
  assert.equal(
    encodeAssignment({ partitions, begunTopics: ["a"], mustJoinAgain: false }).toString("latin1"),
    "\0\0\0\0\0\x02\0\x01b\0\0\0\x01\0\0\0\x02\0\x01a\0\0\0\x01\0\0\0\0" +
      '\0\0\0\x23{"v":1,"begun":["a"],"again":false}',
  );
});

Deno.test("a subscription carries the highest epoch that the member knows, an assignment its own and the list", () => {
  fc.assert(
    fc.property(partitions, partitions, fc.integer({ min: 0, max: MAX_EPOCH }), (owned, list, metEpoch) => {
      const claim = { topics: ["t"], owned, generation: 3, metEpoch };
      assert.deepEqual(decodeSubscription("m", encodeSubscription(claim)), { memberId: "m", ...claim });
      const epoch = { number: Math.max(1, metEpoch), list };
      const assignment = { partitions: owned, begunTopics: [], mustJoinAgain: false, epoch };
      const sorted = { ...epoch, list: [...list].sort(comparePartitions) };
      assert.deepEqual(decodeAssignment(encodeAssignment(assignment)).epoch, sorted);
    }),
  );
});

for (const epoch of ["0", "-1", "1.5", "null", "281474976710657", '"1"']) {
  Deno.test(`decodeAssignment() does not believe the epoch ${epoch}`, () => {
    const userData = Buffer.from(`{"v":2,"begun":[],"again":false,"epoch":${epoch},"list":[]}`);
    const bytes = encodeAssignmentFormat({ topics: [], userData });
    assert.equal(decodeAssignment(bytes).epoch, undefined);
  });
}

for (
  const userData of ["", "null", "{}", "not JSON", '{"v":2,"generation":1,"owned":[]}', '{"v":1,"owned":7}']
) {
  Deno.test(`decodeSubscription() reads the user data ${JSON.stringify(userData)} as no claims`, () => {
    const bytes = encodeSubscriptionFormat({ topics: ["t"], userData: Buffer.from(userData) });
    const none = { memberId: "m", topics: ["t"], owned: [], generation: -1 };
    assert.deepEqual(decodeSubscription("m", bytes), none);
  });
}

Deno.test("decodeSubscription() reads undecodable bytes as a subscription to no topics", () => {
  const none = { memberId: "m", topics: [], owned: [], generation: -1 };
  for (
    const bytes of [
      [],
      [0, 0, 0, 0, 0, 1, 0],
      // A count of 33 million topics without any, a topic of negative length, and missing user data.
      [0, 0, 0x01, 0xff, 0xff, 0xff],
      [0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xfe],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ]
  ) {
    assert.deepEqual(decodeSubscription("m", Buffer.from(bytes)), none, bytes.join());
  }
});

Deno.test("decodeSubscription() leaves out invalid topic names", () => {
  const unnamed = Buffer.from([0, 0, 0, 0, 0, 2, 0xff, 0xff, 0, 1, 0x61, 0xff, 0xff, 0xff, 0xff]);
  assert.deepEqual(decodeSubscription("m", unnamed).topics, ["a"]);
  const longest = "x".repeat(249);
  const topics = ["", "a b", "ä", "a/b", `${longest}x`, longest];
  const bytes = encodeSubscription({ topics, owned: [], generation: 0 });
  assert.deepEqual(decodeSubscription("m", bytes).topics, [longest]);
});

Deno.test("decodeAssignment() throws a RangeError for bytes that are not an assignment", () => {
  for (
    const bytes of [[0, 0, 0, 0, 0, 1], [0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xfe], [
      0,
      0,
      0xff,
      0xff,
      0xff,
      0xfe,
    ]]
  ) {
    assert.throws(() => decodeAssignment(Buffer.from(bytes)), RangeError, bytes.join());
  }
});

Deno.test("decodeAssignment() reads what encodeAssignment() writes, in order", () => {
  fc.assert(
    fc.property(partitions, fc.array(topicName), fc.boolean(), (partitions, begunTopics, mustJoinAgain) => {
      assert.deepEqual(decodeAssignment(encodeAssignment({ partitions, begunTopics, mustJoinAgain })), {
        partitions: [...partitions].sort(comparePartitions),
        begunTopics,
        mustJoinAgain,
      });
    }),
  );
});

Deno.test("decodeAssignment() sorts topics by name and partitions by number", () => {
  const partitions = [["b", 10], ["b", 2], ["a", 3]].map(([topic, partition]) => {
    return { topic: String(topic), partition: Number(partition) };
  });
  const decoded = decodeAssignment(encodeAssignment({ partitions, begunTopics: [], mustJoinAgain: false }));
  assert.deepEqual(decoded.partitions.map(({ topic, partition }) => `${topic}/${partition}`), [
    "a/3",
    "b/2",
    "b/10",
  ]);
});

Deno.test("decodeAssignment() reads empty bytes as no partitions", () => {
  assert.deepEqual(decodeAssignment(Buffer.alloc(0)), {
    partitions: [],
    begunTopics: [],
    mustJoinAgain: false,
  });
});

Deno.test("decodeAssignment() throws a RangeError for more partitions than a member may have", () => {
  const partitions = Array.from({ length: 100_001 }, (_, partition) => ({ topic: "t", partition }));
  const bytes = encodeAssignment({ partitions, begunTopics: [], mustJoinAgain: false });
  assert.throws(() => decodeAssignment(bytes), RangeError);
});
