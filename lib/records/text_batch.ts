// Makes a batch from plain texts that arrived together.

import type { Batch, BatchProblem } from "./partition_queue.ts";
import type { Records } from "./records.ts";

/** Texts one after the other in one buffer, which nobody alters once a batch is made of them. */
export interface Texts {
  readonly bytes: Uint8Array;
  /** -1 marks a text that was dropped; its offset has no record. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly count: number;
}

/** Time and place of the texts in the stream. */
export interface TextBatchOptions {
  readonly firstOffset: number;
  readonly timestampMs: number;
  /** Monotonic. */
  readonly arrivedMs: number;
}

/** Memory that a record takes in addition to its text. */
const RECORD_BYTES = 8;

/** Each text becomes the value of a record without a key. */
export function textBatch(texts: Texts, { firstOffset, timestampMs, arrivedMs }: TextBatchOptions): Batch {
  const { bytes, starts, ends, count } = texts;
  return {
    sizeBytes: bytes.length + count * RECORD_BYTES,
    nextOffset: firstOffset + count,
    arrivedMs,
    decode(records: Records, fromOffset: number): BatchProblem | undefined {
      records.reset(bytes);
      records.reserve(count);
      for (let i = Math.max(0, fromOffset - firstOffset); i < count; i++) {
        if (starts[i] >= 0) records.push(firstOffset + i, timestampMs, -1, -1, starts[i], ends[i]);
      }
      return undefined;
    },
  };
}
