// One partition to which clients produce: each batch is appended once, by the sequence numbers of its producer, as a broker
// does. Fetches at its end wait here for the next batch.

import { ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import { concat } from "../kafka/compression/compression_writer.ts";

const LAST_OFFSET_DELTA_AT = 23;
const PRODUCER_ID_AT = 43;
const BASE_SEQUENCE_AT = 53;
const RECORDS_AT = 57;

interface StoredBatch {
  readonly nextOffset: number;
  readonly bytes: Uint8Array;
}

interface Sequence {
  /** The number of the newest batch, and of the next one. */
  readonly last: number;
  readonly next: number;
}

export class ProducedLog {
  #batches: StoredBatch[] = [];
  #start = 0;
  #end = 0;
  readonly #sequences = new Map<bigint, Sequence>();
  #waiting: (() => void)[] = [];

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** There are no transactions. */
  get lastStableOffset(): number {
    return this.#end;
  }

  /** Appends the bytes of a batch. Returns an error code. */
  append(batch: Uint8Array): number {
    const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
    const producerId = view.getBigInt64(PRODUCER_ID_AT);
    const sequence = view.getInt32(BASE_SEQUENCE_AT);
    const known = this.#sequences.get(producerId);
    if (sequence === known?.last) return ErrorCode.none;
    if (known === undefined && sequence > 0) return ErrorCode.unknownProducerId;
    if (sequence !== (known?.next ?? 0)) return ErrorCode.outOfOrderSequenceNumber;
    this.#sequences.set(producerId, { last: sequence, next: sequence + view.getInt32(RECORDS_AT) });
    const bytes = batch.slice();
    new DataView(bytes.buffer).setBigInt64(0, BigInt(this.#end));
    this.#end += view.getInt32(LAST_OFFSET_DELTA_AT) + 1;
    this.#batches.push({ nextOffset: this.#end, bytes });
    for (const wake of this.#waiting.splice(0)) wake();
    return ErrorCode.none;
  }

  /** The broker forgets the sequence numbers: what is sent again now is appended again. */
  forgetProducers(): void {
    this.#sequences.clear();
  }

  /** Retention deletes the records below `offset`. */
  cut(offset: number): void {
    this.#start = Math.max(this.#start, Math.min(offset, this.#end));
    this.#batches = this.#batches.filter(({ nextOffset }) => nextOffset > this.#start);
  }

  offsetAt(): number {
    throw new RangeError("nobody looks for times in a log of reports");
  }

  read(
    offset: number,
    { maxBatches }: { readonly maxBatches: number },
  ): { readonly recordSet: Uint8Array; readonly abortedTransactions: readonly [] } {
    const from = this.#batches.findIndex(({ nextOffset }) => nextOffset > offset);
    const found = from < 0 ? [] : this.#batches.slice(from, from + maxBatches);
    return { recordSet: concat(found.map(({ bytes }) => bytes)), abortedTransactions: [] };
  }

  /** Calls `wake` once, with the next batch. */
  onAppended(wake: () => void): void {
    this.#waiting.push(wake);
  }
}
