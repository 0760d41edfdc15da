// What a broker sends is a length and an answer, again and again. kafkajs's connection believes the length: it waits for
// gigabytes, and throws where it is too small for an answer, in the socket's own callback, where that ends the
// process.

import type { KafkajsConnection } from "./kafkajs.ts";
import { UnreadableAnswerError } from "./kafka_error.ts";
import { MAX_BATCH_BYTES } from "../wire/record_batch.ts";

/** A broker answers with the first batch whole, however little was asked for. */
const MAX_ANSWER_BYTES = 2 * MAX_BATCH_BYTES;

/** Has what cannot be the length of an answer told to `onGarbage`, which has to end the connection. */
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
      onGarbage(
        new UnreadableAnswerError(address, "what it sends is no answer of a Kafka broker", { cause }),
      );
      return;
    }
    const { bytesNeeded } = connection;
    if (bytesNeeded <= MAX_ANSWER_BYTES) return;
    const reason = `it begins an answer of ${bytesNeeded} bytes, as no Kafka broker does`;
    onGarbage(new UnreadableAnswerError(address, reason));
  };
}
