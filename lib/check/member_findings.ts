// Judges the daemon as a member of a group that merges its counts: whether each partition has a report, and which member
// delays the windows of the group.

import { formatLocalTime } from "../text/local_time.ts";
import { type DaemonFacts, jsonOf, metricOf } from "./daemon_facts.ts";
import { type Finding, formatAge, ok, warn } from "./finding.ts";

/** Returns nothing for a daemon that shows its own windows, or has nothing to report yet. */
export function judgeMember({ metrics, status, progress }: DaemonFacts, slideMs: number): Finding[] {
  const unheard = metricOf(metrics, "rtcount_merge_unheard_partitions");
  if (unheard === undefined) return [];
  if (unheard > 0) {
    return [warn(
      "member",
      `no member has reported ${unheard} partitions since the last rebalance, so no window of the group closes`,
      "check again in a minute; if it stays so, run rtcount check on the machine of each member, and restart the one " +
        "that reads these partitions",
    )];
  }
  const seconds = metricOf(metrics, "rtcount_merge_reported_timestamp_seconds");
  const slowestMs = jsonOf(status).at("watermark").number;
  if (seconds === undefined || slowestMs === undefined) return [];
  const reportedMs = seconds * 1000;
  const isSlowest = reportedMs <= slowestMs;
  const reported = `it has reported up to ${formatLocalTime(reportedMs)}`;
  const ahead = isSlowest
    ? "no member is further behind"
    : `${formatAge(reportedMs - slowestMs)} ahead of the slowest member`;
  if (progress === undefined || !standsStill(progress, slideMs)) {
    return [ok("member", `${reported}, ${ahead}`)];
  }
  return [
    isSlowest
      ? warn(
        "member",
        `no window of the group closes, and this member delays it: ${reported}, and ${ahead}`,
        "see the lines above for Kafka; if none explains it, restart this member: the others take over its partitions",
      )
      : warn(
        "member",
        `no window of the group closes, and another member delays it: ${reported}, ${ahead}`,
        "run rtcount check on the machine of the member whose rtcount_merge_reported_timestamp_seconds is smallest",
      ),
  ];
}

/** Between the two samples a window should have closed, and none has. */
function standsStill({ first, last }: NonNullable<DaemonFacts["progress"]>, slideMs: number): boolean {
  return last.windowEndMs === first.windowEndMs && last.atMs - first.atMs > slideMs;
}
