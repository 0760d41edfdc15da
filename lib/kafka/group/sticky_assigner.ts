// Assigns the partitions of a consumer group to its members. The new owner of a partition has to replay a whole window,
// so a partition moves only for balance. Pure.

import { comparePartitions, compareText, partitionKey, type TopicPartition } from "../topic_partition.ts";

export interface GroupCandidate {
  readonly memberId: string;
  readonly topics: readonly string[];
  /** Its partitions in `generation`, which it may keep. */
  readonly owned: readonly TopicPartition[];
  /** -1 for none. */
  readonly generation: number;
}

/**
 * Assigns each partition to one member that subscribes to its topic, if there is one. Loads differ by no more than the
 * subscriptions make necessary: by at most one where all are the same. The order of the arguments does not matter.
 */
export function assignSticky(
  members: readonly GroupCandidate[],
  partitions: readonly TopicPartition[],
): ReadonlyMap<string, readonly TopicPartition[]> {
  const loads = [...members].sort((a, b) => compareText(a.memberId, b.memberId))
    .map((member) => ({ member, topics: new Set(member.topics), assigned: [] as TopicPartition[] }));
  const owners = new Map<string, typeof loads[number]>();
  for (const load of loads) {
    for (const key of load.member.owned.map(partitionKey)) {
      const rival = owners.get(key);
      // A member that was away long enough to lose its partitions still claims them.
      if (rival === undefined || rival.member.generation < load.member.generation) owners.set(key, load);
    }
  }
  const sorted = [...partitions].sort(comparePartitions);
  const unowned = sorted.filter((partition) => {
    const owner = owners.get(partitionKey(partition));
    if (owner === undefined || !owner.topics.has(partition.topic)) return true;
    owner.assigned.push(partition);
    return false;
  });
  for (const partition of unowned) {
    const subscribed = loads.filter(({ topics }) => topics.has(partition.topic));
    leastLoaded(subscribed)?.assigned.push(partition);
  }
  while (moveOne(loads));
  return new Map(loads.map(({ member, assigned }) => [member.memberId, assigned]));
}

interface Load {
  readonly topics: ReadonlySet<string>;
  readonly assigned: TopicPartition[];
}

/** Moves a partition to a member that has at least two fewer. Each move evens the loads out, so this comes to an end. */
function moveOne(loads: readonly Load[]): boolean {
  for (const from of [...loads].sort((a, b) => b.assigned.length - a.assigned.length)) {
    const tried = new Set<string>();
    for (let i = from.assigned.length - 1; i >= 0; i--) {
      const { topic } = from.assigned[i];
      // All partitions of a topic have the same candidates.
      if (tried.has(topic)) continue;
      tried.add(topic);
      const to = leastLoaded(loads.filter(({ topics }) => topics.has(topic)));
      if (to === undefined || to.assigned.length > from.assigned.length - 2) continue;
      to.assigned.push(...from.assigned.splice(i, 1));
      return true;
    }
  }
  return false;
}

function leastLoaded<T extends Load>(loads: readonly T[]): T | undefined {
  return loads.reduce<T | undefined>(
    (least, load) => least === undefined || load.assigned.length < least.assigned.length ? load : least,
    undefined,
  );
}
