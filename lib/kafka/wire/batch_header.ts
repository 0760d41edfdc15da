// The header of a record batch (https://kafka.apache.org/documentation/#recordbatch), magic 2.

import { readBigInt64, readInt32, readInt64 } from "../integers.ts";

export const HEADER_BYTES = 61;
const CRC_AT = 17;

/** Unchecked. */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly crc: number;
  readonly codec: number;
  /** All records have the broker's time. */
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  /** It holds transaction markers, no records. */
  readonly isControl: boolean;
  readonly lastOffset: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  /** -1 for a batch that is not part of a transaction. */
  readonly producerId: bigint;
  readonly recordCount: number;
}

/** Reads the first `HEADER_BYTES` of `bytes`. */
export function readBatchHeader(bytes: Uint8Array): BatchHeader {
  const baseOffset = readInt64(bytes, 0);
  const attributes = bytes[22];
  const isTransactional = (attributes & 0x10) !== 0;
  return {
    baseOffset,
    crc: readInt32(bytes, CRC_AT) >>> 0,
    codec: attributes & 0x07,
    isLogAppendTime: (attributes & 0x08) !== 0,
    isTransactional,
    isControl: (attributes & 0x20) !== 0,
    lastOffset: baseOffset + readInt32(bytes, 23),
    baseTimestampMs: readInt64(bytes, 27),
    maxTimestampMs: readInt64(bytes, 35),
    producerId: isTransactional ? readBigInt64(bytes, 43) : -1n,
    recordCount: readInt32(bytes, 57),
  };
}
