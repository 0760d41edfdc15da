import assert from "node:assert/strict";
import type { TopicMetadata } from "../../../lib/kafka/kafka_client.ts";
import { ErrorCode } from "../../../lib/kafka/connection/kafka_error.ts";
import { TopicWatch } from "../../../lib/source/kafka/topic_watch.ts";

function metadata(topics: Readonly<Record<string, number | "missing" | "internal">>) {
  return new Map(
    Object.entries(topics).map(([topic, partitions]): [string, TopicMetadata] => {
      const count = typeof partitions === "number" ? partitions : partitions === "internal" ? 1 : 0;
      return [topic, {
        errorCode: partitions === "missing" ? ErrorCode.unknownTopicOrPartition : 0,
        isInternal: partitions === "internal",
        leaders: new Map(Array.from({ length: count }, (_, partition) => [partition, 1])),
      }];
    }),
  );
}

Deno.test("TopicWatch.observe() reports a missing topic once, and keeps it in the subscription", () => {
  const watch = new TopicWatch(["a", "b"]);
  assert.equal(watch.isObserved, false);
  const first = watch.observe(metadata({ a: 1, b: "missing" }), 0);
  assert.deepEqual(first, ['topic "b" does not exist']);
  assert.deepEqual(watch.observe(metadata({ a: 1, b: "missing" }), 0), []);
  assert.deepEqual(watch.topics, ["a", "b"]);
  assert.equal(watch.missingReason, 'topic "b" does not exist');
  assert.equal(watch.isIncomplete, true);
});

Deno.test("TopicWatch.isNewTopic() is true only for topics that appeared after the first metadata", () => {
  const watch = new TopicWatch(["a", "b"]);
  watch.observe(metadata({ a: 1, b: "missing" }), 0);
  watch.observe(metadata({ a: 1, b: 2 }), 0);
  assert.deepEqual([watch.isNewTopic("a"), watch.isNewTopic("b")], [false, true]);
  assert.equal(watch.isIncomplete, false);
});

Deno.test("TopicWatch.observe() drops a topic when it is missing for five seconds", () => {
  const watch = new TopicWatch(["a"]);
  watch.observe(metadata({ a: 2 }), 10_000);
  for (const nowMs of [12_000, 12_250, 16_999]) {
    watch.observe(metadata({ a: "missing" }), nowMs);
    assert.equal(watch.partitions.length, 2);
    assert.deepEqual([watch.isIncomplete, watch.isGone("a")], [true, false]);
  }
  watch.observe(metadata({ a: "missing" }), 17_000);
  assert.deepEqual(watch.partitions, []);
  assert.equal(watch.isGone("a"), true);
  watch.observe(metadata({ a: 1 }), 17_250);
  assert.deepEqual([watch.isNewTopic("a"), watch.isGone("a")], [true, false]);
});

Deno.test("TopicWatch.observe() keeps a topic that is missing for three seconds, again and again", () => {
  const watch = new TopicWatch(["a"]);
  for (let i = 0; i < 3; i++) {
    watch.observe(metadata({ a: 2 }), 4_000 * i);
    watch.observe(metadata({ a: "missing" }), 4_000 * i + 500);
    watch.observe(metadata({ a: "missing" }), 4_000 * i + 3_500);
    assert.equal(watch.partitions.length, 2);
  }
  assert.equal(watch.isNewTopic("a"), false);
});

Deno.test("TopicWatch.observe() keeps a topic for which brokers name an error that says nothing about its existence", () => {
  for (const errorCode of [ErrorCode.topicAuthorizationFailed, ErrorCode.leaderNotAvailable, -1]) {
    const watch = new TopicWatch(["a"]);
    watch.observe(metadata({ a: 1 }), 0);
    for (let nowMs = 1_000; nowMs < 60_000; nowMs += 500) {
      watch.observe(new Map([["a", { errorCode, isInternal: false, leaders: new Map() }]]), nowMs);
    }
    assert.equal(watch.isGone("a"), false);
    assert.equal(watch.isIncomplete, true);
  }
});

Deno.test("TopicWatch.observe() finds topics that match a pattern, without Kafka's internal topics", () => {
  const watch = new TopicWatch([/^ev/g, "named"]);
  assert.equal(watch.wanted, "all");
  const all = { events: 2, evil: 1, named: 1, other: 1, ev_internal: "internal" } as const;
  watch.observe(metadata(all), 0);
  assert.deepEqual(watch.topics, ["events", "evil", "named"]);
  watch.observe(metadata({ ...all, evening: 1 }), 0);
  assert.equal(watch.isNewTopic("evening"), true);
});

Deno.test("TopicWatch.observe() leaves out topics whose names take a pattern too long, and names them once", () => {
  const watch = new TopicWatch([/^(a+)+$/, /^ev/]);
  const hostile = `${"a".repeat(200)}!`;
  const all = Object.fromEntries([...Array(20).keys()].map((i) => [hostile + i, 1]));
  // Without a limit this takes for ever.
  watch.observe(metadata({ aaa: 1, ...all, events: 1 }), 0);
  assert.deepEqual(watch.topics, ["aaa"], "the names after the expensive ones wait");
  assert.match(watch.leftOut[0], /^topic "a+!0" is not read: the pattern .* takes too long on its name/);
  while (watch.leftOut.length > 0) watch.observe(metadata({ aaa: 1, ...all, events: 1 }), 0);
  assert.deepEqual(watch.topics, ["aaa", "events"]);
});

Deno.test("TopicWatch.missingReason names a pattern that matches nothing", () => {
  const watch = new TopicWatch([/^ev/]);
  watch.observe(metadata({ other: 1 }), 0);
  assert.equal(watch.missingReason, "no topic matches /^ev/");
  assert.equal(new TopicWatch(["a"]).wanted instanceof Array, true);
});

Deno.test("TopicWatch.missingReason says why a topic that exists cannot be read", () => {
  const watch = new TopicWatch(["a"]);
  watch.observe(new Map([["a", { errorCode: 29, isInternal: false, leaders: new Map() }]]), 0);
  assert.match(watch.missingReason ?? "", /^topic "a" cannot be read: Not authorized/);
});
