import assert from "node:assert/strict";
import { ErrorCode, KafkaError } from "../../lib/kafka/connection/kafka_error.ts";
import { judgePaneLog, paneLogRetentionMs, whyUnusable } from "../../lib/merge/pane_log_topic.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { PaneLogCluster } from "./pane_log_cluster.ts";

const TOPIC = { name: PaneLogCluster.topic, minRetentionMs: 86_400_000 };
const SETTINGS = [["cleanup.policy", "delete"], ["retention.ms", "86400000"], [
  "max.message.bytes",
  "1048588",
]];
const CREATE = "kafka-topics.sh --bootstrap-server BROKER --create --topic g.panes --partitions 1 " +
  "--config cleanup.policy=delete --config retention.ms=86400000 --config max.message.bytes=1048588";
const ALTER = "kafka-configs.sh --bootstrap-server BROKER --alter --topic g.panes " +
  "--add-config cleanup.policy=delete,retention.ms=86400000,max.message.bytes=1048588";

function setUp() {
  const cluster = new PaneLogCluster(new ManualClock());
  return { cluster, judge: () => whyUnusable(cluster.connect(), TOPIC) };
}

Deno.test("whyUnusable() creates a missing pane log as reports need it, and accepts it afterwards", async () => {
  const { cluster, judge } = setUp();
  cluster.partitions = 0;
  await assert.rejects(judge(), (error) => error instanceof KafkaError, "its metadata takes a moment");
  const configs = SETTINGS.map(([name, value]) => ({ name, value }));
  assert.deepEqual(cluster.created, [{ partitions: 1, configs }]);
  assert.equal(await judge(), undefined);
  assert.equal(cluster.created.length, 1);
});

Deno.test("whyUnusable() says how to create a pane log that this user may not create", async () => {
  const { cluster, judge } = setUp();
  cluster.partitions = 0;
  cluster.createError = ErrorCode.topicAuthorizationFailed;
  const reason = await judge() ?? "";
  assert.match(reason, /"g\.panes" does not exist and cannot be created \(.*TOPIC_AUTHORIZATION_FAILED/);
  assert.ok(reason.endsWith(CREATE), reason);
});

Deno.test("whyUnusable() lets a member wait while another one creates the pane log", async () => {
  const { cluster, judge } = setUp();
  cluster.partitions = 0;
  cluster.createError = ErrorCode.topicAlreadyExists;
  await assert.rejects(judge(), (error) => error instanceof KafkaError);
});

Deno.test("whyUnusable() refuses a pane log with two partitions, with the remedy", async () => {
  const { cluster, judge } = setUp();
  cluster.partitions = 2;
  const reason = await judge() ?? "";
  assert.match(reason, /has 2 partitions: stop all members, delete the topic/);
  assert.ok(reason.endsWith(CREATE), reason);
});

const settings: readonly (readonly [name: string, value: string, complaint: string | undefined])[] = [
  ["cleanup.policy", "delete", undefined],
  ["cleanup.policy", "compact", "cleanup.policy is compact"],
  ["cleanup.policy", "compact,delete", "cleanup.policy is compact,delete"],
  ["retention.ms", "86400000", undefined],
  ["retention.ms", "86399999", "retention.ms is 86399999"],
  ["retention.ms", "0", "retention.ms is 0"],
  ["retention.ms", "-1", undefined],
  ["max.message.bytes", "1048576", undefined],
  ["max.message.bytes", "1048575", "max.message.bytes is 1048575"],
  ["retention.bytes", "1", undefined],
];

Deno.test("whyUnusable() names each setting that loses or refuses reports, and the command that mends it", async () => {
  const { cluster, judge } = setUp();
  for (const [name, value, complaint] of settings) {
    cluster.configs = new Map([[name, value]]);
    const wanted = complaint === undefined
      ? undefined
      : `the pane log "g.panes" may lose or refuse reports (${complaint}): set it with ${ALTER}`;
    assert.equal(await judge(), wanted, `${name}=${value}`);
  }
});

Deno.test("judgePaneLog() names all wrong settings at once", () => {
  const wrong = new Map([["cleanup.policy", "compact"], ["retention.ms", "60000"]]);
  assert.match(
    judgePaneLog(TOPIC, { partitions: 1, settings: wrong })?.fault ?? "",
    /\(cleanup\.policy is compact, retention\.ms is 60000\)/,
  );
});

Deno.test("paneLogRetentionMs() is a day, or four times what a window waits for", () => {
  assert.equal(paneLogRetentionMs({ lengthMs: 60_000, latenessMs: 5_000 }), 86_400_000);
  assert.equal(paneLogRetentionMs({ lengthMs: 86_400_000, latenessMs: 60_000 }), 4 * 86_460_000);
});
