// The file that both programs read: record batches one after the other, as a broker sends them. The number of the partition
// stands before each (4 bytes, big endian).

import { Buffer } from "node:buffer";
import { repeatBatches } from "../../tests/machine/kafka/fill_topic.ts";
import { writeRecordBatch } from "../../tests/kafka/wire/record_batch_writer.ts";
import { type Corpus, textOf } from "../corpus.ts";
import type { Layout } from "../recount.ts";

const PARTITION_BYTES = 4;
/** The bytes of a batch before those that its length counts. */
const PREFIX_BYTES = 12;
const READ_BYTES = 256 * 1024;
/** A record so long after the last one closes all windows. */
const CLOSING_MS = 600_000;

export interface FiledBatch {
  readonly partition: number;
  /** The reader of the file leaves it alone afterwards. */
  readonly bytes: Uint8Array;
}

/** Writes the batches of all partitions by turns, in the order of their times. */
export function writeBatchFile(path: string, { corpus, layout }: { corpus: Corpus; layout: Layout }): void {
  const { batches, recordsPerBatch, variants, partitions, startMs, stepMs } = layout;
  const batchesOf = repeatBatches({
    batchesPerPartition: batches,
    recordsPerBatch,
    variants,
    value: (i) => textOf(corpus, i),
    startMs,
    stepMs,
  });
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const write = (partition: number, batch: Uint8Array, baseOffset: number) => {
    const bytes = Buffer.alloc(PARTITION_BYTES + batch.length);
    bytes.writeUInt32BE(partition);
    bytes.set(batch, PARTITION_BYTES);
    // The CRC does not cover it.
    bytes.writeBigInt64BE(BigInt(baseOffset), PARTITION_BYTES);
    writeAll(file, bytes);
  };
  const remaining = Array.from({ length: partitions }, (_, partition) => batchesOf(partition));
  for (let n = 0; n < batches; n++) {
    remaining.forEach((ofPartition, partition) => {
      write(partition, ofPartition.next().value!, n * recordsPerBatch);
    });
  }
  const timestampMs = startMs + Math.round(batches * stepMs) + CLOSING_MS;
  const closing = writeRecordBatch({ records: [{ timestampMs, value: Buffer.from("closing") }] });
  for (let partition = 0; partition < partitions; partition++) {
    write(partition, closing, batches * recordsPerBatch);
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/** Reads the batches one by one. */
export function* readBatchFile(path: string): Generator<FiledBatch> {
  using file = Deno.openSync(path);
  let buffer = Buffer.alloc(0);
  const fill = (wanted: number) => {
    while (buffer.length < wanted) {
      const more = Buffer.alloc(Math.max(READ_BYTES, wanted));
      more.set(buffer);
      const read = file.readSync(more.subarray(buffer.length));
      if (read === null) {
        if (buffer.length === 0) return false;
        throw new RangeError(`${path} ends within a batch`);
      }
      buffer = more.subarray(0, buffer.length + read);
    }
    return true;
  };
  while (fill(PARTITION_BYTES + PREFIX_BYTES)) {
    const end = PARTITION_BYTES + PREFIX_BYTES + buffer.readInt32BE(PARTITION_BYTES + PREFIX_BYTES - 4);
    fill(end);
    yield { partition: buffer.readUInt32BE(), bytes: buffer.subarray(PARTITION_BYTES, end) };
    buffer = buffer.subarray(end);
  }
}
