// Checks the length and the number of each answer before it is kept or decoded. kafkajs's connection trusts both: it would
// wait for gigabytes, ignore answers to nothing without end, and throw in the socket's callback for a length that is too
// small for an answer, which ends the process.

import type { ApiName, KafkajsConnection } from "./kafkajs.ts";
import { UnreadableAnswerError } from "./kafka_error.ts";
import { MAX_BATCH_BYTES } from "../wire/record_batch.ts";

/** The limit of answers before a login: any process may listen at the address. */
export const MAX_FIRST_ANSWER_BYTES = 100 * 1024;
/** The limit of all answers that are not named below. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** An answer has the subscriptions of all members. By default a broker takes 100 MiB from each. */
const MAX_JOIN_ANSWER_BYTES = 128 * 1024 * 1024;
const MAX_METADATA_ANSWER_BYTES = 32 * 1024 * 1024;
/** A broker sends the first batch whole, however few bytes the request allows. */
const MAX_FETCH_ANSWER_BYTES = 2 * MAX_BATCH_BYTES;

const LIMITS: ReadonlyMap<string, number> = new Map<ApiName, number>([
  ["ApiVersions", MAX_FIRST_ANSWER_BYTES],
  ["SaslHandshake", MAX_FIRST_ANSWER_BYTES],
  ["SaslAuthenticate", MAX_FIRST_ANSWER_BYTES],
  ["Metadata", MAX_METADATA_ANSWER_BYTES],
  ["JoinGroup", MAX_JOIN_ANSWER_BYTES],
  ["Fetch", MAX_FETCH_ANSWER_BYTES],
]);

/** Calls `onGarbage`, which must close the connection, for bytes that cannot be an answer. */
export function guardFrames(
  connection: KafkajsConnection,
  address: string,
  onGarbage: (error: UnreadableAnswerError) => void,
): void {
  const { requestQueue } = connection;
  const processData = connection.processData.bind(connection);
  const fulfillRequest = requestQueue.fulfillRequest.bind(requestQueue);
  requestQueue.fulfillRequest = (answer) => {
    // A broker answers the requests of a connection in order. Another order may give one request the answer to another.
    const [oldest] = requestQueue.inflight.keys();
    if (answer.correlationId !== oldest) {
      throw new Error("it answers another request than the oldest one");
    }
    fulfillRequest(answer);
  };
  connection.processData = (data) => {
    const names = [...requestQueue.inflight.values()].map(({ entry }) => entry.apiName);
    try {
      processData(data);
    } catch (cause) {
      const reason = "its answer is not that of a Kafka broker";
      return onGarbage(new UnreadableAnswerError(address, reason, { cause }));
    }
    const { bytesNeeded } = connection;
    // The requests of a connection are answered in order, but the length comes before the number.
    const limit = Math.max(
      MAX_FIRST_ANSWER_BYTES,
      ...names.map((name) => LIMITS.get(name) ?? MAX_ANSWER_BYTES),
    );
    if (bytesNeeded <= limit) return;
    const reason = `it announces an answer of ${bytesNeeded} bytes, which no Kafka broker sends`;
    onGarbage(new UnreadableAnswerError(address, reason));
  };
}
