import assert from "node:assert/strict";
import { judgeGroup, judgeOffsets } from "../../lib/check/group_findings.ts";
import { NEW_GROUP_PROTOCOL, type OffsetFacts } from "../../lib/check/kafka_facts.ts";
import { GROUP_PROTOCOL } from "../../lib/kafka/group/group_protocol.ts";
import { formatCommitMetadata } from "../../lib/source/kafka/commit_metadata.ts";

const MEMBER = { clientId: "rtcount", host: "10.0.0.5" };
const STABLE = { state: "Stable", protocolType: "consumer", protocol: GROUP_PROTOCOL, members: [MEMBER] };
const WINDOW = { lengthMs: 60_000, slideMs: 2_000 };
const CONTEXT = { start: "window", window: WINDOW };

Deno.test("judgeGroup() tells a group that works from one that is empty, rebalancing or another program's", () => {
  const rows: [Parameters<typeof judgeGroup>[0], status: string, message: RegExp][] = [
    [{ value: STABLE }, "ok", /^"g" is stable, 1 member at 10\.0\.0\.5$/],
    [{ value: { ...STABLE, members: [MEMBER, MEMBER] } }, "ok", /2 members at 10\.0\.0\.5$/],
    [{ value: { ...STABLE, state: "PreparingRebalance", protocol: "" } }, "warn", /PreparingRebalance/],
    [{ value: { ...STABLE, state: "Empty", members: [] } }, "warn", /no member \(Empty\)/],
    [{ value: { ...STABLE, protocol: "range" } }, "FAIL", /another program \(protocol range\)/],
    [{ value: { ...STABLE, protocolType: "connect", protocol: "" } }, "FAIL", /protocol connect/],
    [
      { value: { ...STABLE, protocolType: NEW_GROUP_PROTOCOL, protocol: "", members: [] } },
      "FAIL",
      /another program \(protocol consumer, of Kafka 4\)/,
    ],
    [{ reason: "no rights" }, "FAIL", /^no rights$/],
  ];
  for (const [probed, status, message] of rows) {
    const finding = judgeGroup(probed, { group: "g", protocol: GROUP_PROTOCOL });
    assert.equal(finding.status, status);
    assert.match(finding.message, message);
  }
});

Deno.test("judgeGroup() tells members that count differently from another program", () => {
  const [own, other] = ["rtcount-merge-aa", "rtcount-merge-bb"];
  const rows: [protocol: string, expected: string, status: string, message: RegExp][] = [
    [own, own, "ok", /^"g" is stable, 1 member at 10\.0\.0\.5$/],
    ["", own, "ok", /stable/],
    [
      other,
      own,
      "FAIL",
      /count differently \(protocol rtcount-merge-bb, with this configuration rtcount-merge-aa\).* 1 member at 10\.0\.0\.5$/,
    ],
    [GROUP_PROTOCOL, own, "FAIL", /count differently \(protocol rtcount-sticky,/],
    [
      own,
      GROUP_PROTOCOL,
      "FAIL",
      /count differently \(protocol rtcount-merge-aa, with this configuration rtcount-sticky\)/,
    ],
    ["range", own, "FAIL", /another program \(protocol range\)/],
  ];
  for (const [protocol, expected, status, message] of rows) {
    const finding = judgeGroup({ value: { ...STABLE, protocol } }, { group: "g", protocol: expected });
    assert.equal(finding.status, status, protocol);
    assert.match(finding.message, message);
    if (status === "FAIL" && protocol !== "range") {
      assert.match(finding.remedy ?? "", /stop all members, then start them again/);
    }
  }
  const connect = { ...STABLE, protocolType: "connect", protocol: other };
  const { message } = judgeGroup({ value: connect }, { group: "g", protocol: own });
  assert.match(message, /another program/);
});

function partition(
  { offset, replayFrom = offset ?? 0, lengthMs = WINDOW.lengthMs, logStart = 0, logEnd = 100 }: {
    offset?: number;
    replayFrom?: number;
    lengthMs?: number;
    logStart?: number;
    logEnd?: number;
  },
): OffsetFacts {
  const place = { topic: "t", partition: 0 };
  const metadata = formatCommitMetadata({
    closedUntilMs: 0,
    firstEndMs: -Infinity,
    ...WINDOW,
    lengthMs,
    replayFrom,
  });
  return {
    ...place,
    logStart,
    logEnd,
    commit: offset === undefined ? undefined : { ...place, offset, metadata },
  };
}

Deno.test("judgeOffsets() tells lag from loss", () => {
  const rows: [OffsetFacts[], string[]][] = [
    [[], []],
    [[partition({})], [
      "warn nothing is committed yet: the daemon will start at source.kafka.start (window)",
    ]],
    [
      [partition({ offset: 90 }), partition({ offset: 100 }), partition({})],
      ["ok 2 of 3 partitions committed, 10 records behind"],
    ],
    [[partition({ offset: 10, logStart: 10 })], ["ok 1 of 1 partitions committed, 90 records behind"]],
    [
      [partition({ offset: 10, logStart: 30 }), partition({ offset: 25, logStart: 30 })],
      [
        "FAIL 25 records were deleted by retention before they were read: t/0 is committed at 10, its log begins " +
        "at 30",
        "warn t/0: the beginning of the current window has been deleted by retention; a restart could not count it " +
        "again",
      ],
    ],
    [
      [partition({ offset: 120 })],
      [
        "warn t/0 is committed at 120, but its log ends at 100: the topic was deleted and created again, or has lost records",
      ],
    ],
    [
      [partition({ offset: 50, replayFrom: 5, logStart: 20 })],
      [
        "warn t/0: the beginning of the current window has been deleted by retention; a restart could not count it " +
        "again",
      ],
    ],
    // The commit was made with another window.
    [
      [partition({ offset: 50, replayFrom: 5, logStart: 20, lengthMs: 10_000 })],
      ["ok 1 of 1 partitions committed, 50 records behind"],
    ],
  ];
  for (const [facts, expected] of rows) {
    const findings = judgeOffsets({ value: facts }, CONTEXT);
    assert.deepEqual(findings.map(({ status, message }) => `${status} ${message}`), expected);
  }
});

Deno.test("judgeOffsets() ignores the metadata of a commit by another tool", () => {
  const seen = partition({ offset: 50, logStart: 20 });
  const commit = { ...seen.commit!, metadata: "" };
  assert.equal(judgeOffsets({ value: [{ ...seen, commit }] }, CONTEXT)[0].status, "ok");
});
