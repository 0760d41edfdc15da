// Who of a consumer group reads which partitions. A partition that moves is read again by its new owner as far back as
// the window reaches, so partitions stay where they are unless the balance wants otherwise. Pure.

import { partitionKey, type TopicPartition } from "../topic_partition.ts";

/** A member as it presents itself when it joins. */
export interface GroupCandidate {
  readonly memberId: string;
  readonly topics: readonly string[];
  /** What it held in `generation`, and may go on with. */
  readonly owned: readonly TopicPartition[];
  /** -1 for none. */
  readonly generation: number;
}

/**
 * Gives every partition to exactly one member that wants its topic (to none where nobody does). Loads differ by no more
 * than topics and subscriptions make necessary: by at most one where all want the same. The answer depends on the
 * members and partitions alone, not on their order.
 */
export function assignSticky(
  members: readonly GroupCandidate[],
  partitions: readonly TopicPartition[],
): ReadonlyMap<string, readonly TopicPartition[]> {
  const loads = [...members].sort((a, b) => compareText(a.memberId, b.memberId))
    .map((member) => ({ member, topics: new Set(member.topics), held: [] as TopicPartition[] }));
  type Load = typeof loads[number];
  const owners = new Map<string, Load>();
  for (const load of loads) {
    for (const key of load.member.owned.map(partitionKey)) {
      const rival = owners.get(key);
      // Two claims: a member that was away long enough to lose its partitions still claims them.
      if (rival === undefined || rival.member.generation < load.member.generation) owners.set(key, load);
    }
  }
  const sorted = [...partitions].sort(comparePartitions);
  const unowned = sorted.filter((partition) => {
    const owner = owners.get(partitionKey(partition));
    if (owner === undefined || !owner.topics.has(partition.topic)) return true;
    owner.held.push(partition);
    return false;
  });
  for (const partition of unowned) {
    const wanting = loads.filter(({ topics }) => topics.has(partition.topic));
    leastLoaded(wanting)?.held.push(partition);
  }
  while (moveOne(loads));
  return new Map(loads.map(({ member, held }) => [member.memberId, held]));
}

interface Load {
  readonly topics: ReadonlySet<string>;
  readonly held: TopicPartition[];
}

/** Moves a partition to a member that has at least two fewer. Each move evens the loads out, so that there is an end. */
function moveOne(loads: readonly Load[]): boolean {
  for (const from of [...loads].sort((a, b) => b.held.length - a.held.length)) {
    for (let i = from.held.length - 1; i >= 0; i--) {
      const { topic } = from.held[i];
      const to = leastLoaded(loads.filter(({ topics }) => topics.has(topic)));
      if (to === undefined || to.held.length > from.held.length - 2) continue;
      to.held.push(...from.held.splice(i, 1));
      return true;
    }
  }
  return false;
}

function leastLoaded<T extends Load>(loads: readonly T[]): T | undefined {
  return loads.reduce<T | undefined>(
    (least, load) => least === undefined || load.held.length < least.held.length ? load : least,
    undefined,
  );
}

/** By topic, then by number. */
export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  return compareText(a.topic, b.topic) || a.partition - b.partition;
}

/** The same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
