// A batch of a source whose records are plain texts that arrived together.

import type { Batch, BatchProblem } from "./partition_queue.ts";
import type { Records } from "./records.ts";

/** Texts in one buffer, one after the other; whoever makes a batch of them leaves them alone. */
export interface Texts {
  readonly bytes: Uint8Array;
  /** -1 stands for a text that is not held; its offset stays empty. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly count: number;
}

/** When they came, and where in the stream they stand. */
export interface TextBatchOptions {
  readonly firstOffset: number;
  readonly timestampMs: number;
  /** Monotonic. */
  readonly arrivedMs: number;
}

/** What a record takes in memory beside its text. */
const RECORD_BYTES = 8;

/** Each text is the value of a record without a key. */
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
