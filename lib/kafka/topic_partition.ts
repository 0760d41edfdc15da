// A partition of a topic, and how a request or a map names it.

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition's name as a key. No topic's name has a slash. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** The shape in which most requests name partitions. */
export function groupByTopic<T extends TopicPartition, P>(
  partitions: readonly T[],
  toPartition: (one: T) => P,
): { readonly topic: string; readonly partitions: readonly P[] }[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(toPartition),
  }));
}
