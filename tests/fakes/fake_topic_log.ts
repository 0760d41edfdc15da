// The log of a topic as a broker keeps it: it accepts each sequence number of a producer once.

import { readBatchHeader } from "../../lib/kafka/wire/batch_header.ts";
import { ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import { splitRecordBatches } from "../../lib/kafka/wire/record_batch.ts";
import { Records } from "../../lib/records/records.ts";
import type { SentBatch } from "./fake_produce_client.ts";

export class FakeLog {
  /** The keys of the records by partition, in their order. */
  readonly keys = new Map<number, string[]>();
  readonly #next = new Map<string, number>();

  /** Appends a new batch; returns an error code. */
  append({ partition, producerId, baseSequence, records, bytes }: SentBatch): number {
    const sequence = `${partition} ${producerId}`;
    const next = this.#next.get(sequence) ?? 0;
    if (baseSequence + records === next) return ErrorCode.none;
    if (baseSequence !== next) return ErrorCode.outOfOrderSequenceNumber;
    this.#next.set(sequence, baseSequence + records);
    this.keys.set(partition, [...this.keys.get(partition) ?? [], ...keysOf(bytes)]);
    return ErrorCode.none;
  }
}

export function keysOf(bytes: Uint8Array): string[] {
  const { batches: [batch] } = splitRecordBatches(bytes, {
    fetchOffset: readBatchHeader(bytes).baseOffset,
    arrivedMs: 0,
    checkCrcs: true,
    maxRecordBytes: 2 ** 20,
    readCommitted: false,
    abortedTransactions: [],
    highWatermark: -1,
  });
  const records = new Records();
  batch.decode(records, 0);
  const text = new TextDecoder();
  return Array.from(
    { length: records.count },
    (_, i) => text.decode(records.bytes.subarray(records.keyStarts[i], records.keyEnds[i])),
  );
}
