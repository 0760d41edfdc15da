// An unreadable batch stands in a partition's queue for bytes that cannot be decoded, and reports the records lost in
// them.

import type { Batch } from "../../records/partition_queue.ts";

/** A part of a partition that cannot be read. `records` is the estimate of the lost records. */
export interface UnreadablePart {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly nextOffset: number;
  readonly records: number;
  readonly message: string;
}

/** Stands in the queue in place of the part, and does not keep its bytes. */
export function unreadableBatch(part: UnreadablePart, arrivedMs: number): Batch {
  const { bytes: { length: sizeBytes }, offset, nextOffset, records: estimate, message } = part;
  return {
    sizeBytes,
    nextOffset,
    arrivedMs,
    decode(records, fromOffset) {
      records.count = 0;
      const lost = Math.max(1, Math.min(estimate, nextOffset - fromOffset));
      return { reason: "corrupt", records: lost, message: `batch at ${offset}: ${message}` };
    },
  };
}
