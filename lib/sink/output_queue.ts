// The records that wait to be sent to a topic, in the order in which they were put. Records and bytes are bounded.

import type { Sending } from "../kafka/produce/producer.ts";
import { type ProducerRecord, recordSizeBytes } from "../kafka/wire/record_batch_encoder.ts";

/** The share at which the pipeline is blocked: one turn does not fill the rest. */
const HALF = 0.5;

export interface QueuedRecord extends Sending {
  readonly ticket: number;
  readonly sizeBytes: number;
}

export interface OutputQueueOptions {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** The record that is dropped when there is no room. */
  readonly dropWhenFull: "oldest" | "newest";
}

export class OutputQueue {
  readonly #options: OutputQueueOptions;
  /** In ascending order of their tickets. */
  readonly #records = new Set<QueuedRecord>();
  #sizeBytes = 0;
  #lastTicket = 0;

  constructor(options: OutputQueueOptions) {
    this.#options = options;
  }

  /** The number of records, including those being sent. */
  get count(): number {
    return this.#records.size;
  }

  /** The ticket of the last record put. Later records have higher tickets. */
  get lastTicket(): number {
    return this.#lastTicket;
  }

  /** The record that has waited longest. */
  get oldest(): QueuedRecord | undefined {
    for (const record of this.#records) return record;
    return undefined;
  }

  get isHalfFull(): boolean {
    const { maxRecords, maxBytes } = this.#options;
    return this.#records.size >= maxRecords * HALF || this.#sizeBytes >= maxBytes * HALF;
  }

  /** Whether a record of this size would be dropped. */
  wouldDrop(sizeBytes: number): boolean {
    return this.#options.dropWhenFull === "newest" && !this.#hasRoomFor(sizeBytes);
  }

  /** Puts a record and returns how many records were dropped for it, or 1 where it was dropped itself. */
  put(record: ProducerRecord): number {
    const sizeBytes = recordSizeBytes(record);
    if (sizeBytes > this.#options.maxBytes || this.wouldDrop(sizeBytes)) return 1;
    let dropped = 0;
    while (!this.#hasRoomFor(sizeBytes)) {
      const oldest = this.#oldestNotUnderWay();
      if (oldest === undefined) return dropped + 1;
      this.remove([oldest]);
      dropped++;
    }
    this.#records.add({ record, isInFlight: false, ticket: ++this.#lastTicket, sizeBytes });
    this.#sizeBytes += sizeBytes;
    return dropped;
  }

  /** The oldest records that are not being sent, `most` at most. */
  *waiting(most: number): Generator<QueuedRecord> {
    let left = most;
    for (const record of this.#records) {
      if (record.isInFlight) continue;
      if (left-- <= 0) return;
      yield record;
    }
  }

  /** Removes records that are delivered or refused. */
  remove(records: Iterable<QueuedRecord>): void {
    for (const record of records) if (this.#records.delete(record)) this.#sizeBytes -= record.sizeBytes;
  }

  #hasRoomFor(sizeBytes: number): boolean {
    const { maxRecords, maxBytes } = this.#options;
    return this.#records.size < maxRecords && this.#sizeBytes + sizeBytes <= maxBytes;
  }

  #oldestNotUnderWay(): QueuedRecord | undefined {
    for (const record of this.waiting(1)) return record;
    return undefined;
  }
}
