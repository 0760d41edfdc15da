// Judges the consumer group and the offsets that it has committed.

import { partitionKey } from "../kafka/topic_partition.ts";
import type { OffsetCommit } from "../kafka/group/group_offsets.ts";
import { GROUP_PROTOCOL } from "../kafka/group/group_protocol.ts";
import { parseCommitMetadata } from "../source/kafka/commit_metadata.ts";
import { COUNTING_KEYS } from "../source/kafka/group_log.ts";
import { MERGE_PROTOCOL_PREFIX } from "../settings/merge_settings.ts";
import { fail, type Finding, MAX_NAMES, ok, RAISE_RETENTION, warn } from "./finding.ts";
import { type GroupFacts, NEW_GROUP_PROTOCOL, type OffsetFacts, type Probed } from "./kafka_facts.ts";

type Committed = OffsetFacts & { readonly commit: OffsetCommit };

const NOT_JOINED = "see the daemon's line below: it does not run, or has not joined";

/** @param expected the group and the protocol name that a member with this configuration offers */
export function judgeGroup(
  probed: Probed<GroupFacts>,
  { group, protocol: expected }: { readonly group: string; readonly protocol: string },
): Finding {
  if (!("value" in probed)) {
    return fail(
      "group",
      probed.reason,
      "see the brokers' logs; with ACLs the user needs READ on the group and DESCRIBE on its topics",
    );
  }
  const { state, protocolType, protocol, members } = probed.value;
  if (members.length === 0 && protocolType !== NEW_GROUP_PROTOCOL) {
    return warn("group", `the group "${group}" has no member (${state}): no daemon reads for it`, NOT_JOINED);
  }
  // A group that is being joined has not agreed on a protocol yet.
  const isExpected = protocolType === "consumer" && (protocol === "" || protocol === expected);
  const isOfRtcount = protocol === GROUP_PROTOCOL || protocol.startsWith(MERGE_PROTOCOL_PREFIX);
  if (!isExpected && protocolType === "consumer" && isOfRtcount) {
    return fail(
      "group",
      `the members of the group "${group}" count differently (protocol ${protocol}, with this configuration ${expected}): ` +
        `Kafka refuses a member with this configuration; the group has ${hostsOf(members)}`,
      `give all members one version and one configuration (${COUNTING_KEYS}); to change these, stop all members, then ` +
        "start them again",
    );
  }
  if (!isExpected) {
    return fail(
      "group",
      `the group "${group}" belongs to another program (protocol ${protocol || protocolType})`,
      "set source.kafka.group to a group that only rtcount uses",
    );
  }
  const who = hostsOf(members);
  if (state === "Stable") return ok("group", `"${group}" is stable, ${who}`);
  return warn(
    "group",
    `"${group}" is rebalancing (${state}), ${who}`,
    "check again in half a minute; if it still rebalances, a member joins and leaves repeatedly: see the daemons' logs",
  );
}

/** @param start `source.kafka.start` */
export function judgeOffsets(
  probed: Probed<readonly OffsetFacts[]>,
  { start, window }: {
    readonly start: string;
    readonly window: { readonly lengthMs: number; readonly slideMs: number };
  },
): Finding[] {
  if (!("value" in probed)) {
    return [fail("offsets", probed.reason, "see the brokers' lines above, and their logs")];
  }
  const all = probed.value;
  if (all.length === 0) return [];
  const committed = all.filter(isCommitted);
  if (committed.length === 0) {
    return [
      warn(
        "offsets",
        `nothing is committed yet: the daemon will start at source.kafka.start (${start})`,
        "start the daemon",
      ),
    ];
  }
  const findings = [...judgeLost(committed), ...judgeBeyond(committed), ...judgeReplay(committed, window)];
  if (findings.length > 0) return findings;
  const behind = committed.reduce((sum, { logEnd, commit }) => sum + Math.max(0, logEnd - commit.offset), 0);
  return [
    ok("offsets", `${committed.length} of ${all.length} partitions committed, ${behind} records behind`),
  ];
}

function hostsOf(members: GroupFacts["members"]): string {
  const who = members.length === 1 ? "1 member" : `${members.length} members`;
  const hosts = [...new Set(members.map(({ host }) => host))].slice(0, MAX_NAMES).join(", ");
  return `${who} at ${hosts}`;
}

function judgeLost(committed: readonly Committed[]): Finding[] {
  const lost = committed.filter(({ commit, logStart }) => commit.offset < logStart);
  if (lost.length === 0) return [];
  const records = lost.reduce((sum, { commit, logStart }) => sum + logStart - commit.offset, 0);
  const [{ commit, logStart }] = lost;
  return [fail(
    "offsets",
    `${records} records were deleted by retention before they were read: ${
      partitionKey(lost[0])
    } is committed ` +
      `at ${commit.offset}, its log begins at ${logStart}`,
    "start the daemon, or raise rate.max; raise the topic's retention.ms. The daemon goes on where the log begins, " +
      "and rtcount_skipped_offsets_total counts the lost records",
  )];
}

function judgeBeyond(committed: readonly Committed[]): Finding[] {
  const beyond = committed.filter(({ commit, logEnd }) => commit.offset > logEnd);
  if (beyond.length === 0) return [];
  const [{ commit, logEnd }] = beyond;
  return [warn(
    "offsets",
    `${
      partitionKey(beyond[0])
    } is committed at ${commit.offset}, but its log ends at ${logEnd}: the topic was ` +
      "deleted and created again, or has lost records",
    "if it was created again: nothing, the daemon starts at its beginning; otherwise see the brokers' logs",
  )];
}

/** Finds partitions in which a restart would no longer find the records of the next window. */
function judgeReplay(
  committed: readonly Committed[],
  { lengthMs, slideMs }: { readonly lengthMs: number; readonly slideMs: number },
): Finding[] {
  const short = committed.filter(({ commit, logStart }) => {
    const metadata = parseCommitMetadata(commit.metadata);
    return metadata !== undefined && metadata.lengthMs === lengthMs && metadata.slideMs === slideMs &&
      metadata.replayFrom < logStart;
  });
  if (short.length === 0) return [];
  return [warn(
    "offsets",
    `${
      partitionKey(short[0])
    }: the beginning of the current window has been deleted by retention; a restart ` +
      "could not count it again",
    RAISE_RETENTION,
  )];
}

function isCommitted(facts: OffsetFacts): facts is Committed {
  return facts.commit !== undefined;
}
