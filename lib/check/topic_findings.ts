// What to think of the topics: whether they are there, can be read, and are kept for long enough.

import { formatDuration } from "../config/duration.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import type { Look, RetentionSight, TopicsSight } from "./kafka_sight.ts";

/** So many names say enough. */
const MAX_NAMES = 5;

export function judgeTopics(look: Look<TopicsSight>, context: { readonly broker: string }): Finding[] {
  if (!("value" in look)) {
    return [fail("topic", `the topics cannot be asked for: ${look.reason}`, "look at the brokers' logs")];
  }
  const { found, missing } = look.value;
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
  for (const { topic, partitions, leaderless } of broken.slice(0, MAX_NAMES)) {
    findings.push(fail(
      "topic",
      `${leaderless.length} of ${partitions} partitions of "${topic}" have no leader: ${shorten(leaderless)}`,
      "start the brokers that hold their replicas",
    ));
  }
  const well = found.filter(({ leaderless }) => leaderless.length === 0);
  if (well.length > 0) {
    findings.push(
      ok("topic", shorten(well.map(({ topic, partitions }) => `${topic} (${count(partitions)})`))),
    );
  }
  return findings;
}

/** `neededMs`: what the windows reach back to. */
export function judgeRetention(
  sights: readonly RetentionSight[],
  { neededMs }: { readonly neededMs: number },
): Finding[] {
  if (sights.length === 0) return [];
  const short = sights.filter(({ retentionMs }) => retentionMs < neededMs);
  if (short.length > 0) {
    const names = short.map(({ topic, retentionMs }) => `"${topic}" for ${formatDuration(retentionMs)}`);
    return [warn(
      "retention",
      `records are kept for less than a window needs (${formatDuration(neededMs)}): ${shorten(names)}`,
      "raise the topic's retention.ms above window.length + window.lateness and the longest outage to be survived",
    )];
  }
  const least = Math.min(...sights.map(({ retentionMs }) => retentionMs));
  const kept = Number.isFinite(least) ? `for ${formatDuration(least)} at least` : "whatever their age";
  return [ok("retention", `records are kept ${kept}, a window needs ${formatDuration(neededMs)}`)];
}

function count(partitions: number): string {
  return partitions === 1 ? "1 partition" : `${partitions} partitions`;
}

function shorten(names: readonly (string | number)[]): string {
  const more = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
