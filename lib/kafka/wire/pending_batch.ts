// An encoded record batch in a queue. It is decoded when the pipeline reaches it: a decoded batch takes many times the
// memory, and decoding is part of the work that the governor measures.

import type { Batch, BatchProblem } from "../../records/partition_queue.ts";
import type { Records } from "../../records/records.ts";
import { crcMatches } from "./batch_frame.ts";
import { type BatchHeader, HEADER_BYTES } from "./batch_header.ts";
import { decompress } from "../compression/compression.ts";
import { OutputLimitError } from "../compression/output_limit_error.ts";
import { decodeRecords } from "./record_decoder.ts";

/** The arrays of `Records` take 32 bytes per record. */
export const MAX_RECORDS_PER_BATCH = 4 * 1024 * 1024;

const NOTHING = new Uint8Array(0);

export interface PendingBatchOptions {
  readonly header: BatchHeader;
  readonly nextOffset: number;
  readonly arrivedMs: number;
  readonly checkCrc: boolean;
  /** False for markers and aborted transactions, whose records do not count. */
  readonly isVisible: boolean;
  readonly maxDecompressedBytes: number;
}

export class PendingBatch implements Batch {
  readonly sizeBytes: number;
  readonly nextOffset: number;
  readonly arrivedMs: number;
  readonly #bytes: Uint8Array;
  readonly #options: PendingBatchOptions;

  /** `bytes` is the batch from its base offset to its end. */
  constructor(bytes: Uint8Array, options: PendingBatchOptions) {
    this.sizeBytes = bytes.length;
    this.nextOffset = options.nextOffset;
    this.arrivedMs = options.arrivedMs;
    this.#bytes = bytes;
    this.#options = options;
  }

  decode(records: Records, fromOffset: number): BatchProblem | undefined {
    const { header, checkCrc, isVisible, maxDecompressedBytes } = this.#options;
    const { recordCount, baseOffset, lastOffset } = header;
    const problem = (reason: BatchProblem["reason"], message: string): BatchProblem => {
      return { reason, records: this.#lost(fromOffset), message: `batch at ${baseOffset}: ${message}` };
    };
    records.reset(NOTHING);
    if (checkCrc && !crcMatches(this.#bytes, header)) return problem("corrupt", "its CRC does not match");
    if (!isVisible) return undefined;
    if (recordCount < 0 || recordCount > lastOffset - baseOffset + 1) {
      return problem("corrupt", `it claims ${recordCount} records`);
    }
    if (recordCount > MAX_RECORDS_PER_BATCH) {
      return problem("too_large", `${recordCount} records are more than ${MAX_RECORDS_PER_BATCH}`);
    }
    let body = this.#bytes.subarray(HEADER_BYTES);
    if (header.codec !== 0 && recordCount > 0) {
      try {
        body = decompress(header.codec, body, maxDecompressedBytes);
      } catch (error) {
        if (error instanceof OutputLimitError) return problem("too_large", error.message);
        if (error instanceof RangeError) return problem("corrupt", error.message);
        throw error;
      }
    }
    const damage = decodeRecords(body, records, {
      baseOffset,
      lastOffset,
      recordCount,
      baseTimestampMs: header.baseTimestampMs,
      appendTimestampMs: header.isLogAppendTime ? header.maxTimestampMs : undefined,
      fromOffset,
    });
    return damage === undefined ? undefined : problem("corrupt", damage);
  }

  /** At most the number of offsets: the header itself may be damaged. */
  #lost(fromOffset: number): number {
    const { header: { baseOffset, recordCount }, nextOffset } = this.#options;
    return Math.max(1, Math.min(recordCount, nextOffset - Math.max(fromOffset, baseOffset)));
  }
}
