import assert from "node:assert/strict";
import type { Finding } from "../../lib/check/finding.ts";
import { judgeOutputs, judgeReports, judgeRetention, judgeTopics } from "../../lib/check/topic_findings.ts";

const BROKER = { broker: "b:9092" };
const lines = (findings: readonly Finding[]) => findings.map(({ status, message }) => `${status} ${message}`);

Deno.test("judgeTopics() names missing topics, topics without a leader, and healthy ones", () => {
  const found = [
    { topic: "well", partitions: 3, leaderless: [] },
    { topic: "single", partitions: 1, leaderless: [] },
    { topic: "headless", partitions: 9, leaderless: [0, 1, 2, 3, 4, 5, 6] },
  ];
  const findings = judgeTopics({ value: { found, missing: 'topic "gone" does not exist' } }, BROKER);
  assert.deepEqual(lines(findings), [
    'FAIL topic "gone" does not exist',
    'FAIL 7 of 9 partitions of "headless" have no leader: 0, 1, 2, 3, 4 and 2 more',
    "ok well (3 partitions), single (1 partition)",
  ]);
  assert.match(findings[0].remedy ?? "", /kafka-topics\.sh --bootstrap-server b:9092 --create/);
});

Deno.test("judgeTopics() reports why the topics are not known", () => {
  const [finding] = judgeTopics({ reason: "no connection" }, BROKER);
  assert.deepEqual([finding.status, finding.message], [
    "FAIL",
    "the topics are not known: no connection",
  ]);
});

Deno.test("judgeOutputs() names the topics that cannot be written to, and the reason", () => {
  const facts = [
    { topic: "well", problem: undefined, partitions: 2, leaderless: [] },
    {
      topic: "gone",
      problem: 'cannot write to topic "gone": it is not there',
      partitions: 0,
      leaderless: [],
    },
    { topic: "headless", problem: undefined, partitions: 2, leaderless: [1] },
  ];
  const findings = judgeOutputs({ value: facts }, BROKER);
  assert.deepEqual(lines(findings), [
    "ok well (2 partitions)",
    'FAIL cannot write to topic "gone": it is not there; counting goes on, but windows and dead letters wait, and are dropped when too many wait',
    'FAIL 1 of 2 partitions of "headless" have no leader: 1',
  ]);
  assert.match(findings[1].remedy ?? "", /b:9092 --create --topic gone/);
  assert.deepEqual(lines(judgeOutputs({ reason: "no connection" }, BROKER)), [
    "FAIL the topics to write to are not known: no connection",
  ]);
});

Deno.test("judgeRetention() warns of topics that keep records for less time than a window needs", () => {
  const week = { topic: "week", retentionMs: 604_800_000 };
  const short = { topic: "short", retentionMs: 60_000 };
  const forever = { topic: "forever", retentionMs: Infinity };
  const neededMs = 62_000;
  const rows: [Parameters<typeof judgeRetention>[0], string[]][] = [
    [[], []],
    [[week, forever], ["ok topics keep records for at least 7d, and a window needs 62s"]],
    [[forever], ["ok topics keep records whatever their age, and a window needs 62s"]],
    [[week, short], ['warn topics keep records for less time than a window needs (62s): "short" for 60s']],
    [[{ topic: "exact", retentionMs: neededMs }], [
      "ok topics keep records for at least 62s, and a window needs 62s",
    ]],
  ];
  for (const [facts, expected] of rows) {
    assert.deepEqual(lines(judgeRetention(facts, { neededMs })), expected);
  }
});

Deno.test("judgeReports() names what is wrong with the pane log, and the command", () => {
  const topic = { name: "g.panes", minRetentionMs: 86_400_000, broker: "b:9092" };
  const found = { partitions: 1, leaderless: [], settings: new Map<string, string>() };
  const create =
    /kafka-topics\.sh --bootstrap-server b:9092 --create --topic g\.panes --partitions 1 --config cleanup/;
  const alter =
    /^set it with kafka-configs\.sh --bootstrap-server b:9092 --alter --topic g\.panes --add-config cleanup/;
  const changed = (name: string, value: string) => ({
    value: { ...found, settings: new Map([[name, value]]) },
  });
  const lost = (complaint: string) =>
    `FAIL the pane log "g.panes" may lose or refuse reports (${complaint}); no member is ready`;
  const rows: [Parameters<typeof judgeReports>[0], expected: string[], remedy: RegExp][] = [
    [undefined, [], /^$/],
    [{ value: found }, ["ok the members report to g.panes (1 partition)"], /^$/],
    [{ value: { ...found, partitions: 0 } }, ['warn the pane log "g.panes" does not exist'], create],
    [
      { value: { ...found, partitions: 2 } },
      ['FAIL the pane log "g.panes" has 2 partitions; no member is ready'],
      create,
    ],
    [changed("cleanup.policy", "compact"), [lost("cleanup.policy is compact")], alter],
    [changed("retention.ms", "60000"), [lost("retention.ms is 60000")], alter],
    [changed("max.message.bytes", "1000"), [lost("max.message.bytes is 1000")], alter],
    [
      { value: { ...found, leaderless: [0] } },
      ['FAIL 1 of 1 partitions of "g.panes" have no leader: 0'],
      /start the brokers/,
    ],
    [{ reason: "no connection" }, ["FAIL the pane log is not known: no connection"], /logs/],
  ];
  for (const [probed, expected, remedy] of rows) {
    const findings = judgeReports(probed, topic);
    assert.deepEqual(lines(findings), expected);
    assert.match(findings[0]?.remedy ?? "", remedy);
  }
});
