// A cluster that answers at once, and wrongly, is not asked again at once.

import assert from "node:assert/strict";
import { ErrorCode } from "../../../lib/kafka/connection/kafka_error.ts";
import type { LoneCluster } from "../../fakes/lone_cluster.ts";
import { Bench } from "./lone_bench.ts";

const FAULTY_MS = 60_000;
/** In any second; the free requests of the first seconds included. */
const MAX_PER_SECOND = 16;
const MAX_PER_MINUTE = 150;

interface Fault {
  readonly what: string;
  readonly begin: (cluster: LoneCluster) => void;
  readonly end: (cluster: LoneCluster) => void;
  /** In the reason for not being ready. */
  readonly reason?: RegExp;
}

const faults: readonly Fault[] = [
  {
    what: "a new member id at each join",
    begin: (cluster) =>
      [cluster.heartbeatError, cluster.joinError] = [ErrorCode.unknownMemberId, ErrorCode.memberIdRequired],
    end: (cluster) => [cluster.heartbeatError, cluster.joinError] = [0, 0],
    reason: /cannot join the group "g": .*MEMBER_ID_REQUIRED/,
  },
  {
    what: "members that are unknown when they have joined",
    begin: (cluster) => cluster.heartbeatError = cluster.syncError = ErrorCode.unknownMemberId,
    end: (cluster) => cluster.heartbeatError = cluster.syncError = 0,
    reason: /UNKNOWN_MEMBER_ID/,
  },
  {
    what: "a rebalance at each SyncGroup",
    begin: (cluster) => cluster.heartbeatError = cluster.syncError = ErrorCode.rebalanceInProgress,
    end: (cluster) => cluster.heartbeatError = cluster.syncError = 0,
    reason: /REBALANCE_IN_PROGRESS/,
  },
  {
    what: "a rebalance at each heartbeat and commit",
    begin: (cluster) => cluster.heartbeatError = cluster.commitError = ErrorCode.rebalanceInProgress,
    end: (cluster) => cluster.heartbeatError = cluster.commitError = 0,
    reason: /REBALANCE_IN_PROGRESS/,
  },
  {
    what: "empty fetches at once",
    begin: (cluster) => cluster.fetching = "hastens",
    end: (cluster) => cluster.fetching = "answers",
  },
  {
    what: "an offset out of range, within the log",
    begin: (cluster) => cluster.fetching = "rejects",
    end: (cluster) => cluster.fetching = "answers",
  },
  {
    what: "an offset out of range, and logs that end before it",
    begin: (cluster) => {
      cluster.fetching = "rejects";
      cluster.toldEnd = 0;
    },
    end: (cluster) => {
      cluster.fetching = "answers";
      cluster.toldEnd = undefined;
    },
  },
];

for (const { what, begin, end, reason } of faults) {
  Deno.test(`KafkaSource asks at a pace a cluster that answers with ${what}`, async () => {
    await using bench = new Bench();
    const { cluster } = bench;
    cluster.values.push("a");
    await bench.pass(5_000);
    assert.equal(bench.take(), 1);
    begin(cluster);
    cluster.requests.clear();
    const total = new Map<string, number>();
    for (let passedMs = 0; passedMs < FAULTY_MS; passedMs += 1_000) {
      await bench.pass(1_000);
      for (const [api, requests] of cluster.requests) {
        assert.ok(requests <= MAX_PER_SECOND, `${api}: ${requests} in second ${passedMs / 1000}`);
        // Fetches that wait for records have a pace of their own.
        if (api === "Fetch" && cluster.fetching === "answers") continue;
        total.set(api, (total.get(api) ?? 0) + requests);
      }
      cluster.requests.clear();
    }
    const most = Math.max(...total.values());
    assert.ok(most <= MAX_PER_MINUTE, JSON.stringify([...total]));
    if (reason !== undefined) assert.match(bench.reason, reason);
    assert.ok(bench.warnings.length <= 12, bench.warnings.join("\n"));
    end(cluster);
    cluster.values.push("b");
    await bench.pass(15_000);
    assert.ok(bench.take() >= 1);
    assert.equal(bench.reason, "");
  });
}
