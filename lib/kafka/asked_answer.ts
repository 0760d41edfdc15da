// Takes from an answer the part for each partition that was asked for. A partition that the answer leaves out is neither
// empty nor without a commit: the broker has said nothing about it.

import { ErrorCode, KafkaError } from "./connection/kafka_error.ts";
import { LOG_END, LOG_START } from "./kafka_client.ts";
import { partitionKey, type TopicPartition } from "./topic_partition.ts";

/** The form in which most answers name partitions. */
export type AnswerTopics<P> = readonly { readonly topic: string; readonly partitions: readonly P[] }[];

/** The answer to `api` cannot be right. Asking again may help. */
export class FalseAnswerError extends KafkaError {
  constructor(api: string, what: string) {
    super(ErrorCode.unknownServerError, `use the answer to ${api}`);
    this.message = `the answer to ${api} ${what}: check that a Kafka broker listens at the address`;
  }
}

/** In the order of `asked`; what was not asked for is left out. @throws FalseAnswerError where a partition is missing */
export function answersFor<P extends { readonly partition: number }>(
  api: string,
  asked: readonly TopicPartition[],
  topics: AnswerTopics<P>,
): readonly P[] {
  const byKey = new Map<string, P>();
  for (const { topic, partitions } of topics) {
    for (const one of partitions) {
      const key = partitionKey({ topic, partition: one.partition });
      if (!byKey.has(key)) byKey.set(key, one);
    }
  }
  return asked.map((one) => {
    const key = partitionKey(one);
    const found = byKey.get(key);
    if (found === undefined) throw new FalseAnswerError(api, `does not name ${key}`);
    return found;
  });
}

/** The offset of a lookup: -1 for no record at a time. @throws FalseAnswerError for one that no log has */
export function lookedUpOffset(
  asked: TopicPartition & { readonly timestampMs: number },
  text: string,
): number {
  const offset = Number(text);
  const lowest = asked.timestampMs === LOG_START || asked.timestampMs === LOG_END ? 0 : -1;
  if (Number.isSafeInteger(offset) && offset >= lowest) return offset;
  throw new FalseAnswerError("ListOffsets", `has the offset ${text} for ${partitionKey(asked)}`);
}
