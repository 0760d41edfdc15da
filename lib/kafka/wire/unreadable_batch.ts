import type { Batch, BatchProblem } from "../../records/partition_queue.ts";
import type { Records } from "../../records/records.ts";

/** A stretch of a partition that could not be read; it stands in the queue in its place. */
export class UnreadableBatch implements Batch {
  readonly sizeBytes: number;
  readonly nextOffset: number;
  readonly arrivedMs: number;
  readonly #offset: number;
  readonly #records: number;
  readonly #message: string;

  constructor(
    what: {
      /** Where it was found; not kept. */
      readonly bytes: Uint8Array;
      readonly offset: number;
      readonly nextOffset: number;
      /** How many records are thought to be lost. */
      readonly records: number;
      readonly message: string;
    },
    arrivedMs: number,
  ) {
    this.sizeBytes = what.bytes.length;
    this.nextOffset = what.nextOffset;
    this.arrivedMs = arrivedMs;
    this.#offset = what.offset;
    this.#records = what.records;
    this.#message = what.message;
  }

  decode(records: Records, fromOffset: number): BatchProblem {
    records.count = 0;
    const lost = Math.max(1, Math.min(this.#records, this.nextOffset - fromOffset));
    return { reason: "corrupt", records: lost, message: `batch at ${this.#offset}: ${this.#message}` };
  }
}
