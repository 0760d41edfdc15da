import assert from "node:assert/strict";
import type { DaemonFacts } from "../../lib/check/daemon_facts.ts";
import { judgeMember } from "../../lib/check/member_findings.ts";
import type { HttpOutcome } from "../../lib/http_client/http_client.ts";
import { formatLocalTime } from "../../lib/text/local_time.ts";

const REPORTED_MS = 1_700_000_010_000;

function answer(text: string): HttpOutcome {
  return { kind: "answer", status: 200, text };
}

/** A member with the newest window at two moments, and what it and the slowest member have reported. */
function facts({ unheard = 0, reportedMs = REPORTED_MS, slowestMs = REPORTED_MS, windows = [2_000, 2_000] }: {
  unheard?: number;
  reportedMs?: number | undefined;
  slowestMs?: number | null;
  windows?: readonly [number, number];
}): DaemonFacts {
  const metrics = [
    "# TYPE rtcount_merge_unheard_partitions gauge",
    `rtcount_merge_unheard_partitions ${unheard}`,
    ...(reportedMs > 0 ? [`rtcount_merge_reported_timestamp_seconds ${reportedMs / 1000}`] : []),
    "",
  ];
  const [first, last] = windows.map((windowEndMs, i) => ({
    atMs: i * 5_000,
    windowEndMs,
    position: 0,
    lag: 0,
  }));
  return {
    url: "http://h",
    health: answer("ok"),
    status: answer(JSON.stringify({ watermark: slowestMs })),
    metrics: answer(metrics.join("\n")),
    progress: { first, last },
  };
}

function judge(found: DaemonFacts, slideMs = 2_000): string[] {
  return judgeMember(found, slideMs).map(({ check, status, message, remedy = "" }) => {
    assert.equal(check, "member");
    assert.equal(remedy === "", status === "ok");
    return `${status} ${message}`;
  });
}

Deno.test("judgeMember() finds the member that delays the windows of its group", () => {
  const reported = `it has reported up to ${formatLocalTime(REPORTED_MS)}`;
  const slowestMs = REPORTED_MS - 8_000;
  assert.deepEqual(judge(facts({})), [
    `warn no window of the group closes, and this member delays it: ${reported}, and no member is further behind`,
  ]);
  assert.deepEqual(judge(facts({ slowestMs })), [
    `warn no window of the group closes, and another member delays it: ${reported}, 8 s ahead of the slowest member`,
  ]);
  const windows = [2_000, 4_000] as const;
  assert.deepEqual(judge(facts({ windows })), [`ok ${reported}, no member is further behind`]);
  assert.deepEqual(judge(facts({ windows, slowestMs })), [`ok ${reported}, 8 s ahead of the slowest member`]);
  assert.deepEqual(judge(facts({}), 60_000), [`ok ${reported}, no member is further behind`], "a long slide");
});

Deno.test("judgeMember() warns of partitions without a report", () => {
  assert.deepEqual(judge(facts({ unheard: 3, slowestMs: null })), [
    "warn no member has reported 3 partitions since the last rebalance, so no window of the group closes",
  ]);
});

Deno.test("judgeMember() says nothing before a report, nor of a daemon that does not merge", () => {
  assert.deepEqual(judge(facts({ reportedMs: -1 })), []);
  assert.deepEqual(judge(facts({ slowestMs: null })), []);
  assert.deepEqual(judge({ ...facts({}), metrics: answer("rtcount_ready 1\n") }), []);
  assert.deepEqual(judge({ url: "http://h", health: answer("ok") }), []);
});
