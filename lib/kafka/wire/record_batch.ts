// Splits a partition's record set into batches for the queue. It reads only their headers.

import type { Batch } from "../../records/partition_queue.ts";
import { AbortedTransactions } from "./aborted_transactions.ts";
import { type BatchFrame, crcMatches, readBatchFrame } from "./batch_frame.ts";
import type { AbortedTransaction } from "./fetch_response.ts";
import { PendingBatch } from "./pending_batch.ts";
import { unreadableBatch } from "./unreadable_batch.ts";

/** The limit of an encoded batch. The broker's default is 1 MiB. Decompressed it may have any size. */
export const MAX_BATCH_BYTES = 128 * 1024 * 1024;

export interface SplitOptions {
  /** The offset of the fetch: the record set starts with its batch, or with the first one after it. */
  readonly fetchOffset: number;
  readonly arrivedMs: number;
  readonly checkCrcs: boolean;
  readonly readCommitted: boolean;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** From the same response; below 0 if unknown. */
  readonly highWatermark: number;
  /** A larger record need not be kept in memory. */
  readonly maxRecordBytes: number;
  /** See `PendingBatchOptions`. */
  readonly partBytes?: number;
}

export interface SplitRecordSet {
  /** In the order of their offsets. They keep the record set in memory. */
  readonly batches: Batch[];
  /** The offset of the next fetch: `fetchOffset` if there are no batches, else above it. */
  readonly nextOffset: number;
  /** The record set ends within a batch. Without a whole batch, the next fetch needs a higher limit. */
  readonly incomplete: boolean;
  /**
   * Why the answer seems wrong: it has no batch for the fetch offset, and `batches` has only one that passes over that
   * offset. Undefined where there is no such reason.
   */
  readonly doubt: RecordSetDoubt | undefined;
}

export interface RecordSetDoubt {
  readonly reason: string;
  /** It consists of sound batches of other offsets, so that the answer is wrong and not the log. */
  readonly isSound: boolean;
}

/** Transaction markers, and with `readCommitted` aborted transactions, become batches without records. */
export function splitRecordBatches(recordSet: Uint8Array, options: SplitOptions): SplitRecordSet {
  const { fetchOffset, arrivedMs, checkCrcs, readCommitted, highWatermark, maxRecordBytes, partBytes } =
    options;
  const aborted = new AbortedTransactions(readCommitted ? options.abortedTransactions : []);
  const batches: Batch[] = [];
  let nextOffset = fetchOffset;
  let lowestOffset = 0;
  let at = 0;
  let doubt: RecordSetDoubt | undefined;
  const below: BatchFrame[] = [];

  while (at < recordSet.length) {
    const frame = readBatchFrame(recordSet.subarray(at), {
      lowestOffset,
      expectedOffset: Math.max(lowestOffset, fetchOffset),
      highWatermark,
      maxBatchBytes: MAX_BATCH_BYTES,
      checkCrcs,
    });
    // After another batch, perhaps only the length of that one is wrong: the next fetch tells.
    const isCut = frame.kind === "partial" ||
      (frame.kind === "unreadable" && frame.isEndless && batches.length > 0);
    if (isCut) return { batches, nextOffset, incomplete: true, doubt };
    at += frame.bytes.length;
    lowestOffset = frame.nextOffset;
    const isAborted = frame.kind === "batch" && aborted.includes(frame.header);
    if (frame.nextOffset <= fetchOffset) {
      below.push(frame);
      continue;
    }
    nextOffset = frame.nextOffset;
    if (frame.kind === "unreadable" && frame.isEndless) doubt = { reason: frame.message, isSound: false };
    batches.push(
      frame.kind === "unreadable" ? unreadableBatch(frame, arrivedMs) : new PendingBatch(frame.bytes, {
        header: frame.header,
        nextOffset,
        arrivedMs,
        checkCrc: checkCrcs && !frame.isVerified,
        isVisible: !isAborted && !frame.header.isControl,
        maxRecordBytes,
        partBytes,
      }),
    );
  }
  if (at > 0 && batches.length === 0) {
    // No CRC covers an offset, so it may be wrong. Reading continues behind the offset of the fetch.
    nextOffset = fetchOffset + 1;
    const message = `the batches for offset ${fetchOffset} end below it`;
    doubt = { reason: message, isSound: below.every(isSound) };
    const part = { bytes: recordSet, offset: fetchOffset, nextOffset, records: 1, message };
    batches.push(unreadableBatch(part, arrivedMs));
  }
  return { batches, nextOffset, incomplete: false, doubt };
}

function isSound(frame: BatchFrame): boolean {
  return frame.kind === "batch" && crcMatches(frame.bytes, frame.header);
}
