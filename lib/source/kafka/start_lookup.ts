// Looks up the facts for a start plan, and the offsets of the timestamps in it.

import type { Clock } from "../../async/clock.ts";
import { type KafkaClient, LOG_END, LOG_START } from "../../kafka/kafka_client.ts";
import { partitionKey, type TopicPartition } from "../../kafka/topic_partition.ts";
import type { OffsetCommit } from "../../kafka/group/group_offsets.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { parseCommitMetadata } from "./commit_metadata.ts";
import { planResume, type ResumedPartition, type ResumePlan } from "./resume_plan.ts";
import type { StartMode, WindowSettings } from "./start_plan.ts";

export interface StartLookup {
  readonly client: KafkaClient;
  readonly partitions: readonly TopicPartition[];
  /** The commits of these partitions, by partition key. */
  readonly commits: ReadonlyMap<string, OffsetCommit>;
  /** Whether the topic appeared after the group, or this process, started. */
  readonly isNewTopic: (topic: string) => boolean;
  readonly mode: StartMode;
  readonly window: WindowSettings;
  readonly loadSnapshot: () => Promise<Snapshot | undefined>;
  readonly clock: Clock;
  /** As in StartFacts. */
  readonly closedUntilMs: number;
  readonly firstEndMs: number | undefined;
}

/** The start of one partition as an offset. */
export interface FoundStart extends Omit<ResumedPartition, "start"> {
  readonly startOffset: number;
}

export interface FoundStarts extends Omit<ResumePlan, "partitions"> {
  readonly partitions: readonly FoundStart[];
  /** Undefined where the cluster has no id. */
  readonly clusterId: string | undefined;
}

/** @throws KafkaError, also where a partition has no leader now; BrokerConnectionError */
export async function lookUpStart(lookup: StartLookup): Promise<FoundStarts> {
  const { client, partitions, commits, window, clock } = lookup;
  // The ends come before any lookup by time, so that a record appended in between is not skipped by either.
  const [starts, ends] = await Promise.all(
    [LOG_START, LOG_END].map((timestampMs) =>
      client.listOffsets(partitions.map((one) => ({ ...one, timestampMs })))
    ),
  );
  const { clusterId } = client;
  const snapshot = await lookup.loadSnapshot();
  const plan = planResume({
    mode: lookup.mode,
    lengthMs: window.lengthMs,
    slideMs: window.slideMs,
    time: window.time,
    closedUntilMs: lookup.closedUntilMs,
    firstEndMs: lookup.firstEndMs,
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
        isNewTopic: lookup.isNewTopic(one.topic),
      };
    }),
  });
  const found = await client.listOffsets(
    plan.partitions.flatMap(({ topic, partition, start }) =>
      start.kind === "timestamp" ? [{ topic, partition, timestampMs: start.timestampMs }] : []
    ),
  );
  const starting = plan.partitions.map(({ start, ...one }): FoundStart => {
    if (start.kind === "offset") return { ...one, startOffset: start.offset };
    const offset = found.get(partitionKey(one)) ?? -1;
    return { ...one, startOffset: offset < 0 ? start.atMost : Math.min(offset, start.atMost) };
  });
  return { ...plan, partitions: starting, clusterId };
}
