// Millions of records in seconds: a few batches are written once and sent again and again, each time with another
// timestamp in their header.

import { Buffer } from "node:buffer";
import type { Codec } from "../../kafka/compression/compression_writer.ts";
import { produceBatches } from "./producer.ts";
import { fixCrc, writeRecordBatch } from "../../kafka/wire/record_batch_writer.ts";

const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const DEFAULT_VARIANTS = 8;

export interface RepeatedBatches {
  readonly batchesPerPartition: number;
  readonly recordsPerBatch: number;
  /** How many batches there are to repeat; default 8. */
  readonly variants?: number;
  /** By how many variants a partition begins after the one before; default: it goes on where that one ends. */
  readonly shift?: number;
  /** The values of the batches that are repeated; `i` runs over all of them. */
  readonly value: (i: number) => string;
  /** Event time of the first batch. */
  readonly startMs: number;
  /** Event time between one batch and the next. */
  readonly stepMs: number;
  /** Whether a batch's records are spread over the time up to the next one; else all have the same. */
  readonly isSpread?: boolean;
  readonly codec?: Codec;
}

export interface FillOptions extends RepeatedBatches {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
}

/** Fills every partition, all with the same event times. */
export async function fillTopic(options: FillOptions): Promise<void> {
  const { bootstrap, topic, partitions } = options;
  const batchesOf = repeatBatches(options);
  for (let partition = 0; partition < partitions; partition++) {
    await produceBatches(batchesOf(partition), { bootstrap, topic, partition });
  }
}

/** Makes the batches of each partition, all with the same event times. A batch is valid until the next of any partition. */
export function repeatBatches(options: RepeatedBatches): (partition: number) => Generator<Uint8Array> {
  const { variants = DEFAULT_VARIANTS } = options;
  const batches = Array.from({ length: variants }, (_, variant) => writeVariant(variant, options));
  return (partition) => datedBatches(batches, partition, options);
}

function writeVariant(variant: number, options: RepeatedBatches): Uint8Array {
  const { recordsPerBatch, value, codec } = options;
  const records = Array.from({ length: recordsPerBatch }, (_, i) => ({
    timestampMs: lateByMs(i, options),
    value: Buffer.from(value(variant * recordsPerBatch + i)),
  }));
  return writeRecordBatch({ records, codec });
}

/** How much later than its batch a record is. */
function lateByMs(index: number, { recordsPerBatch, stepMs, isSpread = false }: RepeatedBatches): number {
  return isSpread ? Math.floor(index * stepMs / recordsPerBatch) : 0;
}

function* datedBatches(
  variants: readonly Uint8Array[],
  partition: number,
  options: RepeatedBatches,
): Generator<Uint8Array> {
  const { batchesPerPartition, shift = batchesPerPartition, startMs, stepMs } = options;
  for (let i = 0; i < batchesPerPartition; i++) {
    const batch = variants[(partition * shift + i) % variants.length];
    const view = new DataView(batch.buffer, batch.byteOffset);
    const baseMs = Math.floor(startMs + i * stepMs);
    view.setBigInt64(BASE_TIMESTAMP_AT, BigInt(baseMs));
    view.setBigInt64(MAX_TIMESTAMP_AT, BigInt(baseMs + lateByMs(options.recordsPerBatch - 1, options)));
    yield fixCrc(batch);
  }
}
