// Looks up what a start plan is made of, and what it leaves open.

import type { Clock } from "../../async/clock.ts";
import { type KafkaClient, LOG_END, LOG_START } from "../../kafka/kafka_client.ts";
import { partitionKey, type TopicPartition } from "../../kafka/topic_partition.ts";
import type { OffsetCommit } from "../../kafka/group/group_offsets.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { parseCommitMetadata } from "./commit_metadata.ts";
import { planResume, type ResumedPartition, type ResumePlan } from "./resume_plan.ts";
import type { StartMode } from "./start_plan.ts";

export interface StartLookup {
  readonly client: KafkaClient;
  readonly partitions: readonly TopicPartition[];
  /** The commits of these partitions, by partition key. */
  readonly commits: ReadonlyMap<string, OffsetCommit>;
  /** Topics that appeared after the group, or this process, began. */
  readonly isNewcomer: (topic: string) => boolean;
  readonly mode: StartMode;
  readonly lengthMs: number;
  readonly slideMs: number;
  readonly time: "event" | "processing";
  /** The last one taken, if it is any good by itself. */
  readonly loadSnapshot: () => Promise<Snapshot | undefined>;
  readonly clock: Clock;
  /** Of this life, as `planStart` wants it. */
  readonly closedUntilMs: number;
  readonly firstEndMs: number | undefined;
}

/** Where one partition begins, in offsets. */
export interface FoundStart extends Omit<ResumedPartition, "begin"> {
  readonly startOffset: number;
}

export interface FoundStarts extends Omit<ResumePlan, "partitions"> {
  readonly partitions: readonly FoundStart[];
  /** Undefined where it has no id. */
  readonly clusterId: string | undefined;
}

/** @throws KafkaError, also where a partition has no leader now; BrokerConnectionError */
export async function lookUpStart(lookup: StartLookup): Promise<FoundStarts> {
  const { client, partitions, commits, clock } = lookup;
  // The ends come before any look-up by time: what is appended in between is then found by neither too late.
  const [starts, ends] = await Promise.all(
    [LOG_START, LOG_END].map((timestampMs) =>
      client.listOffsets(partitions.map((one) => ({ ...one, timestampMs })))
    ),
  );
  const { clusterId } = client;
  const snapshot = await lookup.loadSnapshot();
  const plan = planResume({
    ...lookup,
    clusterId,
    snapshot,
    nowMs: clock.nowMs(),
    partitions: partitions.map((one) => {
      const key = partitionKey(one);
      const commit = commits.get(key);
      return {
        ...one,
        logStart: starts.get(key) ?? 0,
        logEnd: ends.get(key) ?? 0,
        commit: commit && { offset: commit.offset, metadata: parseCommitMetadata(commit.metadata) },
        isNewcomer: lookup.isNewcomer(one.topic),
      };
    }),
  });
  const found = await client.listOffsets(
    plan.partitions.flatMap(({ begin, ...one }) =>
      begin.kind === "timestamp" ? [{ ...one, timestampMs: begin.timestampMs }] : []
    ),
  );
  const starting = plan.partitions.map(({ begin, ...one }): FoundStart => {
    if (begin.kind === "offset") return { ...one, startOffset: begin.offset };
    const offset = found.get(partitionKey(one)) ?? -1;
    return { ...one, startOffset: offset < 0 ? begin.atMost : Math.min(offset, begin.atMost) };
  });
  return { ...plan, partitions: starting, clusterId };
}
