// Finds reports that no member can have made, such as one of a window that ends in the future. Other programs may write to
// the pane log, and an impossible report would stop the counting of the whole group.

import { MAX_EPOCH } from "../kafka/group/group_protocol.ts";
import { partitionKey, type TopicPartition } from "../kafka/topic_partition.ts";
import { MAX_AHEAD_MS, MAX_CLOCK_DIFFERENCE_MS } from "../source/kafka/state_checks.ts";
import type { ReportHead } from "./report.ts";
import type { ReportPart } from "./report_decoder.ts";

/** The facts beside the part. */
export interface ReportBasis {
  /** Wall-clock time. */
  readonly nowMs: number;
  readonly lengthMs: number;
  readonly slideMs: number;
}

/** Why no member can have made the part; undefined if one can. O(partitions + panes). */
export function whyImpossiblePart(
  { id: { epoch }, head, sections }: Pick<ReportPart, "id" | "head"> & {
    readonly sections: readonly { readonly startMs: number }[];
  },
  basis: ReportBasis,
): string | undefined {
  const { slideMs } = basis;
  const latestMs = basis.nowMs + MAX_AHEAD_MS + MAX_CLOCK_DIFFERENCE_MS;
  if (epoch > MAX_EPOCH) return `its epoch is ${epoch}, which no group reaches`;
  const pane = sections.find(({ startMs }) => startMs > latestMs || startMs % slideMs !== 0);
  if (pane !== undefined) return `it counts a pane that begins at ${formatTime(pane.startMs)}`;
  return head && whyImpossibleHead(head, { ...basis, latestMs });
}

function whyImpossibleHead(
  { boundMs, cutMs, firstEndMs, servedUntilMs, list, partitions }: ReportHead,
  { latestMs, lengthMs, slideMs }: ReportBasis & { readonly latestMs: number },
): string | undefined {
  const times = [["bound", boundMs], ["cut", cutMs], [
    "newest window of the output topic",
    servedUntilMs,
  ]] as const;
  for (const [what, timeMs] of [...times, ["first window", firstEndMs - lengthMs]] as const) {
    if (timeMs > latestMs) return `its ${what} is ${formatTime(timeMs)}, in the future`;
    if (Number.isFinite(timeMs) && timeMs % slideMs !== 0) {
      return `its ${what} is at ${timeMs} ms, which is no multiple of the slide`;
    }
  }
  const unlisted = firstUnlisted(partitions, list);
  return unlisted && `it is of ${partitionKey(unlisted)}, which is not in the list of its assignment`;
}

/** The first of the partitions that is not listed. Both lists are in the decoder's order. */
function firstUnlisted(
  partitions: readonly TopicPartition[],
  list: readonly TopicPartition[],
): TopicPartition | undefined {
  let at = 0;
  for (const one of partitions) {
    while (at < list.length && !isSame(list[at], one)) at++;
    if (at === list.length) return one;
  }
  return undefined;
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.partition === b.partition && a.topic === b.topic;
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
