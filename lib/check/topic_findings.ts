// What to think of the topics: whether they are there, can be read and written to, and are kept for long enough.

import { formatDuration } from "../text/duration.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import type { OutputFacts, Probed, RetentionFacts, TopicFacts, TopicsFacts } from "./kafka_facts.ts";

/** So many names say enough. */
const MAX_NAMES = 5;

export function judgeTopics(probed: Probed<TopicsFacts>, context: { readonly broker: string }): Finding[] {
  if (!("value" in probed)) {
    return [fail("topic", `the topics cannot be asked for: ${probed.reason}`, "look at the brokers' logs")];
  }
  const { found, missing } = probed.value;
  const findings: Finding[] = [];
  if (missing !== undefined) {
    findings.push(fail(
      "topic",
      missing,
      "correct source.kafka.topics, or make the topic: kafka-topics.sh " +
        `--bootstrap-server ${context.broker} --create --topic NAME --partitions N; without the right to ` +
        "describe it (ACL) a topic seems not to exist",
    ));
  }
  const broken = found.filter(({ leaderless }) => leaderless.length > 0);
  for (const facts of broken.slice(0, MAX_NAMES)) findings.push(leaderlessFinding("topic", facts));
  const well = found.filter(({ leaderless }) => leaderless.length === 0);
  if (well.length > 0) {
    findings.push(
      ok("topic", shorten(well.map(({ topic, partitions }) => `${topic} (${count(partitions)})`))),
    );
  }
  return findings;
}

/** Of the topics that are put out to. */
export function judgeOutputs(
  probed: Probed<readonly OutputFacts[]>,
  context: { readonly broker: string },
): Finding[] {
  if (!("value" in probed)) {
    return [
      fail(
        "output",
        `the topics to put out to cannot be asked for: ${probed.reason}`,
        "look at the brokers' logs",
      ),
    ];
  }
  return probed.value.map((facts) => {
    const { topic, problem, partitions, leaderless } = facts;
    if (problem !== undefined) {
      return fail(
        "output",
        `${problem}; counting goes on without it, windows and dead letters wait, and are dropped when too many do`,
        `correct output, or make the topic: kafka-topics.sh --bootstrap-server ${context.broker} --create ` +
          `--topic ${topic} --partitions N; without the right to describe it (ACL) a topic seems not to exist`,
      );
    }
    if (leaderless.length > 0) return leaderlessFinding("output", facts);
    return ok("output", `${topic} (${count(partitions)})`);
  });
}

/** `neededMs`: what the windows reach back to. */
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
      `records are kept for less than a window needs (${formatDuration(neededMs)}): ${shorten(names)}`,
      "raise the topic's retention.ms above window.length + window.lateness and the longest outage to be survived",
    )];
  }
  const least = Math.min(...facts.map(({ retentionMs }) => retentionMs));
  const kept = Number.isFinite(least) ? `for ${formatDuration(least)} at least` : "whatever their age";
  return [ok("retention", `records are kept ${kept}, a window needs ${formatDuration(neededMs)}`)];
}

function leaderlessFinding(check: string, { topic, partitions, leaderless }: TopicFacts): Finding {
  return fail(
    check,
    `${leaderless.length} of ${partitions} partitions of "${topic}" have no leader: ${shorten(leaderless)}`,
    "start the brokers that hold their replicas",
  );
}

function count(partitions: number): string {
  return partitions === 1 ? "1 partition" : `${partitions} partitions`;
}

function shorten(names: readonly (string | number)[]): string {
  const more = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
