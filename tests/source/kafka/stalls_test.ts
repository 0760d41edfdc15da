// Sessions that stall without an error of their own.

import assert from "node:assert/strict";
import { ErrorCode, KafkaError } from "../../../lib/kafka/connection/kafka_error.ts";
import { encodeAssignment } from "../../../lib/kafka/group/group_protocol.ts";
import { StuckSessionError } from "../../../lib/source/kafka/kafka_session.ts";
import { Bench, MAX_WAIT_MS } from "./lone_bench.ts";

/** The watchdog's: 30 s beyond a fetch's own wait. */
const PATIENCE_MS = 30_000 + MAX_WAIT_MS;
/** The watchdog checks in intervals, and the test drives the clock in steps. */
const SLACK_MS = 2_000;

Deno.test("KafkaSource keeps a client whose fetches are answered", async () => {
  await using bench = new Bench();
  bench.cluster.values.push("a", "b");
  await bench.pass(5_000);
  assert.equal(bench.take(), 2);
  await bench.pass(2 * PATIENCE_MS);
  assert.equal(bench.reason, "");
  assert.equal(bench.restarts, 0);
  assert.equal(bench.cluster.clients, 1);
});

Deno.test("KafkaSource makes a new client when fetches are not answered, and is not ready until one is", async () => {
  await using bench = new Bench();
  await bench.pass(5_000);
  bench.cluster.fetching = "swallows";
  await bench.pass(PATIENCE_MS - SLACK_MS);
  assert.equal(bench.restarts, 0);
  await bench.pass(2 * SLACK_MS);
  assert.equal(bench.restarts, 1);
  assert.equal(bench.cluster.clients, 2);
  assert.match(bench.reason, /no fetch of words\/0 has been answered for 31 s/);
  // Answered heartbeats are not enough.
  await bench.pass(10_000);
  assert.match(bench.reason, /no fetch of words\/0/);

  bench.cluster.values.push("a");
  bench.cluster.fetching = "answers";
  await bench.pass(2 * PATIENCE_MS);
  assert.equal(bench.reason, "");
  assert.equal(bench.take(), 1);
  assert.equal(bench.restarts, 2);
});

Deno.test("KafkaSource makes a new client when positions do not move while there is lag", async () => {
  await using bench = new Bench();
  await bench.pass(5_000);
  bench.cluster.fetching = "withholds";
  bench.cluster.values.push("a", "b", "c");
  await bench.pass(PATIENCE_MS + SLACK_MS);
  assert.equal(bench.restarts, 1);
  assert.match(bench.reason, /words\/0 has been at offset 0 for 31 s, with records up to 3/);
  bench.cluster.fetching = "answers";
  await bench.pass(SLACK_MS);
  assert.equal(bench.take(), 3);
  assert.equal(bench.reason, "");
});

Deno.test("KafkaSource joins again, less and less often, where it is assigned partitions that the topic does not have", async () => {
  await using bench = new Bench();
  const { cluster } = bench;
  const assigned = [0, 1, 2].map((partition) => ({ topic: "words", partition }));
  cluster.assignment = encodeAssignment({ partitions: assigned, begunTopics: [], mustJoinAgain: false });
  cluster.values.push("a");
  const joins = () => cluster.requests.get("JoinGroup") ?? 0;
  await bench.pass(15_000);
  const first = joins();
  await bench.pass(60_000);
  assert.match(bench.reason, /LEADER_NOT_AVAILABLE/);
  const inAMinute = joins() - first;
  await bench.pass(600_000);
  const inTenMinutes = joins() - first - inAMinute;
  assert.ok(first === 2 && inAMinute >= 1 && inAMinute <= 2, `${first} and ${inAMinute} joins`);
  assert.ok(inTenMinutes >= 1 && inTenMinutes <= 4, `${inTenMinutes} joins in ten minutes`);

  cluster.assignment = undefined;
  await bench.pass(620_000);
  assert.equal(bench.take(), 1);
  assert.equal(bench.reason, "");
});

Deno.test("KafkaSource loses no record to a broker that answers with earlier records for a moment", async () => {
  await using bench = new Bench();
  const { cluster } = bench;
  cluster.values.push("a", "b");
  await bench.pass(5_000);
  assert.equal(bench.take(), 2);
  cluster.fetchedFrom = 0;
  cluster.values.push("c", "d", "e");
  await bench.pass(7_000);
  assert.match(bench.reason, /^the answer to Fetch has no batch of words\/0 at offset 2 /);
  assert.equal(bench.take(), 0);

  cluster.fetchedFrom = undefined;
  await bench.pass(11_000);
  assert.equal(bench.take(), 3);
  assert.equal(bench.reason, "");
  assert.equal(bench.restarts, 0);
});

for (const fetchedEnd of [1, -1, -(2 ** 63)]) {
  Deno.test(`KafkaSource is not ready while the broker says that the log ends before what was read, at ${fetchedEnd}`, async () => {
    await using bench = new Bench();
    const { cluster } = bench;
    cluster.values.push("a", "b");
    await bench.pass(5_000);
    assert.equal(bench.take(), 2);
    cluster.fetchedEnd = fetchedEnd;
    await bench.pass(PATIENCE_MS + SLACK_MS);
    assert.match(
      bench.reason,
      /words\/0 has been at offset 2 for 31 s, and the broker says that the log ends at -?\d+/,
    );
    await bench.pass(60_000);
    assert.notEqual(bench.reason, "");

    cluster.fetchedEnd = undefined;
    cluster.values.push("c");
    await bench.pass(15_000);
    assert.equal(bench.take(), 1);
    assert.equal(bench.reason, "");
  });
}

Deno.test("KafkaSource reports a partition without a leader, and waits for one with its present client", async () => {
  await using bench = new Bench();
  await bench.pass(5_000);
  bench.cluster.hasLeader = false;
  await bench.pass(2 * PATIENCE_MS);
  assert.equal(bench.restarts, 0);
  assert.match(bench.reason, /words\/0/);
  bench.cluster.hasLeader = true;
  bench.cluster.values.push("a");
  await bench.pass(5_000);
  assert.equal(bench.take(), 1);
  assert.equal(bench.reason, "");
});

Deno.test("KafkaSource.changed() rejects when a stopped session does not end", async () => {
  await using bench = new Bench();
  await bench.pass(5_000);
  bench.cluster.failsOnClose = false;
  bench.cluster.fetching = "swallows";
  await bench.pass(PATIENCE_MS + SLACK_MS);
  await bench.reader.source.changed(0);
  await bench.pass(10_000);
  await assert.rejects(bench.reader.source.changed(Infinity), StuckSessionError);
  assert.equal(bench.cluster.clients, 1);
});

Deno.test("KafkaSource.changed() rejects on an error of the coordinator that no retry can help", async () => {
  await using bench = new Bench();
  bench.cluster.joinError = ErrorCode.invalidSessionTimeout;
  const failed = assert.rejects(
    bench.reader.source.changed(Infinity).then(() => bench.reader.source.changed(Infinity)),
    (error) => error instanceof KafkaError && /group\.min\.session\.timeout\.ms/.test(error.message),
  );
  await bench.pass(1_000);
  await failed;
  assert.equal(bench.restarts, 0);
});

Deno.test("KafkaSource retries on an error of the coordinator that an administrator can fix", async () => {
  await using bench = new Bench();
  bench.cluster.joinError = ErrorCode.inconsistentGroupProtocol;
  await bench.pass(60_000);
  // The pauses are 0.25, 0.5, … 10 s, each up to half shorter.
  assert.ok(bench.restarts >= 10 && bench.restarts <= 20, `${bench.restarts} restarts`);
  bench.cluster.joinError = ErrorCode.none;
  await bench.pass(15_000);
  assert.equal(bench.reason, "");
});

Deno.test("KafkaSource keeps out of a group of Kafka 4's protocol, and names the remedy", async () => {
  await using bench = new Bench();
  bench.cluster.leader = "";
  await bench.pass(10_000);
  assert.match(bench.reason, /another program is in the group, so set source\.kafka\.group/);
  assert.ok((bench.cluster.requests.get("LeaveGroup") ?? 0) > 0);
  assert.deepEqual(bench.reader.assigned, []);
  bench.cluster.leader = "member-1";
  await bench.pass(20_000);
  assert.equal(bench.reason, "");
});

Deno.test("KafkaSource obeys a quota that demands days for a minute, and none that demands less than nothing", async () => {
  await using bench = new Bench();
  await bench.pass(5_000);
  bench.cluster.values.push("a");
  bench.cluster.throttleMs = 2 ** 31 - 1;
  await bench.pass(30_000);
  bench.cluster.throttleMs = -(2 ** 31);
  await bench.pass(40_000);
  assert.equal(bench.take(), 1, "the minute is over");
  assert.equal(bench.restarts, 0);
  await bench.pass(10_000);
  assert.deepEqual(bench.reader.source.readiness, { ready: true });
});

Deno.test("KafkaSource reports a quota once a minute, and does not take its pauses for a stall", async () => {
  await using bench = new Bench();
  await bench.pass(5_000);
  bench.cluster.values.push("a");
  bench.cluster.throttleMs = 11_000;
  await bench.pass(3 * PATIENCE_MS);
  assert.equal(bench.restarts, 0);
  assert.deepEqual(bench.warnings.map((line) => /^a quota/.test(line)), [true, true]);
  assert.ok(bench.reader.events.throttledMs >= 77_000, `${bench.reader.events.throttledMs} ms`);
  assert.deepEqual(bench.reader.source.readiness, {
    ready: true,
    note: "a quota of a broker slows reading down",
  });
  bench.cluster.throttleMs = 0;
  await bench.pass(25_000);
  assert.equal(bench.take(), 1);
  assert.deepEqual(bench.reader.source.readiness, { ready: true });
});

Deno.test("KafkaSource names an open transaction that holds the first records", async () => {
  await using bench = new Bench();
  bench.cluster.values.push("a", "b");
  bench.cluster.lastStableOffset = 0;
  await bench.pass(5_000);
  assert.match(
    bench.reason,
    /an open transaction holds the records of words\/0 from offset 0 on: its producer/,
  );
  bench.cluster.lastStableOffset = undefined;
  await bench.pass(1_000);
  assert.equal(bench.take(), 2);
  assert.equal(bench.reason, "");
});
