// Checks the length in front of each answer. kafkajs's connection trusts it: it would wait for gigabytes, and for a length
// too small for an answer it throws in the socket's callback, which ends the process.

import type { KafkajsConnection } from "./kafkajs.ts";
import { UnreadableAnswerError } from "./kafka_error.ts";
import { MAX_BATCH_BYTES } from "../wire/record_batch.ts";

/** A broker sends the first batch whole, however few bytes the request allows. */
const MAX_ANSWER_BYTES = 2 * MAX_BATCH_BYTES;

/** Calls `onGarbage`, which must close the connection, for bytes that cannot be an answer. */
export function guardFrames(
  connection: KafkajsConnection,
  address: string,
  onGarbage: (error: UnreadableAnswerError) => void,
): void {
  const processData = connection.processData.bind(connection);
  connection.processData = (data) => {
    try {
      processData(data);
    } catch (cause) {
      const reason = "its answer is not that of a Kafka broker";
      return onGarbage(new UnreadableAnswerError(address, reason, { cause }));
    }
    const { bytesNeeded } = connection;
    if (bytesNeeded <= MAX_ANSWER_BYTES) return;
    const reason = `it announces an answer of ${bytesNeeded} bytes, which no Kafka broker sends`;
    onGarbage(new UnreadableAnswerError(address, reason));
  };
}
