// A topic in memory in which the records of all partitions have the same event times. Its encoded batches are decoded and
// counted as in the daemon; nothing is fetched.

import { Buffer } from "node:buffer";
import { systemClock } from "../lib/async/clock.ts";
import { splitRecordBatches } from "../lib/kafka/wire/record_batch.ts";
import type { Batch, PartitionQueue } from "../lib/records/partition_queue.ts";
import { FakeSource } from "../tests/fakes/fake_source.ts";
import { OPTIONS } from "../tests/kafka/wire/read_batches.ts";
import { fixCrc, writeRecordBatch } from "../tests/kafka/wire/record_batch_writer.ts";
import type { Corpus } from "./corpus.ts";
import { SLIDE_MS } from "./recount.ts";
import { processorNs } from "./processor_time.ts";

/** All records are older than the clock by at least this much. */
const AGE_MS = 60_000;
/** As the fetches fill the queues. */
const MAX_QUEUED_BYTES = 64 << 20;
const MAX_PARTITION_BYTES = 512 << 10;

const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;

export interface EvenTopicShape {
  readonly partitions: number;
  /** In all partitions together: a multiple of the records of one batch in each. */
  readonly records: number;
  /** In one slide, in all partitions together. */
  readonly recordsPerSlide: number;
  readonly recordsPerBatch: number;
  /** The batches repeat so many different ones. */
  readonly variants: number;
}

/** Takes the records of a source. */
export interface Counting {
  turn(): void;
}

export interface CountedOptions {
  readonly start: (source: FakeSource) => Counting;
  /** The part of the records that is counted before the measurement; 0 by default. */
  readonly untimedPart?: number;
  /** The number of the assignment, in a group whose members merge their counts. */
  readonly epoch?: number;
}

export class EvenTopic {
  readonly #shape: EvenTopicShape;
  readonly #batchesPerPartition: number;
  /** Event time from a batch to the next one of its partition. */
  readonly #stepMs: number;
  readonly #variants: readonly Uint8Array[];

  constructor(corpus: Corpus, shape: EvenTopicShape) {
    const { partitions, records, recordsPerSlide, recordsPerBatch, variants } = shape;
    this.#shape = shape;
    this.#batchesPerPartition = records / partitions / recordsPerBatch;
    this.#stepMs = recordsPerBatch * partitions / recordsPerSlide * SLIDE_MS;
    this.#variants = Array.from({ length: variants }, (_, variant) => this.#writeVariant(corpus, variant));
  }

  /** Counts all its records anew; returns the processor time of one. */
  nsPerRecord({ start, untimedPart = 0, epoch }: CountedOptions): number {
    const { partitions, records, recordsPerBatch } = this.#shape;
    const source = new FakeSource();
    const counting = start(source);
    const queues = source.assign(Array.from({ length: partitions }, () => ({})), { epoch });
    const oldestMs = systemClock.nowMs() - this.#batchesPerPartition * this.#stepMs - AGE_MS;
    // Panes begin at the same records in each run.
    const startMs = Math.floor(oldestMs / SLIDE_MS) * SLIDE_MS;
    const untimed = Math.round(this.#batchesPerPartition * untimedPart);
    const batches = queues.map((queue, partition) => {
      queue.highWatermark = this.#batchesPerPartition * recordsPerBatch;
      return Array.from({ length: this.#batchesPerPartition }, (_, n) => this.#batch(partition, n, startMs));
    });
    const early = batches.map((ofPartition) => ofPartition.slice(0, untimed).reverse());
    const timed = batches.map((ofPartition) => ofPartition.slice(untimed).reverse());
    while (fill(queues, early)) counting.turn();
    const beganNs = processorNs();
    while (fill(queues, timed)) counting.turn();
    return (processorNs() - beganNs) / (records * (1 - untimed / this.#batchesPerPartition));
  }

  #writeVariant({ bytes, starts, ends }: Corpus, variant: number): Uint8Array {
    const { recordsPerBatch } = this.#shape;
    const records = Array.from({ length: recordsPerBatch }, (_, i) => {
      const at = variant * recordsPerBatch + i;
      return { timestampMs: this.#laterMs(i), value: Buffer.from(bytes.subarray(starts[at], ends[at])) };
    });
    return writeRecordBatch({ records });
  }

  #batch(partition: number, n: number, startMs: number): Batch {
    const { recordsPerBatch, variants } = this.#shape;
    const bytes = this.#variants[(partition * this.#batchesPerPartition + n) % variants].slice();
    const view = new DataView(bytes.buffer);
    const baseMs = Math.floor(startMs + n * this.#stepMs);
    view.setBigInt64(0, BigInt(n * recordsPerBatch));
    view.setBigInt64(BASE_TIMESTAMP_AT, BigInt(baseMs));
    view.setBigInt64(MAX_TIMESTAMP_AT, BigInt(baseMs + this.#laterMs(recordsPerBatch - 1)));
    fixCrc(bytes);
    return splitRecordBatches(bytes, { ...OPTIONS, fetchOffset: n * recordsPerBatch }).batches[0];
  }

  /** How much later than its batch a record is. */
  #laterMs(index: number): number {
    return Math.floor(index * this.#stepMs / this.#shape.recordsPerBatch);
  }
}

/** Pushes the next batches; false when all records are taken. */
function fill(queues: readonly PartitionQueue[], waiting: readonly Batch[][]): boolean {
  const mostBytes = Math.min(MAX_PARTITION_BYTES, MAX_QUEUED_BYTES / queues.length);
  let hasMore = false;
  queues.forEach((queue, partition) => {
    while (queue.queuedBytes < mostBytes) {
      const batch = waiting[partition].pop();
      if (batch === undefined) break;
      queue.push(batch);
    }
    hasMore ||= queue.hasMore;
  });
  return hasMore;
}
