// A partition's record set becomes one batch for the queue per record batch, of which only the header has been read.

import type { Batch } from "../../records/partition_queue.ts";
import { AbortedTransactions } from "./aborted_transactions.ts";
import { readBatchFrame } from "./batch_frame.ts";
import type { AbortedTransaction } from "./fetch_response.ts";
import { PendingBatch } from "./pending_batch.ts";
import { UnreadableBatch } from "./unreadable_batch.ts";

/** What a batch may take, on the wire and decompressed. A broker takes 1 MiB on the wire unless told otherwise. */
export const MAX_BATCH_BYTES = 128 * 1024 * 1024;

export interface SplitOptions {
  /** What was asked for: the record set begins with the batch that holds it, or the first one after it. */
  readonly fetchOffset: number;
  /** When the record set arrived, monotonic. */
  readonly arrivedMs: number;
  readonly checkCrcs: boolean;
  readonly readCommitted: boolean;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Of the same response; below 0 if unknown. */
  readonly highWatermark: number;
  /** Default: `MAX_BATCH_BYTES`. */
  readonly maxDecompressedBytes?: number;
}

export interface SplitRecordSet {
  /** In the order of their offsets. They keep the record set alive. */
  readonly batches: Batch[];
  /** Where the next fetch begins: `fetchOffset` if there are no batches, else above it. */
  readonly nextOffset: number;
  /** The record set ends in the middle of a batch. Without any whole one: ask again, for more bytes. */
  readonly incomplete: boolean;
}

/**
 * Splits a record set. What cannot be read becomes a batch that says so; markers of transactions and, if only
 * committed records are read, batches of aborted transactions become batches without records.
 */
export function splitRecordBatches(recordSet: Uint8Array, options: SplitOptions): SplitRecordSet {
  const { fetchOffset, arrivedMs, checkCrcs, readCommitted, highWatermark } = options;
  const maxDecompressedBytes = options.maxDecompressedBytes ?? MAX_BATCH_BYTES;
  const aborted = new AbortedTransactions(readCommitted ? options.abortedTransactions : []);
  const batches: Batch[] = [];
  let nextOffset = fetchOffset;
  let lowestOffset = 0;
  let at = 0;

  while (at < recordSet.length) {
    const frame = readBatchFrame(recordSet.subarray(at), {
      lowestOffset,
      expectedOffset: Math.max(lowestOffset, fetchOffset),
      highWatermark,
      maxBatchBytes: MAX_BATCH_BYTES,
      checkCrcs,
    });
    // After another batch it is perhaps only that one's length that is wrong: the next fetch will tell.
    const isCut = frame.kind === "partial" ||
      (frame.kind === "unreadable" && frame.isEndless && batches.length > 0);
    if (isCut) return { batches, nextOffset, incomplete: true };
    at += frame.bytes.length;
    lowestOffset = frame.nextOffset;
    const isAborted = frame.kind === "batch" && aborted.includes(frame.header);
    if (frame.nextOffset <= fetchOffset) continue;
    nextOffset = frame.nextOffset;
    batches.push(
      frame.kind === "unreadable" ? new UnreadableBatch(frame, arrivedMs) : new PendingBatch(frame.bytes, {
        header: frame.header,
        nextOffset,
        arrivedMs,
        checkCrc: checkCrcs && !frame.isVerified,
        isVisible: !isAborted && !frame.header.isControl,
        maxDecompressedBytes,
      }),
    );
  }
  if (at > 0 && batches.length === 0) {
    // Offsets are outside of what a CRC covers. Whatever it was, reading goes on behind the offset asked for.
    nextOffset = fetchOffset + 1;
    const message = `the batches for offset ${fetchOffset} end below it`;
    batches.push(
      new UnreadableBatch(
        { bytes: recordSet, offset: fetchOffset, nextOffset, records: 1, message },
        arrivedMs,
      ),
    );
  }
  return { batches, nextOffset, incomplete: false };
}
