// What an answer to a batch means for it. Pure.

import { ErrorCode } from "../connection/kafka_error.ts";

/**
 * `taken`: it is in the log, once. `refused`: no sending again puts it there. `resequence`: the broker has lost count of
 * what we sent, it has to be counted anew. `retry`: all else may pass; leaders move, replicas come back, topics are made
 * and rights are granted.
 */
export type ProduceVerdict = "taken" | "refused" | "resequence" | "retry";

const VERDICTS: ReadonlyMap<number, ProduceVerdict> = new Map([
  [ErrorCode.none, "taken"],
  // An earlier sending of it was taken, and so long ago that the broker no longer knows where.
  [ErrorCode.duplicateSequenceNumber, "taken"],
  [ErrorCode.messageTooLarge, "refused"],
  [ErrorCode.recordListTooLarge, "refused"],
  [ErrorCode.invalidTimestamp, "refused"],
  [ErrorCode.unsupportedForMessageFormat, "refused"],
  [ErrorCode.invalidRecord, "refused"],
  [ErrorCode.outOfOrderSequenceNumber, "resequence"],
  [ErrorCode.invalidProducerEpoch, "resequence"],
  [ErrorCode.invalidProducerIdMapping, "resequence"],
  [ErrorCode.unknownProducerId, "resequence"],
]);

export function produceVerdict(errorCode: number): ProduceVerdict {
  return VERDICTS.get(errorCode) ?? "retry";
}
