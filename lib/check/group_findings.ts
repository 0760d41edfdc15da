// What to think of the consumer group and of the offsets that it has committed.

import { partitionKey } from "../kafka/topic_partition.ts";
import type { OffsetCommit } from "../kafka/group/group_offsets.ts";
import { GROUP_PROTOCOL } from "../kafka/group/group_protocol.ts";
import { parseCommitMetadata } from "../source/kafka/commit_metadata.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import type { GroupFacts, OffsetFacts, Probed } from "./kafka_facts.ts";

type Committed = OffsetFacts & { readonly commit: OffsetCommit };

const NOT_JOINED = "see the daemon's line below: it has not joined, or does not run";

export function judgeGroup(probed: Probed<GroupFacts>, group: string): Finding {
  if (!("value" in probed)) {
    return fail(
      "group",
      probed.reason,
      "look at the brokers' logs; with ACLs the user needs READ on the group and DESCRIBE on its topics",
    );
  }
  const { state, protocolType, protocol, members } = probed.value;
  if (members.length === 0) {
    return warn("group", `the group "${group}" has no member (${state}): nobody reads for it`, NOT_JOINED);
  }
  // While it is being joined it has not agreed on a protocol.
  const isForeign = protocolType !== "consumer" || (protocol !== "" && protocol !== GROUP_PROTOCOL);
  if (isForeign) {
    return fail(
      "group",
      `the group "${group}" belongs to another program (protocol ${protocol || protocolType})`,
      "give rtcount a group of its own: source.kafka.group",
    );
  }
  const who = members.length === 1 ? "1 member" : `${members.length} members`;
  const hosts = [...new Set(members.map(({ host }) => host))].slice(0, 5).join(", ");
  if (state === "Stable") return ok("group", `"${group}" is stable, ${who} at ${hosts}`);
  return warn(
    "group",
    `"${group}" is giving out its partitions anew (${state}), ${who} at ${hosts}`,
    "check again in half a minute; if it stays so, a member comes and goes: look at the daemons' logs",
  );
}

/** `start`: of the configuration. `neededFrom` is where the next window begins to read, where a commit says so. */
export function judgeOffsets(
  probed: Probed<readonly OffsetFacts[]>,
  { start, window }: {
    readonly start: string;
    readonly window: { readonly lengthMs: number; readonly slideMs: number };
  },
): Finding[] {
  if (!("value" in probed)) {
    return [fail("offsets", probed.reason, "look at the brokers' lines above, and at their logs")];
  }
  const all = probed.value;
  if (all.length === 0) return [];
  const committed = all.filter(isCommitted);
  if (committed.length === 0) {
    return [
      warn(
        "offsets",
        `nothing is committed yet; reading begins at source.kafka.start (${start})`,
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
    "start the daemon, or give it a higher rate.max; raise the topic's retention.ms. Reading goes on where " +
      "the log begins, and rtcount_skipped_offsets_total counts what is lost",
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
    } is committed at ${commit.offset}, its log ends at ${logEnd}: the topic was made ` +
      "anew, or has lost records",
    "nothing, if it was made anew: reading begins at its beginning; else look at the brokers' logs",
  )];
}

/** Whether a restart would still find what the next window needs. */
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
    "raise the topic's retention.ms above window.length + window.lateness and the longest outage to be survived",
  )];
}

function isCommitted(facts: OffsetFacts): facts is Committed {
  return facts.commit !== undefined;
}
