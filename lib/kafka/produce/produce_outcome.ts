// Decides what an error code means for a batch. Pure.

import { ErrorCode } from "../connection/kafka_error.ts";

/**
 * `accepted`: the batch is in the log, once. `rejected`: no retry helps. `resequence`: the broker has lost the sequence
 * numbers, so the batch needs new ones. `retry`: any other error may pass.
 */
export type ProduceOutcome = "accepted" | "rejected" | "resequence" | "retry";

const OUTCOMES: ReadonlyMap<number, ProduceOutcome> = new Map([
  [ErrorCode.none, "accepted"],
  // The broker accepted an earlier attempt, so long ago that it no longer knows the offset.
  [ErrorCode.duplicateSequenceNumber, "accepted"],
  [ErrorCode.messageTooLarge, "rejected"],
  [ErrorCode.recordListTooLarge, "rejected"],
  [ErrorCode.invalidTimestamp, "rejected"],
  [ErrorCode.unsupportedForMessageFormat, "rejected"],
  [ErrorCode.invalidRecord, "rejected"],
  [ErrorCode.outOfOrderSequenceNumber, "resequence"],
  [ErrorCode.invalidProducerEpoch, "resequence"],
  [ErrorCode.invalidProducerIdMapping, "resequence"],
  [ErrorCode.unknownProducerId, "resequence"],
]);

export function produceOutcome(errorCode: number): ProduceOutcome {
  return OUTCOMES.get(errorCode) ?? "retry";
}
