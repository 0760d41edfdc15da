// Judges the topics: they exist, can be read and written to, and keep their records for long enough.

import { type FoundPaneLog, judgePaneLog, type PaneLogTopic } from "../merge/pane_log_topic.ts";
import { formatDuration } from "../text/duration.ts";
import { fail, type Finding, listNames, MAX_NAMES, ok, RAISE_RETENTION, warn } from "./finding.ts";
import type { OutputFacts, Probed, RetentionFacts, TopicFacts, TopicsFacts } from "./kafka_facts.ts";

const SEE_LOGS = "see the brokers' logs";

export function judgeTopics(probed: Probed<TopicsFacts>, context: { readonly broker: string }): Finding[] {
  if (!("value" in probed)) {
    return [fail("topic", `the topics are not known: ${probed.reason}`, SEE_LOGS)];
  }
  const { found, missing } = probed.value;
  const findings: Finding[] = [];
  if (missing !== undefined) {
    findings.push(fail(
      "topic",
      missing,
      `correct source.kafka.topics, or ${createTopic(context.broker, "NAME")}`,
    ));
  }
  const broken = found.filter(({ leaderless }) => leaderless.length > 0);
  for (const facts of broken.slice(0, MAX_NAMES)) findings.push(leaderlessFinding("topic", facts));
  const healthy = found.filter(({ leaderless }) => leaderless.length === 0);
  if (healthy.length > 0) {
    findings.push(
      ok("topic", listNames(healthy.map(({ topic, partitions }) => `${topic} (${count(partitions)})`))),
    );
  }
  return findings;
}

/** Judges the topics that the daemon writes to. */
export function judgeOutputs(
  probed: Probed<readonly OutputFacts[]>,
  context: { readonly broker: string },
): Finding[] {
  if (!("value" in probed)) {
    return [
      fail(
        "output",
        `the topics to write to are not known: ${probed.reason}`,
        SEE_LOGS,
      ),
    ];
  }
  return probed.value.map((facts) => {
    const { topic, problem, partitions, leaderless } = facts;
    if (problem !== undefined) {
      return fail(
        "output",
        `${problem}; counting goes on, but windows and dead letters wait, and are dropped when too many wait`,
        `correct output, or ${createTopic(context.broker, topic)}`,
      );
    }
    if (leaderless.length > 0) return leaderlessFinding("output", facts);
    return ok("output", `${topic} (${count(partitions)})`);
  });
}

/** @param needed.neededMs the age of the oldest record that a window may need */
export function judgeRetention(
  facts: readonly RetentionFacts[],
  { neededMs }: { readonly neededMs: number },
): Finding[] {
  if (facts.length === 0) return [];
  const short = facts.filter(({ retentionMs }) => retentionMs < neededMs);
  if (short.length > 0) {
    const names = short.map(({ topic, retentionMs }) => `"${topic}" for ${formatDuration(retentionMs)}`);
    return [warn(
      "retention",
      `topics keep records for less time than a window needs (${formatDuration(neededMs)}): ${
        listNames(names)
      }`,
      RAISE_RETENTION,
    )];
  }
  const least = Math.min(...facts.map(({ retentionMs }) => retentionMs));
  const kept = Number.isFinite(least) ? `for at least ${formatDuration(least)}` : "whatever their age";
  return [ok("retention", `topics keep records ${kept}, and a window needs ${formatDuration(neededMs)}`)];
}

/** Judges the topic in which the members of a group report their counts. */
export function judgeReports(probed: Probed<FoundPaneLog> | undefined, topic: PaneLogTopic): Finding[] {
  if (probed === undefined) return [];
  if (!("value" in probed)) return [fail("merge", `the pane log is not known: ${probed.reason}`, SEE_LOGS)];
  const { value: found } = probed;
  const unusable = judgePaneLog(topic, found);
  if (unusable === undefined) {
    return found.leaderless.length > 0
      ? [leaderlessFinding("merge", { topic: topic.name, ...found })]
      : [ok("merge", `the members report to ${topic.name} (${count(found.partitions)})`)];
  }
  const { fault, remedy } = unusable;
  // A member creates it when it starts, where its user has the right.
  if (found.partitions === 0) return [warn("merge", fault, `start the daemon, or ${remedy}`)];
  return [fail("merge", `${fault}; no member is ready`, remedy)];
}

function leaderlessFinding(check: string, { topic, partitions, leaderless }: TopicFacts): Finding {
  return fail(
    check,
    `${leaderless.length} of ${partitions} partitions of "${topic}" have no leader: ${listNames(leaderless)}`,
    "start the brokers that have their replicas",
  );
}

function count(partitions: number): string {
  return partitions === 1 ? "1 partition" : `${partitions} partitions`;
}

function createTopic(broker: string, topic: string): string {
  return `create the topic: kafka-topics.sh --bootstrap-server ${broker} --create --topic ${topic} --partitions N; ` +
    "a user without the right to describe a topic (ACL) cannot tell whether it exists";
}
