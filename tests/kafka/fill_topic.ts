// Millions of records in seconds: a few batches are written once and sent again and again, each time with another
// timestamp in their header.

import { Buffer } from "node:buffer";
import { produceBatches } from "./producer.ts";
import { fixCrc, writeRecordBatch } from "./record_batch_writer.ts";

const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const DEFAULT_VARIANTS = 8;

export interface FillOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  readonly batchesPerPartition: number;
  readonly recordsPerBatch: number;
  /** How many batches there are to repeat; default 8. */
  readonly variants?: number;
  /** The values of the batches that are repeated; `i` runs over all of them. */
  readonly value: (i: number) => string;
  /** Event time of the first batch; all records of a batch have the same. */
  readonly startMs: number;
  /** Event time between one batch and the next. */
  readonly stepMs: number;
}

/** Fills every partition, all with the same event times. */
export async function fillTopic(options: FillOptions): Promise<void> {
  const { bootstrap, topic, partitions, variants = DEFAULT_VARIANTS } = options;
  const batches = Array.from({ length: variants }, (_, variant) => writeVariant(variant, options));
  for (let partition = 0; partition < partitions; partition++) {
    await produceBatches(datedBatches(batches, options), { bootstrap, topic, partition });
  }
}

function writeVariant(variant: number, { recordsPerBatch, value }: FillOptions): Uint8Array {
  const records = Array.from({ length: recordsPerBatch }, (_, i) => ({
    timestampMs: 0,
    value: Buffer.from(value(variant * recordsPerBatch + i)),
  }));
  return writeRecordBatch({ records });
}

/** Each is valid until the next is asked for. */
function* datedBatches(variants: readonly Uint8Array[], options: FillOptions): Generator<Uint8Array> {
  const { batchesPerPartition, startMs, stepMs } = options;
  for (let i = 0; i < batchesPerPartition; i++) {
    const batch = variants[i % variants.length];
    const view = new DataView(batch.buffer, batch.byteOffset);
    view.setBigInt64(BASE_TIMESTAMP_AT, BigInt(startMs + i * stepMs));
    view.setBigInt64(MAX_TIMESTAMP_AT, BigInt(startMs + i * stepMs));
    yield fixCrc(batch);
  }
}
