// A partition of a topic, its key in maps, and its form in requests.

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A key for maps and messages. No topic name contains a slash. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** By topic, then by number. */
export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  return compareText(a.topic, b.topic) || a.partition - b.partition;
}

/** Independent of the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Each partition once, at its first place. */
export function distinctPartitions(partitions: readonly TopicPartition[]): readonly TopicPartition[] {
  return [...new Map(partitions.map((one) => [partitionKey(one), one])).values()];
}

/** The form in which most requests name partitions. */
export function groupByTopic<T extends TopicPartition, P>(
  partitions: readonly T[],
  toPartition: (one: T) => P,
): { readonly topic: string; readonly partitions: readonly P[] }[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(toPartition),
  }));
}

/** Whether both name the same partitions, each of them once. */
export function isSameSet(a: readonly TopicPartition[], b: readonly TopicPartition[]): boolean {
  const keys = new Set(a.map(partitionKey));
  return a.length === b.length && b.every((one) => keys.has(partitionKey(one)));
}
