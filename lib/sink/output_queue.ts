// What waits to be sent: bounded in records and in bytes, in the order in which it was put.

import type { Sending } from "../kafka/produce/producer.ts";
import { type ProducerRecord, recordSizeBytes } from "../kafka/wire/record_batch_encoder.ts";

/** Back-pressure begins here: one turn of the pipeline does not fill the rest. */
const HALF = 0.5;

export interface QueuedRecord extends Sending {
  readonly ticket: number;
  readonly sizeBytes: number;
}

export interface OutputQueueOptions {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Which one goes when there is no room for all. */
  readonly dropWhenFull: "oldest" | "newest";
}

export class OutputQueue {
  readonly #options: OutputQueueOptions;
  /** In the order of their tickets. */
  readonly #records = new Set<QueuedRecord>();
  #sizeBytes = 0;
  #lastTicket = 0;

  constructor(options: OutputQueueOptions) {
    this.#options = options;
  }

  /** How many there are, those under way included. */
  get count(): number {
    return this.#records.size;
  }

  /** Of the one that was put last; whatever was put after that has a higher one. */
  get lastTicket(): number {
    return this.#lastTicket;
  }

  /** The one that has waited longest. */
  get oldest(): QueuedRecord | undefined {
    for (const record of this.#records) return record;
    return undefined;
  }

  /** Little room is left. */
  get isHalfFull(): boolean {
    const { maxRecords, maxBytes } = this.#options;
    return this.#records.size >= maxRecords * HALF || this.#sizeBytes >= maxBytes * HALF;
  }

  /** Whether one of so many bytes would be dropped: then it need not be made. */
  wouldDrop(sizeBytes: number): boolean {
    return this.#options.dropWhenFull === "newest" && !this.#hasRoomFor(sizeBytes);
  }

  /** Puts a record; answers how many were dropped, it or others. */
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
    this.#records.add({ record, isUnderWay: false, ticket: ++this.#lastTicket, sizeBytes });
    this.#sizeBytes += sizeBytes;
    return dropped;
  }

  /** The oldest of those that are not under way, so many at most. */
  *waiting(most: number): Generator<QueuedRecord> {
    let left = most;
    for (const record of this.#records) {
      if (record.isUnderWay) continue;
      if (left-- <= 0) return;
      yield record;
    }
  }

  /** They have been dealt with. */
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
